"""A source: the folder `sources/<name>/` with source.toml and one SELECT per dataset that it delivers.

Reading the folder touches no data; what needs data (columns, as_of, months) is asked of DuckDB in `reading`.
The SELECTs run as they are written, with the parameters put in: they are the operator's own code, like dbt models.
"""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from revenue_assets.contract import reading
from revenue_assets.contract.datasets import DATASETS
from revenue_assets.contract.parameters import Parameter, convert, substitute
from revenue_assets.errors import SourceError
from revenue_assets.settings import PROJECT_DIR, get_settings

Matching = Literal["event_id", "natural_key"]
_TOML_KEYS = ("organization_id", "description", "grace_days", "freshness_hours", "billing_vendor", "parameters")
_VENDOR_WINDOWS = PROJECT_DIR / "dbt" / "seeds" / "vendor_windows.csv"


@dataclass(frozen=True)
class Source:
    """One source. `datasets` holds the SELECT of each dataset, with the parameters put in.

    `freshness_hours`: so old may its newest data be before people are told; None for one that is history.
    """

    name: str
    folder: Path
    organization_id: str | None
    description: str
    grace_days: int
    parameters: Mapping[str, Parameter]
    datasets: Mapping[str, str]
    written: Mapping[str, str] = field(default_factory=dict, repr=False)
    as_of_select: str | None = None
    billing_vendor: str = "generic"
    freshness_hours: int | None = None

    def select(self, dataset: str) -> str:
        """The SELECT of a dataset; SourceError naming those the source has, when it has not this one."""
        if dataset not in self.datasets:
            has = ", ".join(self.datasets) or "none"
            raise SourceError(f"Source {self.name} delivers no dataset '{dataset}'; it delivers {has}.")
        return self.datasets[dataset]

    def columns(self, dataset: str) -> dict[str, str]:
        """Names (in lower case) and DuckDB types of the columns that the SELECT delivers; no row is read."""
        return reading.delivered_columns(self, dataset)

    def as_of(self) -> datetime:
        """The instant (UTC) until which the source has told everything: the one "now" of every computation.

        From as_of.sql; without that file, the time of the first call on this object.
        """
        return self._as_of

    def months(self) -> list[str]:
        """Every month of the source: first event to last event, or to the month that as_of.sql completes."""
        return self._months

    @cached_property
    def matching(self) -> Matching:
        """How actual and reported events are matched: by natural key when either side comes without event_id."""
        sides = [name for name in ("usage_events", "reported_events") if name in self.datasets]
        return "event_id" if all("event_id" in self.columns(side) for side in sides) else "natural_key"

    @cached_property
    def _as_of(self) -> datetime:
        return reading.read_as_of(self)

    @cached_property
    def _months(self) -> list[str]:
        return reading.read_months(self)


def source_names() -> list[str]:
    """The sources of this installation: every folder of REVENUE_SOURCES_DIR that holds a SELECT."""
    folder = get_settings().sources_dir
    return sorted({file.parent.name for file in folder.glob("*/*.sql")})


def load_source(name: str, overrides: Mapping[str, str] | None = None) -> Source:
    """Read `sources/<name>/`; `overrides` replace parameters (`--set key=value`).

    Raise SourceError in one sentence when the source, a dataset or a parameter is unknown, or source.toml is wrong.
    """
    folder = get_settings().sources_dir / name
    if name not in source_names():
        known = ", ".join(source_names()) or "none"
        raise SourceError(f"There is no source '{name}' in {folder.parent}; there is {known}.")
    options = _read_toml(folder / "source.toml")
    parameters = _parameters(name, options.get("parameters", {}), overrides or {})
    written = {file.stem: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.sql"))}
    as_of = written.pop("as_of", None)
    for dataset in written:
        if dataset not in DATASETS:
            raise SourceError(
                f"{folder / dataset}.sql is named after no dataset of the contract; the contract has "
                f"{', '.join(DATASETS)}, and as_of."
            )
    return Source(
        name=name,
        folder=folder,
        organization_id=options.get("organization_id"),
        description=options.get("description", ""),
        grace_days=options.get("grace_days", 3),
        parameters=parameters,
        datasets={dataset: substitute(written[dataset], parameters) for dataset in DATASETS if dataset in written},
        written=written,
        as_of_select=substitute(as_of, parameters) if as_of else None,
        billing_vendor=options.get("billing_vendor", "generic"),
        freshness_hours=options.get("freshness_hours"),
    )


def billing_vendors() -> list[str]:
    """The billing systems whose windows are known: the vendors of dbt/seeds/vendor_windows.csv."""
    with _VENDOR_WINDOWS.open(encoding="utf-8", newline="") as file:
        return list(dict.fromkeys(row["vendor"] for row in csv.DictReader(file)))


def billing_windows(vendor: str) -> dict[str, int]:
    """For how many days the billing system still takes a correction, by action; without those that have no limit."""
    with _VENDOR_WINDOWS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["vendor"] == vendor and row["is_possible"] == "true"]
    return {row["action"]: int(row["days"]) for row in rows if row["days"]}


def unused_datasets(source: Source) -> list[str]:
    """Datasets the source delivers, and that are loaded and checked, but that this version does not reckon with."""
    return [name for name in source.datasets if not DATASETS[name].is_used]


def _read_toml(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        options = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"{file} is not valid TOML: {error}.") from None
    unknown = sorted(set(options) - set(_TOML_KEYS))
    if unknown:
        raise SourceError(f"{file} sets '{unknown[0]}', which nothing reads; it can set {', '.join(_TOML_KEYS)}.")
    grace = options.get("grace_days", 3)
    if isinstance(grace, bool) or not isinstance(grace, int) or not 0 <= grace <= 90:
        raise SourceError(f"{file}: grace_days should be a whole number of days from 0 to 90, not {grace!r}.")
    hours = options.get("freshness_hours", 24)
    if isinstance(hours, bool) or not isinstance(hours, int) or not 1 <= hours <= 8760:
        raise SourceError(f"{file}: freshness_hours should be a whole number of hours from 1 to 8760, not {hours!r}.")
    vendor = options.get("billing_vendor", "generic")
    if vendor not in billing_vendors():
        raise SourceError(f"{file}: billing_vendor should be one of {', '.join(billing_vendors())}, not {vendor!r}.")
    for key, expected in (("organization_id", str), ("description", str), ("parameters", dict)):
        if key in options and not (isinstance(options[key], expected) and options[key]):
            raise SourceError(f"{file}: {key} should be a non-empty {'table' if expected is dict else 'text'}.")
    for key, value in options.get("parameters", {}).items():
        if not isinstance(value, str | int | float | bool):
            raise SourceError(f"{file}: parameter {key} should be a text, a number, true or false.")
    return options


def _parameters(source: str, declared: Mapping[str, Parameter], overrides: Mapping[str, str]) -> dict[str, Parameter]:
    values = dict(declared)
    for key, text in overrides.items():
        if key not in declared:
            known = ", ".join(declared) or "none"
            raise SourceError(f"Source {source} has no parameter '{key}' to set; it has {known}.")
        try:
            values[key] = convert(text, declared[key])
        except ValueError as error:
            raise SourceError(f"Parameter {key} of source {source} should be {error}, not '{text}'.") from None
    folders = {"{project}": str(PROJECT_DIR), "{home}": str(get_settings().home)}
    for key, value in values.items():
        if isinstance(value, str):
            for mark, folder in folders.items():
                value = value.replace(mark, folder)
            values[key] = value
    return values

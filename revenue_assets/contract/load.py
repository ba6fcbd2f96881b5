"""Loading a dataset: read the source's SELECT, validate, write raw and quarantine files of the lake.

Nothing is written unless all of it is: files are written beside the old ones and take their places together at the
end, after rows in = rows out + rows quarantined was checked. The files' layout is `lake.files`, the rules `validation`.
"""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from revenue_assets.contract import reading
from revenue_assets.contract.datasets import get_dataset
from revenue_assets.contract.delivered import Delivered, versioned
from revenue_assets.contract.parts import UNDATED, Part, monthly_parts, whole
from revenue_assets.contract.quoting import literal
from revenue_assets.contract.source import Source
from revenue_assets.contract.validation import NATURAL_KEY_DATASETS, NO_BAD_ROWS, Validation
from revenue_assets.errors import CloseError, SourceError
from revenue_assets.lake.engine import duckdb_session
from revenue_assets.lake.files import Lake, replacing
from revenue_assets.months import parse_month

_PARQUET = "format parquet, compression zstd, parquet_version v2, row_group_size 1000000"


@dataclass
class LoadReport:
    """What one load did. `per_month` gives (rows in, rows out, rows quarantined); the month of rows without a usable
    time is `undated`. `reasons` counts the quarantined rows by the first rule that each breaks. `delivered` says of
    each month what `contract.deliveries` compares later."""

    dataset: str
    source: str
    rows_in: int = 0
    rows_out: int = 0
    rows_quarantined: int = 0
    per_month: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    delivered: dict[str, Delivered] = field(default_factory=dict)


class ConservationError(SourceError):
    """Rows in are not rows out plus rows quarantined: the source changed while it was read."""

    can_retry = True


def load_month_datasets(source: Source, dataset_name: str, months: Sequence[str]) -> LoadReport:
    """Load events or totals of these months: one raw and one quarantine file per month, empty ones too.

    Rows without a usable time belong to no month; every load replaces all of them in quarantine, as `undated`.
    """
    if not get_dataset(dataset_name).is_monthly:
        raise CloseError(f"Dataset {dataset_name} is kept as one snapshot, not by month.")
    wanted = sorted({parse_month(month) for month in months})
    lake = Lake.from_settings()
    report, validation = _begin(source, dataset_name)
    with duckdb_session() as duck, reading.explained(source, dataset_name), ExitStack() as files:
        for part in monthly_parts(duck, validation, source.select(dataset_name), wanted):
            bad = files.enter_context(replacing(lake.month_file("quarantine", dataset_name, part.month, source.name)))
            good = None
            if part.month != UNDATED:
                good = files.enter_context(replacing(lake.month_file("raw", dataset_name, part.month, source.name)))
            _write(duck, report, part, good, bad)
        _check_conservation(report)
    return report


def load_snapshot(source: Source, dataset_name: str) -> LoadReport:
    """Load a reference or document dataset whole: one raw and one quarantine file."""
    if get_dataset(dataset_name).is_monthly:
        raise CloseError(f"Dataset {dataset_name} is kept by month, not as one snapshot.")
    lake = Lake.from_settings()
    report, validation = _begin(source, dataset_name)
    with duckdb_session() as duck, reading.explained(source, dataset_name), ExitStack() as files:
        part = whole(duck, validation, source.select(dataset_name))
        good = files.enter_context(replacing(lake.snapshot_file("raw", dataset_name, source.name)))
        bad = files.enter_context(replacing(lake.snapshot_file("quarantine", dataset_name, source.name)))
        _write(duck, report, part, good, bad)
        _check_conservation(report)
    return report


def prepare(source: Source, dataset_name: str) -> Validation:
    """The validation of a dataset against the columns that its SELECT delivers now.

    SourceError when a mandatory column is missing.
    """
    dataset = get_dataset(dataset_name)
    given = source.columns(dataset_name)
    natural_key = dataset_name in NATURAL_KEY_DATASETS and source.matching == "natural_key"
    missing = missing_columns(source, dataset_name, given)
    if missing:
        raise SourceError(
            f"Source {source.name}, dataset {dataset_name}: the SELECT does not deliver {', '.join(missing)}, which "
            f"the contract requires; add it to {source.folder / dataset_name}.sql (it delivers {', '.join(given)})."
        )
    return Validation(
        dataset=dataset,
        source_name=source.name,
        organization_id=source.organization_id,
        given=given,
        latest=reading.latest(source),
        natural_key=natural_key,
        unique_key=not dataset.is_monthly,
    )


def missing_columns(source: Source, dataset_name: str, given: Iterable[str]) -> list[str]:
    """Mandatory columns that are not among the given ones; an event id may be missing, the natural key stands in."""
    needed = [column.name for column in get_dataset(dataset_name).columns if column.is_mandatory]
    if source.organization_id is None:
        needed.insert(0, "organization_id")
    if dataset_name in NATURAL_KEY_DATASETS:
        needed.remove("event_id")
    delivered = set(given)
    return [name for name in needed if name not in delivered]


def extra_columns(dataset_name: str, given: Iterable[str]) -> list[str]:
    """Delivered columns that the contract does not know; they are not loaded."""
    known = {"organization_id", *(column.name for column in get_dataset(dataset_name).columns)}
    return [name for name in given if name not in known]


def _begin(source: Source, dataset_name: str) -> tuple[LoadReport, Validation]:
    validation = prepare(source, dataset_name)
    report = LoadReport(dataset_name, source.name)
    extra = extra_columns(dataset_name, validation.given)
    if extra:
        report.warnings.append(f"{dataset_name}: the contract has no column {', '.join(extra)}; not loaded.")
    if not validation.dataset.is_used:
        report.warnings.append(f"{dataset_name} is loaded and checked, but this version does not reckon with it yet.")
    return report, validation


def _write(duck: duckdb.DuckDBPyConnection, report: LoadReport, part: Part, good: Path | None, bad: Path) -> None:
    """Write one part; `good` is None where no row can be good."""
    rows_in, rows_bad = _count(duck, report, part)
    rows_out = _copy(duck, part.validation.good_rows(part.condition), good) if good else 0
    # Most parts have no bad row, and then the source is not read once more to find none.
    bad_rows = part.validation.bad_rows(part.condition, part.month or None) if rows_bad else NO_BAD_ROWS
    rows_quarantined = _copy(duck, bad_rows, bad)
    if rows_quarantined:
        found = duck.execute("select rule, count(*) from read_parquet(?) group by rule order by rule", [str(bad)])
        for rule, count in found.fetchall():
            report.reasons[rule] = report.reasons.get(rule, 0) + count
    report.rows_in += rows_in
    report.rows_out += rows_out
    report.rows_quarantined += rows_quarantined
    if part.month:
        report.per_month[part.month] = (rows_in, rows_out, rows_quarantined)


def _count(duck: duckdb.DuckDBPyConnection, report: LoadReport, part: Part) -> tuple[int, int]:
    """Rows in and bad rows; of a month of events also what tells later whether it has changed."""
    if not part.month or part.month == UNDATED:
        ((rows_in, rows_bad),) = duck.execute(part.validation.count_rows(part.condition)).fetchall()
        return int(rows_in), int(rows_bad)
    ((rows_in, rows_bad, digest, latest),) = duck.execute(part.validation.tell(part.condition)).fetchall()
    latest_at = None if latest is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=latest)
    report.delivered[part.month] = Delivered(int(rows_in), versioned(digest), latest_at)
    return int(rows_in), int(rows_bad)


def _copy(duck: duckdb.DuckDBPyConnection, select: str, target: Path) -> int:
    copied = duck.execute(f"copy ({select}) to {literal(str(target))} ({_PARQUET})").fetchall()
    return int(copied[0][0])


def _check_conservation(report: LoadReport) -> None:
    if report.rows_in != report.rows_out + report.rows_quarantined:
        raise ConservationError(
            f"Source {report.source}, dataset {report.dataset}: {report.rows_in} rows came in, but {report.rows_out} "
            f"went on and {report.rows_quarantined} to quarantine: the source changed while it was read; load it again."
        )

"""The check that a month of events is complete: how far it reaches, and which usually busy hours are empty.

What counts as missing stands in `months_of_events.sql`. Tolerance: an hour must usually have LEAST events, so that an
empty one is no chance (of 20 expected, none comes once in 500 million hours). Null: an organization without events is
not judged. Zero: an hour that is usually quiet may be empty. A warning: only the source can say what is missing.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import psycopg

from revenue_assets.assets.raw import raw_key
from revenue_assets.checks.verdicts import compared, table
from revenue_assets.contract.datasets import DATASETS
from revenue_assets.contract.quoting import literal, literals
from revenue_assets.lake.engine import duckdb_session
from revenue_assets.lake.files import Lake
from revenue_assets.months import month_bounds, shift
from revenue_assets.partitions import months_of_run
from revenue_assets.warehouse.connection import connect

COMPLETE = "months_are_complete"
EVENTS = tuple(name for name, dataset in DATASETS.items() if dataset.kind == "events")
LEAST = 20
EVENT_DATASETS = tuple(name for name, dataset in DATASETS.items() if dataset.kind == "events")
_STATEMENT = Path(__file__).with_name("months_of_events.sql")
_TOLD_UNTIL = "select source_name, organization_id, as_of from raw.organizations where %s = any(datasets) order by 1, 2"
_IN_TABLE = 50
Month = dict[str, Any]
"""One row of the statement: an organization and a month."""


def completeness_checks() -> list[dg.AssetChecksDefinition]:
    """The checks of this module; one step of a run."""
    specs = {
        dataset: dg.AssetCheckSpec(
            COMPLETE,
            asset=raw_key(dataset),
            description="No month that was loaded has an hour without events where the same hour of the week usually "
            f"has {LEAST} or more, up to the month's end or the source's as_of; nor such a day.",
        )
        for dataset in EVENTS
    }

    @dg.multi_asset_check(name=COMPLETE, specs=list(specs.values()), can_subset=True)
    def months_are_complete(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        months = months_of_run(context.run.tags)
        with connect() as connection, duckdb_session() as duck:
            for dataset, spec in specs.items():
                if spec.key in context.selected_asset_check_keys:
                    found = [
                        month
                        for source, told_until in told_until_by_source(connection, dataset).items()
                        for month in loaded_months(duck, source, dataset, months, told_until)
                    ]
                    yield _verdict(spec, found)

    return [months_are_complete]


def told_until_by_source(connection: psycopg.Connection, dataset: str) -> dict[str, dict[str, datetime]]:
    """The as_of of every organization whose source delivers the dataset."""
    found: dict[str, dict[str, datetime]] = {}
    for source, organization, as_of in connection.execute(_TOLD_UNTIL, [dataset]):
        found.setdefault(source, {})[organization] = as_of
    return found


def loaded_months(
    duck: duckdb.DuckDBPyConnection,
    source: str,
    dataset: str,
    months: Sequence[str],
    told_until: Mapping[str, datetime],
) -> list[Month]:
    """What is known of the months (of all when empty) of this dataset that are in the lake, by organization."""
    lake = Lake.from_settings()
    there = lake.months("raw", dataset, source)
    wanted = [month for month in there if not months or month in months]
    if not wanted:
        return []
    read = sorted({*wanted, *(month for month in there if shift(month, 1) in wanted)})
    files = literals(str(lake.month_file("raw", dataset, month, source)) for month in read)
    duck.execute(f"create or replace temp view moments as from read_parquet([{files}], hive_partitioning = false)")
    bounds = [f"({literal(start)}, {literal(end)})" for start, end in map(month_bounds, wanted)]
    told = [f"({literal(organization)}, {literal(as_of)})" for organization, as_of in told_until.items()]
    for name, columns, rows in (
        ("months", "month_start, month_end", bounds),
        ("organizations", "organization_id, as_of", told),
    ):
        duck.execute(f"create or replace temp table {name} as from (values {', '.join(rows)}) as given ({columns})")
    duck.execute(f"set variable least = {LEAST}")
    found = duck.execute(_STATEMENT.read_text(encoding="utf-8"))
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _verdict(spec: dg.AssetCheckSpec, months: Sequence[Month]) -> dg.AssetCheckResult:
    gaps = [
        "{organization_id} {month}: {missing_hours:,} hours without events, {missing}".format(**month)
        for month in months
        if month["missing_hours"]
    ]
    shown = {"months": table(months[-_IN_TABLE:])} if months else {}
    return compared(spec, gaps, {"busy_hours": sum(month["busy_hours"] for month in months), **shown})

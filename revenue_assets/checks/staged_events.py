"""Checks of the staged events: every delivered row counts once or is a copy, and no event counts in two months.

Tolerance: none. Null: no row is without an id; where a source has none, its natural key stands in. Zero: a month
without events agrees. Ids are looked for in two months within REACH months of those of the run: staging itself sees the
month before only, because a longer look back costs more than anything else that the lake does.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg
import duckdb
import psycopg

from revenue_assets.assets.platform import Platform
from revenue_assets.checks.comparison import differing_parts
from revenue_assets.checks.lake_and_warehouse import SAME_ROWS, month_files
from revenue_assets.checks.verdicts import compared
from revenue_assets.contract.quoting import literals
from revenue_assets.lake.engine import duckdb_session
from revenue_assets.lake.files import Lake
from revenue_assets.lake.workspace import EVENT_DATASETS
from revenue_assets.months import first_day, month_range, shift
from revenue_assets.partitions import months_of_run
from revenue_assets.warehouse.connection import connect

COUNTED_ONCE = "every_delivered_event_counts_once_or_is_a_copy"
ONE_MONTH = "no_event_counts_in_two_months"
REACH = 3
_IN_TWO_MONTHS = Path(__file__).with_name("events_in_two_months.sql").read_text(encoding="utf-8")
_COUNTS = """
select source_name, to_char(month, 'YYYY-MM'), sum(events + duplicates)::bigint from lake.event_counts
where dataset = %s and source_name = any(%s) and (%s::date[] is null or month = any(%s)) group by 1, 2
"""


def staged_checks() -> list[dg.AssetChecksDefinition]:
    """All checks of this module; one step of a run."""
    specs = {spec.key: (dataset, spec) for dataset in EVENT_DATASETS for spec in _specs(dataset)}

    @dg.multi_asset_check(name="staged_events_are_right", specs=[spec for _, spec in specs.values()], can_subset=True)
    def staged_events_are_right(
        context: dg.AssetCheckExecutionContext, platform: Platform
    ) -> Iterator[dg.AssetCheckResult]:
        months, sources = months_of_run(context.run.tags), platform.source_names()
        with connect() as connection, duckdb_session() as duck:
            for key, (dataset, spec) in specs.items():
                if key not in context.selected_asset_check_keys:
                    continue
                if spec.name == SAME_ROWS:
                    files, of = month_files(f"{dataset}_counts", months), {"dataset": dataset}
                    found = differing_parts(
                        connection, duck, "lake.event_counts", files, "month", sources=sources, months=months, where=of
                    )
                elif spec.name == COUNTED_ONCE:
                    found = uncounted_rows(connection, duck, dataset, sources, months)
                else:
                    found = events_in_two_months(duck, dataset, months)
                yield compared(spec, found)

    return [staged_events_are_right]


def _specs(dataset: str) -> list[dg.AssetCheckSpec]:
    asset = dg.AssetKey([f"stg_{dataset}"])
    return [
        dg.AssetCheckSpec(
            SAME_ROWS,
            asset=asset,
            blocking=True,
            description="lake.event_counts in PostgreSQL has the counts of the lake's files, for each month.",
        ),
        dg.AssetCheckSpec(
            COUNTED_ONCE,
            asset=asset,
            blocking=True,
            description="The events that count and the copies that do not are the rows of the raw files, each month.",
        ),
        dg.AssetCheckSpec(
            ONE_MONTH,
            asset=asset,
            description=f"No event id counts in two different months, {REACH} months back and ahead: what it stands "
            "for would be owed twice.",
        ),
    ]


def uncounted_rows(
    connection: psycopg.Connection,
    duck: duckdb.DuckDBPyConnection,
    dataset: str,
    sources: Sequence[str],
    months: Sequence[str],
) -> list[str]:
    """Sources and months (of these; all when empty) whose counts are not the rows of the raw file, in words."""
    wanted = [first_day(month) for month in months] or None
    rows_of = connection.execute(_COUNTS, [dataset, list(sources), wanted, wanted])
    counted = {(source, month): rows for source, month, rows in rows_of}
    files = {str(file): (source, month) for source, month, file in _month_files("raw", dataset)}
    footers = (
        duck.execute(
            f"select file_name, sum(num_rows) from parquet_file_metadata([{literals(files)}]) group by 1"
        ).fetchall()
        if files
        else []
    )
    delivered = {files[file]: int(rows) for file, rows in footers}
    return [
        f"{source} {month}: {delivered.get((source, month), 0):,} rows were delivered, {rows:,} are counted or copies"
        for (source, month), rows in sorted(counted.items())
        if delivered.get((source, month), 0) != rows
    ]


def events_in_two_months(duck: duckdb.DuckDBPyConnection, dataset: str, months: Sequence[str]) -> list[str]:
    """Event ids that count in one of these months and in another one near it, in words."""
    raw = [(month, file) for _, month, file in _month_files("raw", dataset)]
    near = set(month_range(shift(months[0], -REACH), shift(months[-1], REACH))) if months else {m for m, _ in raw}
    files = [str(file) for month, file in raw if month in near]
    if len({month for month, _ in raw if month in near}) < 2:
        return []
    copies = [str(file) for _, month, file in _month_files("staged", dataset) if month in near]
    duck.execute(f"create or replace temp view delivered as from {_by_month(files)}")
    nothing = "select '' as month, '' as filename, 0 as row_number, 0 as copy where false"
    duck.execute(f"create or replace temp view copies as {f'from {_by_month(copies)}' if copies else nothing}")
    found = duck.execute(_IN_TWO_MONTHS).fetchall()
    return [
        f"{organization}: {event} counts in {first} and {second}, {units.normalize():f} units of {name} by {account}"
        for organization, event, account, name, first, second, units in found
        if not months or {first, second} & set(months)
    ]


def _month_files(zone: str, dataset: str) -> list[tuple[str, str, Path]]:
    """Source, month and file, in order."""
    found = (Lake.from_settings().root / zone / dataset).glob("month=????-??/*.parquet")
    return sorted((file.stem, file.parent.name.removeprefix("month="), file) for file in found)


def _by_month(files: Sequence[str]) -> str:
    return (
        f"read_parquet([{literals(files)}], union_by_name = true, hive_partitioning = true,"
        " hive_types = {'month': varchar}, file_row_number = true, filename = true)"
    )

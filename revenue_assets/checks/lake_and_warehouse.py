"""Checks that span lake and warehouse: PostgreSQL holds what the lake computed, and no event is lost between.

Tolerance: none, these are counts and exact sums. Null: a source without reported events has no reported count and is
left out of the second check. Zero: a month without rows is the same on both sides and passes.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg
import duckdb
import psycopg

from revenue_assets.assets.platform import Platform
from revenue_assets.checks.comparison import Part, differing_parts
from revenue_assets.checks.verdicts import compared
from revenue_assets.lake.engine import duckdb_session
from revenue_assets.lake.files import Lake
from revenue_assets.lake.publish import month_column
from revenue_assets.months import first_day
from revenue_assets.partitions import months_of_run
from revenue_assets.warehouse.connection import connect

SAME_ROWS = "same_rows_in_lake_and_warehouse"
EVENTS_ADD_UP = "reported_and_unreported_make_actual"
PUBLISHED = (
    "billing_periods",
    "period_usage",
    "period_findings",
    "period_amounts",
    "period_arrivals",
    "unclaimed_usage",
    "usage_daily",
    "engagement_daily",
    "period_usage_daily",
    "ingestion_gaps",
    "watched_meters",
)
_UNBALANCED = Path(__file__).with_name("unbalanced_events.sql")


def lake_checks() -> list[dg.AssetChecksDefinition]:
    """All checks of this module."""
    return [_same_rows(), _events_add_up()]


def _same_rows() -> dg.AssetChecksDefinition:
    specs = {
        table: dg.AssetCheckSpec(
            SAME_ROWS,
            asset=dg.AssetKey(["lake", table]),
            blocking=True,
            description=f"lake.{table} in PostgreSQL has the rows of the lake's files: in each month as many, with the "
            "same sums.",
        )
        for table in PUBLISHED
    }

    @dg.multi_asset_check(name="same_rows_in_lake_and_warehouse", specs=list(specs.values()), can_subset=True)
    def same_rows(context: dg.AssetCheckExecutionContext, platform: Platform) -> Iterator[dg.AssetCheckResult]:
        months, sources = months_of_run(context.run.tags), platform.source_names()
        with connect() as connection, duckdb_session() as duck:
            for table, spec in specs.items():
                if spec.key in context.selected_asset_check_keys:
                    yield compared(spec, different_months(connection, duck, table, sources, months))

    return same_rows


def _events_add_up() -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=dg.AssetKey(["lake", "period_usage"]),
        additional_deps=[dg.AssetKey(["lake", "period_findings"])],
        name=EVENTS_ADD_UP,
        blocking=True,
        description="Actual events less unreported ones, plus those reported twice or without usage, are the reported "
        "events, for every account, meter and billing period.",
    )
    def events_add_up(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        with connect() as connection:
            unbalanced = unbalanced_periods(connection, months_of_run(context.run.tags))
        return dg.AssetCheckResult(
            passed=not unbalanced, description="; ".join(unbalanced[:5]) or None, metadata={"periods": len(unbalanced)}
        )

    return events_add_up


def different_months(
    connection: psycopg.Connection,
    duck: duckdb.DuckDBPyConnection,
    table: str,
    sources: Sequence[str],
    months: Sequence[str],
) -> list[str]:
    """Months (of these; all when empty) of these sources that the lake's files and `lake.<table>` do not hold alike."""
    files = month_files(table, months)
    return differing_parts(
        connection, duck, f"lake.{table}", files, month_column(table), sources=sources, months=months
    )


def month_files(dataset: str, months: Sequence[str]) -> dict[Part, Path]:
    """The file of every source and month (of these; of all when empty) of a dataset of zone `reconciled`."""
    found = (Lake.from_settings().root / "reconciled" / dataset).glob("month=*/*.parquet")
    files = {(file.stem, file.parent.name.removeprefix("month=")): file for file in found}
    return {part: file for part, file in files.items() if not months or part[1] in months}


def unbalanced_periods(connection: psycopg.Connection, months: Sequence[str]) -> list[str]:
    """Billing periods whose events do not add up, in words."""
    wanted = [first_day(month) for month in months] or None
    rows = connection.execute(_UNBALANCED.read_bytes(), {"months": wanted}).fetchall()
    return [
        f"{account}, {meter}, period of {start:%Y-%m-%d}: {expected:,} events expected, {reported:,} reported"
        for account, meter, start, expected, reported in rows
    ]

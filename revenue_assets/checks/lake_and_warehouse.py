"""Checks that span lake and warehouse: PostgreSQL holds what the lake computed, and no event is lost between.

Tolerance: none, these are counts. Null: a source without reported events has no reported count and is left out of
the second check. Zero: a month without rows is the same on both sides and passes.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg
import psycopg
from psycopg import sql

from revenue_assets.checks.conservation import rows_in_files
from revenue_assets.lake.files import Lake
from revenue_assets.lake.publish import month_column
from revenue_assets.months import first_day, month_of
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
            description=f"lake.{table} in PostgreSQL has as many rows of each month as the lake's files.",
        )
        for table in PUBLISHED
    }

    @dg.multi_asset_check(name="same_rows_in_lake_and_warehouse", specs=list(specs.values()), can_subset=True)
    def same_rows(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        months = months_of_run(context.run.tags)
        with connect() as connection:
            for table, spec in specs.items():
                if spec.key not in context.selected_asset_check_keys:
                    continue
                different = different_months(connection, table, months)
                yield dg.AssetCheckResult(
                    check_name=spec.name,
                    asset_key=spec.asset_key,
                    passed=not different,
                    description="; ".join(different) or None,
                )

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


def different_months(connection: psycopg.Connection, table: str, months: Sequence[str]) -> list[str]:
    """Months and sources of which the lake's files and `lake.<table>` have different numbers of rows, in words."""
    lake = Lake.from_settings()
    query = sql.SQL("select source_name, {}, count(*) from {} group by 1, 2").format(
        sql.Identifier(month_column(table)), sql.Identifier("lake", table)
    )
    in_warehouse = {(source, month_of(month)): count for source, month, count in connection.execute(query)}
    files = {
        (file.stem, month): file
        for file in (lake.root / "reconciled" / table).glob("month=*/*.parquet")
        if (month := file.parent.name.removeprefix("month="))
    }
    different = []
    for source, month in sorted({*in_warehouse, *files}):
        if months and month not in months:
            continue
        held = in_warehouse.get((source, month), 0)
        computed = rows_in_files([files[source, month]]) if (source, month) in files else 0
        if held != computed:
            different.append(f"{source} {month}: {computed:,} rows in the lake, {held:,} in PostgreSQL")
    return different


def unbalanced_periods(connection: psycopg.Connection, months: Sequence[str]) -> list[str]:
    """Billing periods whose events do not add up, in words."""
    wanted = [first_day(month) for month in months] or None
    rows = connection.execute(_UNBALANCED.read_bytes(), {"months": wanted}).fetchall()
    return [
        f"{account}, {meter}, period of {start:%Y-%m-%d}: {expected:,} events expected, {reported:,} reported"
        for account, meter, start, expected, reported in rows
    ]

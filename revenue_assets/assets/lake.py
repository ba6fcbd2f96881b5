"""Group `lake`: event-level work in DuckDB, month by month, and what of it goes to PostgreSQL.

Each asset runs one step of revenue_assets/lake for every source of the run and publishes its rows; the steps are
plain functions over files and know nothing of Dagster. Events themselves never leave the lake.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg
import psycopg

from revenue_assets.assets.metadata import OWNERS, month_metadata
from revenue_assets.assets.platform import Platform
from revenue_assets.assets.tables import file_schema
from revenue_assets.checks.conservation import rows_in_files
from revenue_assets.contract.source import Source
from revenue_assets.lake import steps
from revenue_assets.lake.files import Lake
from revenue_assets.lake.publish import publish
from revenue_assets.months import first_day
from revenue_assets.partitions import ONE_RUN, monthly_partitions
from revenue_assets.warehouse.connection import connect
from revenue_assets.warehouse.copy import replace_rows
from revenue_assets.warehouse.loaded_months import note_stage

Step = Callable[[Source, list[str]], Mapping[str, int]]


@dataclass(frozen=True)
class Output:
    """An asset: the dataset of zone `reconciled` that holds it, and the table of schema `lake` that shows it too.

    The table has the dataset's name unless told otherwise; None: nothing of it goes to PostgreSQL.
    """

    key: tuple[str, ...]
    dataset: str
    description: str
    table: str | None = ""

    @property
    def published_as(self) -> str | None:
        """The table's name."""
        return self.dataset if self.table == "" else self.table


@dataclass(frozen=True)
class LakeStep:
    """A step, what it reads, and the assets that it writes. `is_usage`: after it, the events are in what is billed."""

    name: str
    run: Step
    reads: tuple[tuple[str, ...], ...]
    writes: tuple[Output, ...]
    is_usage: bool = False


def _stage(dataset: str) -> Step:
    return lambda source, months: steps.stage_events(source, dataset, months)


_BESIDE_THE_FIRST = (
    "period_findings",
    "period_amounts",
    "period_arrivals",
    "late_events",
    "unclaimed_usage",
    "watched_meters",
    "period_usage_daily",
)

LAKE_STEPS = (
    LakeStep(
        "stg_usage_events",
        _stage("usage_events"),
        (("raw", "usage_events"),),
        (
            Output(
                ("stg_usage_events",),
                "usage_events_counts",
                "Actual usage, every event once: of several deliveries of one id the first received counts. The lake "
                "keeps which copies do not count; the events themselves stay where they are.",
                table="event_counts",
            ),
        ),
    ),
    LakeStep(
        "stg_reported_events",
        _stage("reported_events"),
        (("raw", "reported_events"),),
        (
            Output(
                ("stg_reported_events",),
                "reported_events_counts",
                "What the billing system's meter accepted, every event once: of several deliveries of one id the "
                "first reported counts.",
                table="event_counts",
            ),
        ),
    ),
    LakeStep(
        "billing_periods",
        steps.build_billing_periods,
        (("raw", "subscriptions"), ("raw", "plans")),
        (
            Output(
                ("lake", "billing_periods"),
                "billing_periods",
                "The calendar of every subscription: its billing periods by anchor day, interval and time zone, cut "
                "where the subscription starts and ends. By month in which a period ends.",
            ),
        ),
    ),
    LakeStep(
        "event_findings",
        steps.build_event_findings,
        (
            ("stg_usage_events",),
            ("stg_reported_events",),
            ("raw", "rejected_meter_events"),
            ("raw", "subscriptions"),
            ("raw", "plans"),
            ("raw", "meters"),
            ("raw", "event_mappings"),
            ("raw", "contract_prices"),
        ),
        (
            Output(
                ("lake", "event_findings"),
                "event_findings",
                "Every event that is not the same on both sides, with its outcome: rejected, unreported, reported with "
                "another quantity, reported twice, reported without usage. Sorted by account, so evidence reads fast.",
                table=None,
            ),
        ),
    ),
    LakeStep(
        "period_usage",
        steps.build_period_usage,
        (
            ("stg_usage_events",),
            ("stg_reported_events",),
            ("lake", "event_findings"),
            ("raw", "meters"),
            ("raw", "contract_prices"),
            ("raw", "billing_prices"),
            ("raw", "invoices"),
            ("raw", "invoice_lines"),
        ),
        (
            Output(
                ("lake", "period_usage"),
                "period_usage",
                "One row per meter and billing period with its quantity on every step from used to reported.",
            ),
            Output(
                ("lake", "period_findings"),
                "period_findings",
                "One row per meter, billing period and cause: how many events and units it explains.",
            ),
            Output(
                ("lake", "period_amounts"),
                "period_amounts",
                "One row per meter, billing period and percentage price that may be in force: what the events cost on "
                "every step from used to reported.",
            ),
            Output(
                ("lake", "period_arrivals"),
                "period_arrivals",
                "One row per meter and billing period of which something was reported after its invoice was finalized, "
                "or whose value received last is not the one that happened last.",
            ),
            Output(
                ("lake", "late_events"),
                "late_events",
                "The reports that came after the invoice of their period was finalized. Sorted by account.",
                table=None,
            ),
            Output(
                ("lake", "unclaimed_usage"),
                "unclaimed_usage",
                "Usage that no subscription claims (no meter, no price, trial, outside every subscription), in units.",
            ),
        ),
        is_usage=True,
    ),
    LakeStep(
        "usage_daily",
        steps.build_usage_daily,
        (
            ("stg_usage_events",),
            ("stg_reported_events",),
            ("raw", "accounts"),
            ("raw", "subscriptions"),
            ("raw", "plans"),
            ("raw", "meters"),
            ("raw", "event_mappings"),
            ("raw", "contract_prices"),
        ),
        (
            Output(("lake", "usage_daily"), "usage_daily", "Events per account, meter and UTC day."),
            Output(
                ("lake", "period_usage_daily"),
                "period_usage_daily",
                "One row per meter, billing period and UTC day with its quantity, beside usage that no period claims.",
            ),
        ),
    ),
    LakeStep(
        "engagement_daily",
        steps.build_engagement_daily,
        (("raw", "engagement_events"),),
        (
            Output(
                ("lake", "engagement_daily"),
                "engagement_daily",
                "What accounts do in the product beside what is billed: events per account, name and UTC day, every "
                "event once. By calendar month.",
            ),
        ),
    ),
    LakeStep(
        "ingestion_gaps",
        steps.build_ingestion_gaps,
        (("stg_usage_events",), ("stg_reported_events",), ("raw", "event_mappings"), ("raw", "meters")),
        (
            Output(
                ("lake", "ingestion_gaps"),
                "ingestion_gaps",
                "Hours in which a meter counted far fewer events than its season lets expect, with what is missing.",
            ),
            Output(
                ("lake", "watched_meters"),
                "watched_meters",
                "Which meters could be looked at for gaps, in how many hours of the month, or why not.",
            ),
        ),
    ),
)


def lake_assets() -> list[dg.AssetsDefinition]:
    """All assets of the group."""
    return [_lake_asset(step) for step in LAKE_STEPS]


def _lake_asset(step: LakeStep) -> dg.AssetsDefinition:
    specs = [
        dg.AssetSpec(
            dg.AssetKey(output.key),
            deps=[dg.AssetKey(key) for key in step.reads],
            description=output.description,
            group_name="lake",
            owners=OWNERS,
            kinds={"duckdb", "parquet", "postgres"} if output.published_as else {"duckdb", "parquet"},
            metadata={"dagster/table_name": f"lake.{output.published_as}"} if output.published_as else {},
        )
        for output in step.writes
    ]

    @dg.multi_asset(name=f"lake_{step.name}", specs=specs, partitions_def=monthly_partitions(), backfill_policy=ONE_RUN)
    def lake_asset(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[None]]:
        platform.stay_alone()
        lake = Lake.from_settings()
        months = list(context.partition_keys)
        sources = platform.load_sources()
        counts = {source.name: step.run(source, months) for source in sources}
        platform.stay_alone()
        with connect() as connection:
            for source in sources:
                for output in step.writes:
                    publish_output(connection, source, months, output)
            if step.is_usage:
                note_stage(connection, [source.name for source in sources], months, "built", datetime.now(UTC))
        for output in step.writes:
            for month in months:
                rows = {s.name: _rows(output, s.name, month, counts[s.name]) for s in sources}
                context.add_asset_metadata(month_metadata(rows), dg.AssetKey(output.key), month)
            schema = file_schema(lake.month_file("reconciled", output.dataset, months[-1], sources[-1].name))
            yield dg.MaterializeResult(asset_key=dg.AssetKey(output.key), metadata={"dagster/column_schema": schema})

    return lake_asset


def publish_output(connection: psycopg.Connection, source: Source, months: list[str], output: Output) -> None:
    """Replace the months of a source in the table that shows the output in PostgreSQL, if there is one."""
    if output.published_as == output.dataset:
        publish(connection, source, months, output.dataset)
    elif output.published_as:  # a table that two datasets share: only this one's rows are replaced
        lake = Lake.from_settings()
        files = [lake.month_file("reconciled", output.dataset, month, source.name) for month in months]
        where = {
            "source_name": source.name,
            "dataset": output.dataset.removesuffix("_counts"),
            "month": [first_day(month) for month in months],
        }
        replace_rows(connection, f"lake.{output.published_as}", files, where)


def _rows(output: Output, source: str, month: str, counts: Mapping[str, int]) -> int:
    """What the step said of its first output; of others, what their file holds."""
    if output.dataset in _BESIDE_THE_FIRST:
        return rows_in_files([Lake.from_settings().month_file("reconciled", output.dataset, month, source)])
    return counts.get(month, 0)

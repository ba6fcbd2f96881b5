"""Group `lake`: event-level work in DuckDB, month by month, and what of it goes to PostgreSQL.

Each asset runs one step of revenue_assets/lake for every source of the run and publishes its rows; the steps are
plain functions over files and know nothing of Dagster. Events themselves never leave the lake.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import dagster as dg
import psycopg

from revenue_assets.assets.lake_steps import LAKE_STEPS, LakeStep, Output
from revenue_assets.assets.metadata import OWNERS, month_metadata
from revenue_assets.assets.platform import Platform
from revenue_assets.assets.tables import file_schema
from revenue_assets.checks.conservation import rows_in_files
from revenue_assets.contract.source import Source
from revenue_assets.lake.files import Lake
from revenue_assets.lake.publish import publish
from revenue_assets.months import first_day
from revenue_assets.partitions import ONE_RUN, monthly_partitions
from revenue_assets.warehouse.connection import connect
from revenue_assets.warehouse.copy import replace_rows
from revenue_assets.warehouse.loaded_months import note_stage


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
                rows = {s.name: _rows(step, output, s.name, month, counts[s.name]) for s in sources}
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


def _rows(step: LakeStep, output: Output, source: str, month: str, counts: Mapping[str, int]) -> int:
    """What the step said of its first output; of others, what their file holds."""
    if output is step.writes[0]:
        return counts.get(month, 0)
    return rows_in_files([Lake.from_settings().month_file("reconciled", output.dataset, month, source)])

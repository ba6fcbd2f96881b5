"""Group `raw`: what the sources deliver, validated by the contract, quarantined where it breaks it.

Events and totals go to the lake by month. Reference data and documents go to the lake as whole snapshots and from
there to PostgreSQL in one transaction per source: a close needs documents from before and after its months, and
accounts must fit their invoices. One asset per dataset of the contract, whether a source has it or not: what is
missing is said.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from revenue_assets.assets import freshness
from revenue_assets.assets.metadata import (
    OWNERS,
    PER_MONTH,
    contract_schema,
    load_metadata,
    loaded_month_metadata,
)
from revenue_assets.assets.platform import Platform
from revenue_assets.assets.tables import describe_table
from revenue_assets.checks import suites
from revenue_assets.checks.conservation import conserved_rows_spec, rows_are_conserved
from revenue_assets.contract.datasets import DATASETS, MONTHLY_DATASETS, SNAPSHOT_DATASETS, Dataset
from revenue_assets.contract.load import LoadReport, load_month_datasets, load_snapshot
from revenue_assets.contract.source import Source
from revenue_assets.lake.files import Lake, is_readable
from revenue_assets.lake.steps import required_months
from revenue_assets.partitions import ONE_RUN, monthly_partitions
from revenue_assets.warehouse.connection import connect
from revenue_assets.warehouse.loaded_months import note_loaded
from revenue_assets.warehouse.outdated import refuse_outdated_lake
from revenue_assets.warehouse.raw import load_raw
from revenue_assets.warehouse.tables import ensure_tables

BESIDE_THE_CONTRACT = {
    "organizations": "The organizations of every source: until when it has told everything (`as_of`), its grace time, "
    "how its events are matched and which datasets it delivers.",
    "currencies": "ISO 4217: the number of decimals of each currency.",
}


def raw_assets() -> list[dg.AssetsDefinition]:
    """All assets of the group."""
    return [_snapshots(), *(_events(DATASETS[name]) for name in MONTHLY_DATASETS)]


def raw_key(dataset: str) -> dg.AssetKey:
    """The asset of a dataset, which dbt's source of the same name points to."""
    return dg.AssetKey(["raw", dataset])


def _events(dataset: Dataset) -> dg.AssetsDefinition:
    spec = dg.AssetSpec(
        raw_key(dataset.name),
        deps=[raw_key("subscriptions"), raw_key("plans")],  # the calendar says which months of events are needed
        description=f"{dataset.meaning} As delivered, by UTC month of `{dataset.month_column}`; copies included.",
        group_name="raw",
        owners=OWNERS,
        kinds={"duckdb", "parquet"},
        freshness_policy=freshness.SYNCED,
        metadata={"dagster/column_schema": contract_schema(dataset)},
    )

    @dg.multi_asset(
        name=f"raw_{dataset.name}",
        specs=[spec],
        check_specs=[conserved_rows_spec(spec.key)],
        partitions_def=monthly_partitions(),
        backfill_policy=ONE_RUN,
    )
    def events(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[None]]:
        suites.warm_up()
        platform.stay_alone()
        reports, absent = [], []
        months = list(context.partition_keys)
        for source in platform.load_sources():
            if dataset.name in source.datasets:
                reports.append(load_month_datasets(source, dataset.name, _with_lead_in(source, dataset.name, months)))
            else:
                absent.append(source.name)
        _note(reports)
        for month in months:
            context.add_asset_metadata(loaded_month_metadata(reports, month), partition_key=month)
        metadata = {name: value for name, value in load_metadata(reports, absent).items() if name not in PER_MONTH}
        yield dg.MaterializeResult(
            asset_key=spec.key, metadata=metadata, check_results=[rows_are_conserved(spec.key, reports)]
        )

    return events


def _note(reports: list[LoadReport]) -> None:
    """Keep what was delivered, so that events which come later can be told from it."""
    with connect() as connection:
        ensure_tables(connection)
        for report in reports:
            note_loaded(connection, report.source, report.dataset, report.delivered, datetime.now(UTC))


def _with_lead_in(source: Source, dataset: str, months: list[str]) -> list[str]:
    """The months, and those before them that their billing periods reach into and that were never loaded, or broke."""
    lake = Lake.from_settings()
    before = (month for month in required_months(source, months) if month not in months)
    files = {month: lake.month_file("raw", dataset, month, source.name) for month in before}
    return sorted({*months, *(month for month, file in files.items() if not (file.exists() and is_readable(file)))})


def _snapshots() -> dg.AssetsDefinition:
    specs = [
        *(
            dg.AssetSpec(
                raw_key(name),
                description=DATASETS[name].meaning
                + ("" if DATASETS[name].is_used else " Loaded and checked, not reckoned with by this version."),
                group_name="raw",
                owners=OWNERS,
                kinds={"parquet", "postgres"},
                freshness_policy=freshness.SYNCED,
                tags={"kind": DATASETS[name].kind},
                metadata={
                    "dagster/column_schema": contract_schema(DATASETS[name]),
                    "dagster/table_name": f"raw.{name}",
                },
            )
            for name in SNAPSHOT_DATASETS
        ),
        *(
            dg.AssetSpec(
                raw_key(name),
                description=text,
                group_name="raw",
                owners=OWNERS,
                kinds={"postgres"},
                freshness_policy=freshness.SYNCED,
            )
            for name, text in BESIDE_THE_CONTRACT.items()
        ),
    ]

    @dg.multi_asset(
        name="raw_snapshots",
        specs=specs,
        check_specs=[conserved_rows_spec(raw_key(name)) for name in SNAPSHOT_DATASETS],
    )
    def snapshots(platform: Platform) -> Iterator[dg.MaterializeResult[None]]:
        suites.warm_up()  # what is loaded here is judged next
        platform.stay_alone()
        with connect() as connection:  # what another version has left is refused before any file is replaced
            ensure_tables(connection)
            refuse_outdated_lake(connection)
        sources = platform.load_sources()
        reports = {
            name: [load_snapshot(source, name) for source in sources if name in source.datasets]
            for name in SNAPSHOT_DATASETS
        }
        platform.stay_alone()
        with connect() as connection:
            for source in sources:
                load_raw(connection, source)
        for name in SNAPSHOT_DATASETS:
            absent = [source.name for source in sources if name not in source.datasets]
            yield dg.MaterializeResult(
                asset_key=raw_key(name),
                metadata=load_metadata(reports[name], absent),
                check_results=[rows_are_conserved(raw_key(name), reports[name])],
            )
        with connect() as connection:
            for name in BESIDE_THE_CONTRACT:
                yield dg.MaterializeResult(asset_key=raw_key(name), metadata=describe_table(connection, "raw", name))

    return snapshots

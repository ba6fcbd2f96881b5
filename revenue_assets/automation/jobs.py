"""The jobs beside the monthly close: parts of it that run more often. All work on the same months and sources."""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

SOURCE_SYNC, INSIGHTS = "source_sync", "insights_refresh"
_STAGED = ("stg_usage_events", "stg_reported_events")


def source_sync_job() -> UnresolvedAssetJobDefinition:
    """Reference data and documents, events of the months, and which copies of events count; nothing downstream."""
    return dg.define_asset_job(
        SOURCE_SYNC,
        selection=dg.AssetSelection.groups("raw") | dg.AssetSelection.assets(*_STAGED),
        description="Brings what the sources deliver into lake and warehouse: snapshots whole, events by month. "
        "Nothing downstream is built.",
        executor_def=dg.in_process_executor,
        tags={"close": "sync"},
    )


def insights_job() -> UnresolvedAssetJobDefinition:
    """The marts of insights and all they need; what changes in findings on the way is noted as by a close."""
    needed = dg.AssetSelection.groups("insights").upstream() | dg.AssetSelection.assets(["app", "finding_versions"])
    return dg.define_asset_job(
        INSIGHTS,
        selection=needed.required_multi_asset_neighbors(),  # a step of the lake writes all of its assets or none
        description="Refreshes the insights and all they are made from: margins, usage anomalies, key figures and the "
        "month in sentences.",
        executor_def=dg.in_process_executor,
        tags={"close": "insights"},
    )

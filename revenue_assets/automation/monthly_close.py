"""The monthly close as a job, for a person, a backfill, the schedules and the sensor of late events."""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from revenue_assets.assets.evaluation import GROUP as EVALUATION

JOB = "monthly_close"


def monthly_close_job() -> UnresolvedAssetJobDefinition:
    """From the sources to the findings, for a month or a range of months in one run and one process.

    All assets but the evaluation, which tells nothing about real sources.
    """
    return dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all() - dg.AssetSelection.groups(EVALUATION),
        description="Closes months: loads the sources, matches events, builds the ladder and writes the findings.",
        executor_def=dg.in_process_executor,
        tags={"close": "monthly"},
    )

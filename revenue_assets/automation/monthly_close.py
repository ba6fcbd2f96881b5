"""The monthly close as a job, for a person, a backfill or the schedule that closes each month when it is over."""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from revenue_assets.assets.evaluation import GROUP as EVALUATION
from revenue_assets.months import month_of, shift

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


def monthly_close_schedule(job: UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    """On the fourth, when the usual grace of three days is over, close the month before.

    Switched off at first: whoever sets REVENUE_SOURCES switches it on in the UI.
    """

    @dg.schedule(
        name="monthly_close_on_the_fourth",
        job=job,
        cron_schedule="0 6 4 * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Closes the month before, when its grace time is over.",
    )
    def close_the_month_before(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        month = shift(month_of(context.scheduled_execution_time), -1)
        return dg.RunRequest(run_key=month, partition_key=month)

    return close_the_month_before

"""The schedules: thin, which months are due is `due_months`. All are off until someone switches them on in the UI.

Each asks for one run per source of REVENUE_SOURCES and range of months. They change data and cost time on the machine,
so whoever runs this installation decides; what each does when is docs/automation.md#schedules.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from revenue_assets.automation.due_months import contiguous, due_months, next_due, open_months
from revenue_assets.automation.requests import months_text, run_of, unfinished_run
from revenue_assets.automation.scheduled_sources import ScheduledSource, scheduled_sources

Job = UnresolvedAssetJobDefinition
# Of one source at one time: months with the reason to work on them, and a sentence where there is nothing to do.
Due = Callable[[ScheduledSource, datetime], tuple[Mapping[str, str], str]]

SYNC, OPEN_MONTH, MONTHLY, INSIGHTS = (
    "source_sync_hourly",
    "open_month_daily",
    "monthly_close_and_rechecks",
    "insights_six_hourly",
)


def schedules(sync: Job, close: Job, insights: Job) -> list[dg.ScheduleDefinition]:
    """All schedules, each of its job."""
    return [
        _schedule(
            SYNC,
            sync,
            "0 * * * *",
            _open,
            "Every hour: loads the reference data, the documents and the events of the running month and of months "
            "whose grace time is not over. Nothing downstream is built.",
        ),
        _schedule(
            OPEN_MONTH,
            close,
            "20 4 * * *",
            _open,
            "Every day: closes the running month, and those whose grace time is not over, as far as they have come, so "
            "that leaks are seen while they can still be prevented.",
        ),
        _schedule(
            MONTHLY,
            close,
            "20 6 * * *",
            _due,
            "Looks every day which months are due: closes a month on the fourth of the next one, and again at the end "
            "of the source's grace time and seven days before each window of its billing system ends.",
        ),
        _schedule(
            INSIGHTS,
            insights,
            "40 1,7,13,19 * * *",
            _open,
            "Every six hours: refreshes the insights of the running month, and of those whose grace time is not over, "
            "with all that they need.",
        ),
    ]


def _schedule(name: str, job: Job, cron: str, due: Due, description: str) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=name,
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=description,
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
        at = context.scheduled_execution_time
        sentences: list[str] = []
        requests = [
            request
            for source in scheduled_sources()
            for request in _requests(context.instance, job.name, source, at, due, sentences)
        ]
        for sentence in sentences:
            context.log.info(sentence)
        return requests or dg.SkipReason(". ".join(sentences) + ".")

    return schedule


def _requests(
    instance: dg.DagsterInstance, job: str, source: ScheduledSource, at: datetime, due: Due, sentences: list[str]
) -> Iterator[dg.RunRequest]:
    """The runs that a source needs; `sentences` gets what is not asked for, and why."""
    months, otherwise = due(source, at)
    sentences += [reason for month in months if (reason := source.nothing_of(month))]
    if not months:
        sentences.append(otherwise)
    for wanted in contiguous([month for month in months if not source.nothing_of(month)]):
        if waiting := unfinished_run(instance, job, source.name, wanted):  # runs wait for each other: none may pile up
            sentences.append(f"{source.name}: run {waiting[:8]} over {months_text(wanted)} has not ended yet")
            continue
        reason = "; ".join(dict.fromkeys(months[month] for month in wanted))
        yield run_of(source.name, wanted, reason, f"{source.name}:{wanted[0]}:{at:%Y-%m-%dT%H:%M}")


def _open(source: ScheduledSource, at: datetime) -> tuple[dict[str, str], str]:
    return dict.fromkeys(open_months(at, source.grace_days), "the month runs, or its grace time does"), ""


def _due(source: ScheduledSource, at: datetime) -> tuple[dict[str, str], str]:
    due = due_months(at.date(), source.grace_days, source.windows)
    day, months = next_due(at.date(), source.grace_days, source.windows)
    coming = ", ".join(f"{month} ({reason})" for month, reason in months.items())
    return due, f"{source.name}: nothing is due on {at:%Y-%m-%d}; next is {coming} on {day}"

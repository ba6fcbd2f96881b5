"""Which periods a month bills, and which months of events those periods reach into.

The calendar itself is `calendar.sql`, over the times in service of `service_windows.sql`. Needs the raw snapshots of
subscriptions and plans; without subscriptions there are no periods, and all usage is unclaimed.
"""

from collections.abc import Sequence

from revenue_assets.lake.workspace import LakeSource, Workspace, open_workspace, step_sql
from revenue_assets.months import month_of, month_range, shift

# What `routes` needs besides the events, in this order.
CALENDAR_STEPS = ("service_windows", "calendar")
SEGMENT_STEPS = ("meter_prices", "trials", "account_cuts", "segments", "segment_periods", "account_segments")
CLAIM_STEPS = CALENDAR_STEPS + SEGMENT_STEPS
_FIRST_START = (
    "select min(period_start) from calendar, run"
    " where calendar.billing_month = run.billing_month and calendar.period_start < run.as_of"
)


def build_billing_periods(source: LakeSource, months: Sequence[str]) -> dict[str, int]:
    """Write the billing periods that end in each of the months; return their number per month."""
    rows = {}
    with open_workspace(source) as workspace:
        workspace.references()
        for month in months:
            workspace.run_for(month)
            _name_calendar(workspace)
            target = workspace.lake.month_file("reconciled", "billing_periods", month, source.name)
            rows[month] = workspace.write(step_sql("billing_periods"), target)
    return rows


def required_months(source: LakeSource, months: Sequence[str]) -> list[str]:
    """The months whose events must be in the lake before `months` can be built, in order.

    These are the months themselves, those their periods reach back into, and the one before, in which an event id may
    have come already and whose hours are a season to compare with. Months before the source's first event are listed
    too: they are simply empty.
    """
    if not months:
        return []
    with open_workspace(source) as workspace:
        workspace.references()
        first = min(_first_read(workspace, month) for month in months)
    return month_range(first, max(months))


def months_that_read(source: LakeSource, months: Sequence[str], among: Sequence[str]) -> list[str]:
    """Those `among` these months whose tables follow from events of `months`, in order: `required_months` read back."""
    with open_workspace(source) as workspace:
        workspace.references()
        reach = {month: _first_read(workspace, month) for month in among if month >= min(months)}
    return sorted(month for month, first in reach.items() if any(first <= each <= month for each in months))


def _first_read(workspace: Workspace, month: str) -> str:
    """The first month of events that `month` is built from. Needs the references named."""
    first = event_months(workspace, month)[0]
    return shift(first, -1) if workspace.source.matching == "event_id" else min(first, shift(month, -1))


def event_months(workspace: Workspace, month: str) -> list[str]:
    """The months of events that the periods billed in `month` reach into, itself last. Needs the references named."""
    workspace.run_for(month)
    _name_calendar(workspace)
    ((first_start,),) = workspace.rows(_FIRST_START)
    return month_range(min(month, month_of(first_start)) if first_start else month, month)


def name_calendar(workspace: Workspace, month: str) -> list[str]:
    """Make calendar, priced meters and account segments for all events that `month` needs; return their months."""
    months = event_months(workspace, month)
    workspace.run_for(month, first_month=months[0])
    for step in CLAIM_STEPS if len(months) > 1 else SEGMENT_STEPS:  # the calendar of the month alone is there
        workspace.table(step)
    return months


def _name_calendar(workspace: Workspace) -> None:
    for step in CALENDAR_STEPS:
        workspace.table(step)

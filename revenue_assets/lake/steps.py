"""The lake's steps, as plain functions of a source and months; each month's files are replaced one by one.

Order: `stage_events` for both event datasets, `build_billing_periods`, `build_event_findings`, `build_period_usage`,
`build_usage_daily`, `build_engagement_daily`, `build_ingestion_gaps`. Raw files of
`required_months` must be there; a month that was never loaded counts as empty. All is computed from files and from the
source's `as_of`, never from the clock, so a rerun writes the same rows. Which
SQL does what is in the `.sql` files beside this module.
"""

from collections.abc import Sequence

from revenue_assets.errors import CloseError
from revenue_assets.lake.amounts import name_percentage_amounts
from revenue_assets.lake.arrivals import name_late_reports, name_received_last
from revenue_assets.lake.claims import name_events, name_routes
from revenue_assets.lake.days import build_usage_daily
from revenue_assets.lake.engagement import build_engagement_daily
from revenue_assets.lake.gaps import build_ingestion_gaps
from revenue_assets.lake.periods import build_billing_periods, required_months
from revenue_assets.lake.rejections import name_rejections
from revenue_assets.lake.staging import stage_events
from revenue_assets.lake.totals import name_claimed_totals
from revenue_assets.lake.workspace import (
    LakeSource,
    Workspace,
    literal,
    open_workspace,
    step_sql,
)

__all__ = [
    "build_billing_periods",
    "build_engagement_daily",
    "build_event_findings",
    "build_ingestion_gaps",
    "build_period_usage",
    "build_usage_daily",
    "required_months",
    "stage_events",
]

_PERIOD_DATASETS = (
    "period_findings",
    "period_amounts",
    "period_arrivals",
    "late_events",
    "unclaimed_usage",
    "period_usage",
)
# One account's findings lie in few row groups, so that evidence is read without reading the month.
_FINDINGS_PER_ROW_GROUP = 10_000


def build_event_findings(source: LakeSource, months: Sequence[str]) -> dict[str, int]:
    """Give every event that the months' periods claim its outcome; write those that are not matched, sorted by account.

    Returns the number of findings per month; files are empty for a source that delivers one side only.
    """
    rows = {}
    with open_workspace(source) as workspace:
        workspace.references()
        for month in months:
            event_months = name_events(workspace, month)
            if workspace.is_matched:
                _name_exceptions(workspace)
                name_rejections(workspace, event_months)
            query = step_sql("event_findings" if workspace.is_matched else "no_findings")
            target = workspace.lake.month_file("reconciled", "event_findings", month, source.name)
            rows[month] = workspace.write(query, target, row_group_size=_FINDINGS_PER_ROW_GROUP)
    return rows


def build_period_usage(source: LakeSource, months: Sequence[str]) -> dict[str, int]:
    """Write `period_usage` and what belongs to it (`_PERIOD_DATASETS`); return the rows of period_usage per month.

    CloseError when the findings of a month have not been built, or when they do not explain the difference between
    what was used and what was reported, to the last event and unit: then nothing of the month is written.
    """
    rows = {}
    with open_workspace(source) as workspace:
        workspace.references()
        for month in months:
            name_events(workspace, month)
            _name_findings(workspace, month)
            _name_rungs(workspace)
            _refuse_unconserved(workspace, month)
            name_percentage_amounts(workspace)
            workspace.view("known_accounts")
            for dataset in _PERIOD_DATASETS:
                target = workspace.lake.month_file("reconciled", dataset, month, source.name)
                size = _FINDINGS_PER_ROW_GROUP if dataset == "late_events" else 122_880
                rows[month] = workspace.write(step_sql(dataset), target, row_group_size=size)
    return rows


def _name_exceptions(workspace: Workspace) -> None:
    """Find the events that are not the same on both sides, and the period that claims each."""
    # Only where some periods are billed in another month is it worth looking at each event's account first.
    if workspace.rows("select 1 from account_segments where is_billed_elsewhere limit 1"):
        workspace.view("matching_events")
    else:
        workspace.alias("matching_events", "staged_events")
    for step in ("split_seconds", "exceptional_ids", "exceptional_reports", "exceptional_usage"):
        workspace.table(step)
    workspace.view("exceptional_events")
    workspace.alias("events_to_locate", "exceptional_events")
    workspace.table("located_exceptions", "located_events")
    name_routes(workspace, "located_exceptions")
    workspace.table("exceptions")


def _name_findings(workspace: Workspace, month: str) -> None:
    file = workspace.lake.month_file("reconciled", "event_findings", month, workspace.source.name)
    if not file.exists():
        raise CloseError(
            f"The event findings of source {workspace.source.name} for {month} are not in the lake:"
            " build event_findings for that month first."
        )
    workspace.built("findings", file)


def _name_rungs(workspace: Workspace) -> None:
    """Add up all events once, resolve who claims the sums, and correct them by the findings."""
    name_claimed_totals(workspace)
    name_late_reports(workspace)
    workspace.table("finding_totals")
    workspace.table("names_by_set")
    workspace.view("set_members")
    by_set = workspace.rows("select 1 from names_by_set limit 1")
    workspace.table("set_quantities", "set_quantities" if by_set else "no_quantities")
    name_received_last(workspace)
    if workspace.is_matched:
        workspace.table("period_quantities")
    workspace.table("period_rungs", "period_rungs" if workspace.is_matched else "period_rungs_unmatched")


def _refuse_unconserved(workspace: Workspace, month: str) -> None:
    if not workspace.is_matched:
        return
    workspace.table("unconserved")
    broken = workspace.rows(
        "select count(*) over (), subscription_id, meter_id, period_start, reported, plain_units from unconserved"
        " order by organization_id, subscription_id, meter_id, period_start limit 1"
    )
    if broken:
        count, subscription, meter, start, explained, plain = broken[0]
        raise CloseError(
            f"The event findings of source {workspace.source.name} for {month} do not explain {count} period(s), first"
            f" {literal(meter)} of subscription {literal(subscription)} from {start:%Y-%m-%d}: {explained} units were"
            f" reported by the findings, {plain} by the reported events; build event_findings for {month} again."
        )

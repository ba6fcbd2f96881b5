"""The events behind a finding, read from the lake in well under a second.

Findings about single events (U1, U2, U3, U4, U8, U9) have their own files; for those about a whole meter and period it
is the usage itself, and for usage that no item claims its events of the month. Items that are not meters, such as
`recurring`, have no events.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from revenue_assets.lake.claims import name_located_events, name_routes
from revenue_assets.lake.periods import CLAIM_STEPS
from revenue_assets.lake.staging import name_staged_events
from revenue_assets.lake.workspace import LakeSource, Workspace, open_workspace, step_sql
from revenue_assets.months import month_of, month_range

EVENT_CODES = dict.fromkeys(("U1", "U2", "U3", "U8", "U9"), "event_findings") | {"U4": "late_events"}
"""The codes about single events, and the dataset that keeps those."""
UNCLAIMED = {"U5": "unmapped", "U6": "unpriced", "U7": "outside_subscription"}
"""The codes about usage that no item claims, and the outcome of its events."""
_KEYS = ("organization_id", "account_id", "subscription_id", "item", "code", "period_start", "period_end")


@dataclass(frozen=True)
class EventBehind:
    """One event. `units` are those of the meter, signed as in the finding: positive is lost, negative is surplus.

    `error_code` is what the billing system refused it with, None of all that was not refused.
    """

    event_id: str
    event_name: str
    occurred_at: datetime
    units: Decimal
    outcome: str
    error_code: str | None = None


def events_behind(source: LakeSource, finding: Mapping[str, Any], limit: int = 1000) -> list[EventBehind]:
    """The first `limit` events behind a finding, in the order of time; none where it is not about events.

    `finding` has the columns of `revmatch_leaks`; read are `organization_id`, `account_id`, `subscription_id`, `item`,
    `code`, `period_start` and `period_end` (timestamps with zone).
    """
    with open_workspace(source) as workspace:
        workspace.variables({key: finding[key] for key in _KEYS} | {"most": limit})
        if finding["code"] in EVENT_CODES:
            return _events_of_code(workspace, finding)
        if finding["code"] in UNCLAIMED:
            workspace.variables({"outcome": UNCLAIMED[finding["code"]]})
            return _events_of_account(workspace, finding, "unclaimed_events")
        return _events_of_account(workspace, finding, "item_events")


def _events_of_code(workspace: Workspace, finding: Mapping[str, Any]) -> list[EventBehind]:
    dataset = EVENT_CODES[finding["code"]]
    file = workspace.lake.month_file("reconciled", dataset, _billing_month(finding), workspace.source.name)
    if not file.exists():
        return []
    workspace.built("findings", file, added={"error_code": "varchar"})
    return _read(workspace, "finding_events")


def _events_of_account(workspace: Workspace, finding: Mapping[str, Any], step: str) -> list[EventBehind]:
    """What the step picks of the account's usage in the finding's period."""
    workspace.references(account_id=finding["account_id"])
    month = _billing_month(finding)
    months = month_range(month_of(finding["period_start"]), month)
    name_staged_events(workspace, months)
    workspace.run_for(month, first_month=months[0])
    for claim_step in CLAIM_STEPS:
        workspace.table(claim_step)
    workspace.table("account_events")
    name_located_events(workspace, "account_events")
    workspace.table("located_account_events", "located_events")
    name_routes(workspace, "located_account_events")
    return _read(workspace, step)


def _billing_month(finding: Mapping[str, Any]) -> str:
    return month_of(finding["period_end"] - timedelta(microseconds=1))


def _read(workspace: Workspace, step: str) -> list[EventBehind]:
    return [EventBehind(*row) for row in workspace.rows(step_sql(step))]

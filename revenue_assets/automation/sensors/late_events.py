"""Late events that touched a closed month: asks for the months to be closed again. What has changed: `late_events`.

It changes data, so it is off until someone switches it on. A month that is being closed meanwhile is compared with what
that close has loaded, not with what was there when it began: nothing that comes during a close is lost.
"""

from collections.abc import Sequence
from datetime import datetime

import dagster as dg
import psycopg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from revenue_assets.alerts.condition import Kind
from revenue_assets.automation import late_events
from revenue_assets.automation.due_months import contiguous
from revenue_assets.automation.late_events import Change
from revenue_assets.automation.monthly_close import JOB
from revenue_assets.automation.requests import MONTHS_TAG, UNFINISHED, months_text, run_of
from revenue_assets.automation.sensors.alerting import Seen, tick
from revenue_assets.contract.source import load_source
from revenue_assets.errors import CloseError, SourceError
from revenue_assets.settings import get_settings
from revenue_assets.warehouse.loaded_months import months_at

CHANGE_TAG = "revenue/late_events"


def late_events_sensor(close: UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """Once an hour: reads the event datasets of each source once."""

    @dg.sensor(
        name=str(Kind.LATE_EVENTS),
        job=close,
        minimum_interval_seconds=3600,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Looks every hour whether a source delivers other events of a closed month than it was closed "
        "with, and closes exactly the months again that are made from them. Changes data: off until switched on.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        seen = tick(context, Kind.LATE_EVENTS, look)
        if isinstance(seen, dg.SkipReason):
            return seen
        requests, sentence = seen
        context.log.info(sentence)
        return dg.SensorResult(run_requests=list(requests)) if requests else dg.SkipReason(sentence)

    return sensor


def look(context: dg.SensorEvaluationContext, connection: psycopg.Connection, at: datetime) -> Seen:
    """Compare every source with what its months were closed with; a source that cannot be read is left as it was."""
    found: list[Change] = []
    scope: set[str] = set()
    requests: list[dg.RunRequest] = []
    unread = []
    for name in get_settings().sources:
        try:
            source = load_source(name)
            found_changes = late_events.changes(source, months_at(connection, name, "closed"))
            closed = months_at(connection, name, "closed")  # a close may have ended while the source was read
            changed = late_events.still_changed(found_changes, closed)
            again = late_events.months_to_close_again(source, changed, closed)
        except (SourceError, CloseError) as error:
            unread.append(str(error))
            continue
        found += changed
        scope |= {late_events.cause(name, month) for month in late_events.all_months(closed)}
        requests += _requests(context.instance, name, changed, again, at)
    words = [f"{len(scope)} closed months looked at", *unread]
    words += [f"asked to close {request.tags[MONTHS_TAG]} again" for request in requests]
    return Seen(late_events.late_event_conditions(found), "; ".join(words), scope, requests=requests)


def _requests(
    instance: dg.DagsterInstance, source: str, changed: Sequence[Change], again: Sequence[str], at: datetime
) -> list[dg.RunRequest]:
    requests = []
    for months in contiguous(again):
        # A range may read what it does not hold: a yearly period that ends long after the touched month.
        touched = [c for c in changed if c.month in months] or [c for c in changed if c.month < months[0]]
        change = late_events.fingerprint(touched)
        running = dg.RunsFilter(job_name=JOB, tags={CHANGE_TAG: change}, statuses=UNFINISHED)
        if instance.get_runs_count(running):
            continue
        # Once per change; and once more each day for as long as the run over it fails.
        key = f"{source}:{months_text(months)}:{change}:{at:%Y-%m-%d}"
        reason = f"late events in {', '.join(dict.fromkeys(each.month for each in touched))}"
        requests.append(run_of(source, months, reason, key, {CHANGE_TAG: change}))
    return requests

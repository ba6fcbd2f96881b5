"""All sensors of this package, as definitions.py takes them."""

from datetime import datetime

import dagster as dg
import psycopg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from revenue_assets.alerts.condition import Kind
from revenue_assets.automation.sensors import failed_checks, failed_runs
from revenue_assets.automation.sensors.alerting import Seen, alerting_sensor
from revenue_assets.automation.sensors.late_events import late_events_sensor
from revenue_assets.automation.sensors.leaks import leak_conditions
from revenue_assets.automation.sensors.payment_failures import payment_failure_conditions
from revenue_assets.automation.sensors.stale_sources import stale_source_conditions, watched_sources


def sensors(close: UnresolvedAssetJobDefinition) -> list[dg.SensorDefinition]:
    """One per kind of condition."""
    return [
        alerting_sensor(
            Kind.LEAK,
            _leaks,
            60,
            "Confirmed leaks of final periods, over- and under-billing apart, above the threshold of organization and "
            "currency (staging/alert_thresholds): told when new, and again when grown.",
        ),
        alerting_sensor(
            Kind.FAILED_CHECK,
            failed_checks.look,
            60,
            "Checks whose latest evaluation failed, until they pass. An ERROR is critical, a WARN is a warning.",
        ),
        alerting_sensor(
            Kind.FAILED_RUN,
            failed_runs.look,
            60,
            "Runs that failed, with the reason, until the same job succeeds over the same months.",
        ),
        alerting_sensor(
            Kind.PAYMENT_FAILURES,
            _payment_failures,
            900,
            "Organizations whose customers' first payments failed clearly more often in the last days than in the "
            "weeks before (marts/mart_payment_failure_spike).",
        ),
        alerting_sensor(
            Kind.STALE_SOURCE,
            _stale_sources,
            900,
            "Sources whose newest data is older than freshness_hours of their source.toml: they deliver nothing, or "
            "are not asked.",
        ),
        late_events_sensor(close),
    ]


def _leaks(context: dg.SensorEvaluationContext, connection: psycopg.Connection, at: datetime) -> Seen:
    return Seen(leak_conditions(connection), "All final findings looked at")


def _payment_failures(context: dg.SensorEvaluationContext, connection: psycopg.Connection, at: datetime) -> Seen:
    return Seen(payment_failure_conditions(connection), "First payments of all organizations looked at")


def _stale_sources(context: dg.SensorEvaluationContext, connection: psycopg.Connection, at: datetime) -> Seen:
    watched, unread = watched_sources(connection)
    words = "; ".join([f"{len(watched)} sources watched", *unread])
    return Seen(stale_source_conditions(watched, at), words, {source.name for source in watched} if unread else None)

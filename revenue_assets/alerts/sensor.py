"""The sensor that empties the outbox of alerts. What it sends, and when again: `delivery.py`."""

import dagster as dg

from revenue_assets.alerts.failed_deliveries import JOB


def alert_delivery_sensor() -> dg.SensorDefinition:
    """On from the start: without it nobody is told anything."""

    @dg.sensor(
        name="alert_delivery",
        job_name=JOB,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Sends alerts to the log, Slack, the webhook and by mail; starts a run for what does not arrive.",
    )
    def alert_delivery(context: dg.SensorEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
        from revenue_assets.alerts.book import has_alert_tables
        from revenue_assets.alerts.clock import now
        from revenue_assets.alerts.delivery import deliver_due, request_last_tries
        from revenue_assets.warehouse.connection import connect

        with connect(autocommit=True) as connection:
            if not has_alert_tables(connection):
                return dg.SkipReason("Nothing was noted in this warehouse yet.")
            done = deliver_due(connection, now, context.log)
            keys = request_last_tries(connection)
        for fault in done.faults:
            context.log.warning(fault)
        if not keys:
            return dg.SkipReason(" ".join([f"{done.sent} delivered.", *done.faults]))
        # Asked for at every look until it has ended: the run key keeps it one run, whatever is killed in between.
        return [dg.RunRequest(run_key=key, run_config=_config(key)) for key in keys]

    return alert_delivery


def _config(run_key: str) -> dict[str, object]:
    return {"ops": {"last_try": {"config": {"run_key": run_key}}}}

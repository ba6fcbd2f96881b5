"""The job that shows alerts which did not reach a channel: it makes the last try, and fails when that fails too."""

import dagster as dg

JOB = "failed_alert_deliveries"
"""Its failed runs are told of nowhere else: an alert about an alert that cannot be sent would not end."""


class LastTry(dg.Config):
    """Which deliveries to try: those that the sensor gave up together."""

    run_key: str


def failed_deliveries_job() -> dg.JobDefinition:
    """Executed once more after the channel was mended, it sends what is missing and succeeds."""

    @dg.op(description="Sends alerts that did not arrive for the last time.")
    def last_try(context: dg.OpExecutionContext, config: LastTry) -> None:
        from revenue_assets.alerts.clock import now
        from revenue_assets.alerts.delivery import try_last
        from revenue_assets.warehouse.connection import connect

        with connect(autocommit=True) as connection:
            faults = try_last(connection, config.run_key, now, context.log)
        if faults:
            advice = "Mend the channel (`revenue alerts test` tries it), then re-execute this run: it sends them again."
            raise dg.Failure(" ".join([*faults, advice]), allow_retries=False)

    @dg.job(
        name=JOB,
        description="Alerts that did not reach a channel: a failed run says which and why.",
        executor_def=dg.in_process_executor,
        tags={"alerts": "delivery"},
    )
    def failed_alert_deliveries() -> None:
        last_try()

    return failed_alert_deliveries

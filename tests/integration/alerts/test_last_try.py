"""What no try has delivered: given up, told by a failed run, and neither lost nor sent twice."""

import json
import threading
from dataclasses import replace
from decimal import Decimal
from typing import Any

import dagster as dg
import pytest

from revenue_assets.alerts import clock
from revenue_assets.alerts.delivery import Delivered, deliver_due, request_last_tries, try_last
from revenue_assets.alerts.failed_deliveries import JOB, failed_deliveries_job
from revenue_assets.alerts.sending import send
from revenue_assets.alerts.sensor import alert_delivery_sensor
from revenue_assets.warehouse.connection import connect
from tests.integration.alerts.office import AT, LEAK, MINUTE, WORD, Configure, Office
from tests.integration.alerts.receivers import (
    WebReceiver,
)


def test_a_channel_that_was_taken_away_is_said_and_given_up(
    office: Office, configure: Configure, web: WebReceiver
) -> None:
    configure(SLACK_URL=web.url("/slack"))
    office.tell(LEAK)
    configure(SLACK_URL="")
    (fault,) = office.deliver().faults
    assert "did not reach Slack: Slack is not in the settings any more" in fault
    office.tell(at=AT + MINUTE)
    assert office.deliver(AT + MINUTE) == Delivered(sent=1)  # the log


def test_after_the_last_try_a_run_is_asked_for_that_fails_until_the_channel_is_mended(
    office: Office, configure: Configure, web: WebReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(SLACK_URL=web.url(f"/services/{WORD}"))
    web.answers.extend([500] * 9)
    sensor = alert_delivery_sensor()
    with dg.DagsterInstance.ephemeral() as instance:
        moment = AT

        def tick() -> Any:
            monkeypatch.setattr(clock, "now", lambda: moment)
            with dg.build_sensor_context(instance) as context:
                return sensor.evaluate_tick(context)

        quiet = tick()
        assert (quiet.run_requests, quiet.skip_message) == ([], "0 delivered.")
        office.tell(LEAK)
        for _ in range(8):
            found = tick()
            assert found.run_requests == [] or office.states()["slack"][0] == "tried_out"
            moment += 40 * MINUTE
        assert office.states()["slack"][:2] == ("tried_out", 8)
        (request,) = tick().run_requests or []
        assert [again.run_key for again in tick().run_requests or []] == [request.run_key]  # one run, however often
        assert len(web.requests) == 8

        job = failed_deliveries_job()
        failed = job.execute_in_process(request.run_config, instance=instance, raise_on_error=False)
        assert not failed.success
        (event,) = failed.filter_events(lambda event: event.is_step_failure)
        told = str(event.step_failure_data)
        assert "did not reach Slack: 127.0.0.1 answered 500" in told
        assert "then re-execute this run" in told
        assert WORD not in told
        assert (failed.dagster_run.job_name, office.states()["slack"][0]) == (JOB, "failed")
        assert tick().run_requests == []  # it is told once

        assert job.execute_in_process(request.run_config, instance=instance).success
        assert office.states()["slack"][0] == "delivered"
        assert len(web.requests) == 10


def test_what_is_over_by_the_last_try_is_not_told_as_if_it_were_not(
    office: Office, configure: Configure, web: WebReceiver
) -> None:
    configure(SLACK_URL=web.url("/slack"))
    web.answers.extend([404, 404, 404])
    office.tell(LEAK)
    office.deliver()
    (key,) = request_last_tries(office.connection)
    assert len(try_last(office.connection, key, lambda: AT, office.log)) == 1
    office.tell(replace(LEAK, level=Decimal(5000)), at=AT + MINUTE)
    office.deliver(AT + MINUTE)
    (other,) = request_last_tries(office.connection)
    office.tell(at=AT + 2 * MINUTE)  # it ends before the second run has begun, which will tell of its end only
    assert office.deliver(AT + 2 * MINUTE).sent == 2
    for again in (key, other):
        assert try_last(office.connection, again, lambda: AT + 3 * MINUTE, office.log) == []
    told = [json.loads(body)["text"] for _, _, body in web.requests]
    assert len(told) == 4
    assert "[All clear]" in told[-1]
    assert office.connection.execute(
        "select notice ->> 'event', state from app.alert_deliveries where destination = 'slack' order by notice_number"
    ).fetchall() == [("opened", "outdated"), ("escalated", "outdated"), ("cleared", "delivered")]


def test_a_warehouse_without_alerts_is_left_alone(office: Office) -> None:
    office.connection.execute("drop table app.alert_deliveries, app.alerts")
    with dg.DagsterInstance.ephemeral() as instance, dg.build_sensor_context(instance) as context:
        assert alert_delivery_sensor().evaluate_tick(context).skip_message == "Nothing was noted in this warehouse yet."


def test_a_delivery_that_kills_its_sender_is_not_the_first_for_ever(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.tell(LEAK, at=AT - MINUTE)
    office.tell(LEAK, replace(LEAK, cause="acme/P1"))

    def dies(notices: object, *arguments: object) -> None:
        if "U1" in str(notices):
            raise ZeroDivisionError
        send(notices, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("revenue_assets.alerts.delivery.send", dies)
    with pytest.raises(ZeroDivisionError):
        office.deliver()
    assert office.deliver().sent == 1
    at = AT
    for _ in range(7):
        at += MINUTE
        with pytest.raises(ZeroDivisionError):
            office.deliver(at)
    (fault,) = office.deliver(at + MINUTE).faults
    assert "whoever sends it comes to an end before" in fault


def test_two_who_deliver_at_once_send_it_once(office: Office, configure: Configure, web: WebReceiver) -> None:
    configure(SLACK_URL=web.url("/slack"))
    office.tell(*(replace(LEAK, cause=f"acme/{number}") for number in range(5)))
    sent = []

    def deliver() -> None:
        with connect(autocommit=True) as connection:
            sent.append(deliver_due(connection, lambda: AT, office.log).sent)

    threads = [threading.Thread(target=deliver) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sum(sent) == 10
    assert len(web.requests) == 5

"""Alerts on their way: against real receivers that take, refuse, hang and recover, and nothing secret on the way."""

import base64
import hashlib
import hmac
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest

from revenue_assets.alerts import clock
from revenue_assets.alerts.book import note
from revenue_assets.alerts.condition import Condition, Kind, Severity
from revenue_assets.alerts.delivery import Delivered, deliver_due, request_last_tries, try_last
from revenue_assets.alerts.failed_deliveries import JOB, failed_deliveries_job
from revenue_assets.alerts.sending import send
from revenue_assets.alerts.sensor import alert_delivery_sensor
from revenue_assets.settings import get_settings
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.connection import connect
from tests.integration.receivers import (
    HANG,
    Mailbox,
    WebReceiver,
    certificate_of_this_machine,
    mail_server,
    web_receiver,
)

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
KEYS = (bytes(range(32)), bytes(range(1, 33)))
WORD = "s3cret-word"
LEAK = Condition(
    kind=Kind.LEAK,
    cause="acme/U1/USD",
    severity=Severity.CRITICAL,
    title="Unreported usage",
    level=Decimal("1000.00"),
    unit="USD",
    action="Report the events.",
    link="http://127.0.0.1:3000/assets/marts/revmatch_leaks",
    organization_id="acme",
    top_accounts=(("Globex", "900.10 USD"),),
)
Configure = Callable[..., None]


@pytest.fixture
def configure(warehouse: DatabaseAddress, monkeypatch: pytest.MonkeyPatch) -> Configure:
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    def set_channels(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(f"REVENUE_ALERT_{name}", value)
        get_settings.cache_clear()

    return set_channels


@pytest.fixture
def web() -> Iterator[WebReceiver]:
    with web_receiver() as receiver:
        yield receiver


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> logging.Logger:
    caplog.set_level(logging.DEBUG)
    return logging.getLogger("test")


@dataclass
class Office:
    """What a test needs to tell and to deliver."""

    connection: psycopg.Connection
    log: logging.Logger

    def tell(self, *conditions: Condition, at: datetime = AT) -> None:
        note(self.connection, Kind.LEAK, conditions, at)

    def deliver(self, at: datetime = AT, seconds: float = 5) -> Delivered:
        return deliver_due(self.connection, lambda: at, self.log, seconds)

    def states(self) -> dict[str, tuple[str, int, str | None]]:
        rows = self.connection.execute(
            "select destination, state, tries, last_error from app.alert_deliveries order by notice_number"
        ).fetchall()
        return {destination: (state, tries, error) for destination, state, tries, error in rows}

    def next_try(self, destination: str) -> datetime:
        row = self.connection.execute(
            "select next_try_at from app.alert_deliveries where destination = %s and state = 'pending'", [destination]
        ).fetchone()
        assert row is not None
        at: datetime = row[0]
        return at


@pytest.fixture
def office(configure: Configure, log: logging.Logger) -> Iterator[Office]:
    with connect(autocommit=True) as connection:
        yield Office(connection, log)


def mail_to(box: Mailbox, *addresses: str) -> dict[str, str]:
    return {
        "SMTP_URL": f"smtp://127.0.0.1:{box.port}",
        "EMAIL_FROM": "Revenue <alerts@example.com>",
        "EMAIL_TO": ",".join(addresses),
    }


def signing_secret() -> str:
    return ",".join(f"whsec_{base64.b64encode(key).decode()}" for key in KEYS)


def everything(web: WebReceiver, mailbox: Mailbox) -> dict[str, str]:
    return {
        "SLACK_URL": web.url(f"/services/{WORD}"),
        "WEBHOOK_URL": web.url(f"/hook?token={WORD}"),
        "WEBHOOK_SECRET": signing_secret(),
        **mail_to(mailbox, "cfo@example.com", "oncall@example.com"),
    }


def test_an_alert_reaches_every_channel_once_and_its_end_too(
    office: Office, configure: Configure, web: WebReceiver, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    configure(**everything(web, mailbox))
    office.tell(LEAK)
    assert office.deliver() == Delivered(sent=5)
    assert office.deliver() == Delivered(sent=0)
    posted = {path: (headers, body) for path, headers, body in web.requests}
    assert "Unreported usage" in json.loads(posted[f"/services/{WORD}"][1])["text"]
    headers, body = posted[f"/hook?token={WORD}"]
    signed = f"{headers['webhook-id']}.{int(AT.timestamp())}.".encode() + body
    assert headers["webhook-signature"].split() == [
        "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in KEYS
    ]
    assert json.loads(body)["data"]["level"] == "1000.00"
    assert sorted(to for (to,), _ in mailbox.mails) == ["cfo@example.com", "oncall@example.com"]
    first = mailbox.mails[0][1]
    assert first["Subject"] == "[Critical] acme: Unreported usage (1,000.00 USD)"
    (line,) = [record.getMessage() for record in caplog.records if "acme/U1/USD" in record.getMessage()]
    assert json.loads(line)["event"] == "opened"

    office.tell(at=AT + MINUTE)
    assert office.deliver(AT + MINUTE) == Delivered(sent=5)
    over = mailbox.mails[-1][1]
    assert over["Subject"].startswith("[All clear] acme")
    assert over["References"] == first["Message-ID"]
    assert WORD not in caplog.text
    assert not any(secret in caplog.text for secret in signing_secret().split(","))


def test_a_receiver_that_fails_asks_for_time_hangs_and_recovers_gets_it_in_the_end_with_the_same_id(
    office: Office, configure: Configure, web: WebReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    configure(WEBHOOK_URL=web.url(f"/{WORD}"), WEBHOOK_SECRET=signing_secret())
    web.answers.extend([500, (429, {"Retry-After": "600"}, ""), HANG, (503, {"Retry-After": "soon"}, WORD)])
    office.tell(LEAK)
    at = AT
    reasons = ["answered 500", "answered 429", "did not answer within 0.2 s", "answered 503"]
    for tries, reason in enumerate(reasons, start=1):
        office.deliver(at, seconds=0.2 if "within" in reason else 5)
        state, tried, error = office.states()["webhook"]
        assert (state, tried) == ("pending", tries)
        assert error is not None
        assert error.startswith(f"127.0.0.1 {reason}")
        waited = office.next_try("webhook") - at
        assert waited == timedelta(seconds=600) if "429" in reason else waited < 6 * MINUTE
        assert office.deliver(at + waited / 2) == Delivered(sent=0)  # not before its time
        at += waited
    office.tell(at=at)  # over by now, which is not told before the alert itself
    assert office.deliver(at).sent == 3
    assert [json.loads(body)["type"] for _, _, body in web.requests] == ["alert.opened"] * 5 + ["alert.cleared"]
    assert len({headers["webhook-id"] for _, headers, _ in web.requests[:5]}) == 1
    assert len({headers["webhook-timestamp"] for _, headers, _ in web.requests[:5]}) == 5  # each is fresh
    assert WORD not in caplog.text


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((404, {}, "no_service"), "answered 404 (no_service): check its address"),
        ((403, {}, f"no <{WORD}>"), "answered 403: check its address"),
        ((302, {"Location": f"http://127.0.0.1:9/{WORD}"}, ""), "answered 302: check its address"),
    ],
)
def test_what_cannot_get_better_is_tried_once_and_then_in_a_run(
    office: Office, configure: Configure, web: WebReceiver, answer: object, reason: str
) -> None:
    configure(SLACK_URL=web.url(f"/services/{WORD}"))
    web.answers.append(answer)
    office.tell(LEAK)
    (fault,) = office.deliver().faults
    start = "'[Critical] acme: Unreported usage (1,000.00 USD)' (alert "
    assert fault.startswith(start)
    assert f"did not reach Slack: 127.0.0.1 {reason}" in fault
    assert WORD not in fault
    assert office.states()["slack"][:2] == ("tried_out", 1)
    assert office.deliver(AT + 60 * MINUTE) == Delivered()


def test_a_server_that_hangs_does_not_keep_other_channels_waiting(
    office: Office, configure: Configure, web: WebReceiver, mailbox: Mailbox
) -> None:
    configure(SLACK_URL=web.url("/slack"), **mail_to(mailbox, "cfo@example.com"))
    web.answers.append(HANG)
    others = [replace(LEAK, cause=f"acme/{number}") for number in range(3)]
    office.tell(*others)
    done = office.deliver(seconds=1.5)
    assert (done.sent, len(done.faults)) == (6, 1)
    assert len(web.requests) == 1
    assert office.deliver(AT + timedelta(seconds=1)).sent == 2
    assert len(mailbox.mails) == 3


def test_many_alerts_of_one_look_are_one_mail_and_programs_get_each(
    office: Office, configure: Configure, web: WebReceiver, mailbox: Mailbox
) -> None:
    configure(**everything(web, mailbox))
    office.tell(*(replace(LEAK, cause=f"acme/{number}", title=f"Leak {number}") for number in range(6)))
    mailbox.refusals = {"oncall@example.com": "450 later"}
    assert len(office.deliver().faults) == 1
    office.deliver(AT + timedelta(seconds=1))
    assert sorted(path for path, _, _ in web.requests) == [f"/hook?token={WORD}"] * 6 + [f"/services/{WORD}"]
    ((to, mail),) = mailbox.mails
    assert (to, mail["Subject"]) == (["cfo@example.com"], "[Critical] 6 alerts: 6 new")
    assert office.states()["email:oncall@example.com"][:2] == ("pending", 1)
    mailbox.refusals = {"oncall@example.com": "550 never"}
    office.deliver(AT + MINUTE)
    (key,) = request_last_tries(office.connection)
    (fault,) = try_last(office.connection, key, lambda: AT, office.log)
    assert fault.startswith("'[Critical] 6 alerts: 6 new' (alert ")
    mailbox.refusals = {}
    assert try_last(office.connection, key, lambda: AT, office.log) == []
    assert [to for to, _ in mailbox.mails] == [["cfo@example.com"], ["oncall@example.com"]]
    assert {mail["Message-ID"] for _, mail in mailbox.mails} == {mail["Message-ID"]}


def test_all_that_a_dead_channel_does_not_take_is_one_failed_run(
    office: Office, configure: Configure, web: WebReceiver
) -> None:
    configure(SLACK_URL=web.url("/slack"))
    web.answers.extend([(404, {}, "no_service")] * 6)
    office.tell(*(replace(LEAK, cause=f"acme/{number}") for number in range(3)))
    assert len(office.deliver().faults) == 3
    (key,) = request_last_tries(office.connection)
    assert len(try_last(office.connection, key, lambda: AT, office.log)) == 3


def test_each_recipient_of_mail_is_tried_alone(office: Office, configure: Configure, mailbox: Mailbox) -> None:
    configure(**mail_to(mailbox, "a@example.com", "b@example.com", "c@example.com"))
    mailbox.refusals = {"b@example.com": "450 4.2.0 greylisted", "c@example.com": "550 5.1.1 no such\x07 user"}
    office.tell(LEAK)
    at = AT
    for _ in range(2):
        office.deliver(at)
        at += timedelta(seconds=1)
    states = office.states()
    assert states["email:a@example.com"] == ("delivered", 1, None)
    assert states["email:b@example.com"] == ("pending", 1, "127.0.0.1 answered 450 (4.2.0 greylisted).")
    assert states["email:c@example.com"] == ("tried_out", 1, "127.0.0.1 answered 550 (5.1.1 no such user).")
    mailbox.refusals = {}
    assert office.deliver(AT + MINUTE).sent == 1
    assert [to for to, _ in mailbox.mails] == [["a@example.com"], ["b@example.com"]]


def test_mail_travels_encrypted_to_a_server_whose_certificate_and_password_are_right(
    office: Office, configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificate_of_this_machine(tmp_path)
    with mail_server(certificate, WORD) as box:
        address = f"127.0.0.1:{box.port}?starttls"
        configure(**(mail_to(box, "cfo@example.com") | {"SMTP_URL": f"smtp://revenue:{WORD}@{address}"}))
        office.tell(LEAK)
        office.deliver()
        state, _, error = office.states()["email:cfo@example.com"]
        assert state == "tried_out"
        assert "certificate that is not trusted" in str(error)
        assert box.logins == []  # the password has not left us

        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        (key,) = request_last_tries(office.connection)
        assert try_last(office.connection, key, lambda: AT, office.log) == []
        assert box.logins == [("revenue", WORD)]
        assert len(box.mails) == 1

        configure(SMTP_URL=f"smtp://revenue:not-{WORD}@{address}")
        office.tell(at=AT + MINUTE)
        (fault,) = office.deliver(AT + MINUTE).faults
        assert "answered 535 (it does not take our user and password)" in fault
        assert WORD not in fault
        assert office.states()["email:cfo@example.com"][:2] == ("tried_out", 1)


def test_a_mail_server_that_is_not_there_or_says_nothing_is_tried_again(office: Office, configure: Configure) -> None:
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        box.port = silent.getsockname()[1]
        configure(**mail_to(box, "cfo@example.com"))
        office.tell(LEAK)
        office.deliver(seconds=0.2)
    reason = "127.0.0.1 did not answer within 0.2 s."
    assert office.states()["email:cfo@example.com"] == ("pending", 1, reason)
    office.deliver(AT + MINUTE)
    assert office.states()["email:cfo@example.com"] == ("pending", 2, "127.0.0.1 refuses connections.")


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

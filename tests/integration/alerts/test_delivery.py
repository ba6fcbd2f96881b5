"""Alerts on their way: against real receivers that take, refuse, hang and recover, and nothing secret on the way."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from revenue_assets.alerts.delivery import Delivered, request_last_tries, try_last
from tests.integration.alerts.office import (
    AT,
    KEYS,
    LEAK,
    MINUTE,
    WORD,
    Configure,
    Office,
    everything,
    mail_to,
    signing_secret,
)
from tests.integration.alerts.receivers import (
    HANG,
    Mailbox,
    WebReceiver,
)


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

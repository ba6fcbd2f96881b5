"""Alerts by mail: against real servers that encrypt, ask for a password, refuse a recipient or are not there."""

import socket
from datetime import timedelta
from pathlib import Path

import pytest

from revenue_assets.alerts.delivery import request_last_tries, try_last
from tests.integration.alerts.office import AT, LEAK, MINUTE, WORD, Configure, Office, mail_to
from tests.integration.alerts.receivers import (
    Mailbox,
    certificate_of_this_machine,
    mail_server,
)


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

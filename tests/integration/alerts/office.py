"""What tests of alerts tell, to whom, and how they see what became of it."""

import base64
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg

from revenue_assets.alerts.book import note
from revenue_assets.alerts.condition import Condition, Kind, Severity
from revenue_assets.alerts.delivery import Delivered, deliver_due
from tests.integration.alerts.receivers import (
    Mailbox,
    WebReceiver,
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

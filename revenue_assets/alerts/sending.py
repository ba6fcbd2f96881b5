"""Sends one notice to one destination, as the settings of this moment say."""

import json
import logging
from collections.abc import Sequence
from datetime import datetime
from email.utils import parseaddr

from pydantic import SecretStr

from revenue_assets.alerts.condition import Severity
from revenue_assets.alerts.destinations import EMAIL, LOG, SLACK, WEBHOOK, channel_of, destinations, spoken
from revenue_assets.alerts.faults import DeliveryError
from revenue_assets.alerts.notice import Event, Notice
from revenue_assets.alerts.settings import MailServer, signing_keys
from revenue_assets.settings import get_settings

TIMEOUT = 10.0  # seconds for one message, all in all


def send(
    notices: Sequence[Notice],
    destination: str,
    message_id: str,
    at: datetime,
    log: logging.Logger,
    seconds: float = TIMEOUT,
) -> None:
    """Deliver the notices as one message; raise DeliveryError, without anything secret, when it was not taken.

    `at` is now. `message_id` stays the same when it is sent again, so that the receiver can tell.
    """
    if destination not in destinations():
        sentence = f"{spoken(destination)} is not in the settings any more: if it should be told, name it there again."
        raise DeliveryError(sentence[0].upper() + sentence[1:], can_retry=False)
    channel, address = channel_of(destination)
    if channel == LOG:
        for notice in notices:
            log.log(_log_level(notice), log_line(notice))
    elif channel == SLACK:
        _to_slack(notices, at, seconds)
    elif channel == WEBHOOK:
        (notice,) = notices  # for programs, nothing is bundled
        _to_webhook(notice, message_id, at, seconds)
    elif channel == EMAIL:
        _to_mailbox(notices, message_id, address, seconds)


def log_line(notice: Notice) -> str:
    """The notice as one line of JSON."""
    condition = notice.condition
    told = {
        "alert": notice.alert_id,
        "event": notice.event,
        "kind": condition.kind,
        "cause": condition.cause,
        "severity": condition.severity,
        "organization_id": condition.organization_id,
        "title": condition.title,
        "level": str(condition.level),
        "unit": condition.unit,
        "link": condition.link,
    }
    return json.dumps(told, ensure_ascii=False)


def _log_level(notice: Notice) -> int:
    is_critical = notice.condition.severity is Severity.CRITICAL and notice.event is not Event.CLEARED
    return logging.ERROR if is_critical else logging.WARNING


def _to_slack(notices: Sequence[Notice], at: datetime, seconds: float) -> None:
    from revenue_assets.alerts.http import post
    from revenue_assets.alerts.slack import payload

    url = _needed(get_settings().alert_slack_url)
    post(url.get_secret_value(), json.dumps(payload(notices)).encode(), {}, at, seconds)


def _to_webhook(notice: Notice, message_id: str, at: datetime, seconds: float) -> None:
    from revenue_assets.alerts.http import post
    from revenue_assets.alerts.webhook import body, signed_headers

    settings = get_settings()
    content = body(notice)
    keys = signing_keys(_needed(settings.alert_webhook_secret))
    url = _needed(settings.alert_webhook_url).get_secret_value()
    post(url, content, signed_headers(message_id, at, content, keys), at, seconds)


def _to_mailbox(notices: Sequence[Notice], message_id: str, address: str, seconds: float) -> None:
    from revenue_assets.alerts.mail import message
    from revenue_assets.alerts.smtp import hand_over

    settings = get_settings()
    server = MailServer.parse(_needed(settings.alert_smtp_url).get_secret_value())
    sender = settings.alert_email_from
    hand_over(server, message(notices, message_id, sender, address), parseaddr(sender)[1], address, seconds)


def _needed(secret: SecretStr | None) -> SecretStr:
    assert secret is not None  # `destinations` names only what is set
    return secret

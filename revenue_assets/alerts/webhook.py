"""The generic webhook: every notice as JSON, signed as Standard Webhooks says.

The receiver checks `webhook-signature` over `webhook-id.webhook-timestamp.body`, refuses old timestamps, and takes a
`webhook-id` once: a message that is sent again keeps its id.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import datetime

from revenue_assets.alerts.notice import Notice


def body(notice: Notice) -> bytes:
    """The notice for programs: numbers as exact texts, instants in ISO 8601."""
    condition = notice.condition
    before = notice.level_before
    data = {
        "alert_id": notice.alert_id,
        "kind": condition.kind,
        "cause": condition.cause,
        "severity": condition.severity,
        "organization_id": condition.organization_id,
        "title": condition.title,
        "level": str(condition.level),
        "level_before": None if before is None else str(before),
        "unit": condition.unit,
        "facts": [{"label": label, "text": text} for label, text in condition.facts],
        "top_accounts": [{"account": account, "amount": amount} for account, amount in condition.top_accounts],
        "action": condition.action,
        "link": condition.link,
        "opened_at": notice.opened_at.isoformat(),
    }
    message = {"type": f"alert.{notice.event}", "timestamp": notice.at.isoformat(), "data": data}
    return json.dumps(message, ensure_ascii=False).encode()


def signed_headers(message_id: str, at: datetime, content: bytes, keys: Iterable[bytes]) -> dict[str, str]:
    """The headers that prove who sent these very bytes at `at`, one signature per key."""
    seconds = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), seconds.encode(), content))
    signatures = [base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }

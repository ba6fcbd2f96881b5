"""The message that tries the channels: it says so, and looks like an alert in every other way."""

from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from revenue_assets.alerts.condition import Condition, Kind, Severity
from revenue_assets.alerts.notice import Event, Notice
from revenue_assets.settings import get_settings


def trial_notice(at: datetime) -> Notice:
    """A notice about nothing; amounts and accounts in it are examples."""
    condition = Condition(
        kind=Kind.LEAK,
        cause="test",
        severity=Severity.WARNING,
        title="Test: alerts of this installation arrive here",
        level=Decimal("12345.60"),
        unit="USD",
        action="Nothing: somebody ran `revenue alerts test`. The amounts are examples.",
        link=get_settings().ui_url,
        facts=(("Sent at", f"{at:%Y-%m-%d %H:%M} UTC"),),
        top_accounts=(("Example account", "12,000.00 USD"), ("Another example account", "345.60 USD")),
    )
    return Notice(str(uuid4()), Event.TEST, at, at, condition)

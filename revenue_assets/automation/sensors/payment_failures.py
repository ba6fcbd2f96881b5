"""Spikes of payment failures (docs/definitions.md#spikes-of-payment-failures): the rule is a mart, here are words."""

from decimal import Decimal
from pathlib import Path

import psycopg
from psycopg.rows import dict_row

from revenue_assets.alerts.condition import Condition, Kind, Severity
from revenue_assets.findings.formatting import amount_text
from revenue_assets.findings.queries import Row
from revenue_assets.links import asset_url

_RULE = Path(__file__).with_name("payment_failures.sql")
_LINK = ("marts", "mart_payment_failure_spike")


def payment_failure_conditions(connection: psycopg.Connection) -> list[Condition]:
    """One condition per organization with a spike; the level is the failure rate of the last days in percent."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return [_condition(row) for row in cursor.execute(_RULE.read_bytes()).fetchall()]


def _condition(row: Row) -> Condition:
    organization = row["organization_id"]
    recent, before = _percent(row["recent_failure_rate"]), _percent(row["baseline_failure_rate"])
    days = (row["as_of"] - row["recent_from"]).days
    amounts = " and ".join(_money(amount, minor_unit, currency) for amount, minor_unit, currency in row["amounts"])
    return Condition(
        kind=Kind.PAYMENT_FAILURES,
        cause=organization,
        severity=Severity.CRITICAL,
        title=f"{organization}: {recent} of first payments failed in {days} days, {before} before",
        level=(100 * row["recent_failure_rate"]).quantize(Decimal("0.1")),
        unit="%",
        action="Look at the decline codes and at the payment processor's status page: one code or one card network "
        "that fails for all is a fault of the processor or of a setting, and retries wait until it is mended.",
        link=asset_url(_LINK),
        organization_id=organization,
        facts=(
            ("Last days", f"{row['recent_failures']:,} of {row['recent_attempts']:,} first tries failed ({recent})"),
            ("Before", f"{row['baseline_failures']:,} of {row['baseline_attempts']:,} ({before})"),
            ("Risen by at least", f"{100 * row['rise_low_rate']:.1f} percentage points, with 99% confidence"),
            ("Declined", row["codes"]),
            ("Not collected at first", amounts),
            ("As of", f"{row['as_of']:%Y-%m-%d %H:%M} UTC"),
        ),
        top_accounts=tuple(
            (f"{account} ({name})" if name else account, f"{_money(amount, minor_unit, currency)} in {count} invoices")
            for account, name, count, amount, minor_unit, currency in row["accounts"]
        ),
    )


def _percent(rate: Decimal) -> str:
    return f"{100 * rate:.1f}%"


def _money(amount: str, minor_unit: int | None, currency: str) -> str:
    return f"{amount_text(Decimal(amount), minor_unit, separator=',')} {currency}"

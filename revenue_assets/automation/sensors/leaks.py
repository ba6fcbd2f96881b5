"""Leaks over the threshold: docs/automation.md#leaks-over-the-threshold. The rule is leaks_over_threshold.sql.

Over-billing is a leak like under-billing, and has conditions of its own: the two are never netted.
"""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import psycopg
from psycopg.rows import dict_row

from revenue_assets.alerts.condition import Condition, Kind, Severity
from revenue_assets.findings.evidence import WHY
from revenue_assets.findings.formatting import amount_text
from revenue_assets.findings.queries import Row
from revenue_assets.links import asset_url
from revenue_assets.months import month_of

_RULE = Path(__file__).with_name("leaks_over_threshold.sql")
_LINK = ("marts", "revmatch_leaks")
_ORDERS = {
    "send_meter_event": "send the missing meter events",
    "draft_invoice": "draft an invoice for it",
    "credit_note": "give it back by credit note",
    "retry_payment": "try again to collect it",
    "fix_price": "correct the price and bill the difference",
    "update_payment_method": "ask for another means of payment",
    "write_off": "write it off: no window is open any more",
}


def leak_conditions(connection: psycopg.Connection) -> list[Condition]:
    """One condition per organization, currency, code and direction; the level is the amount in its currency."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return [_condition(row) for row in cursor.execute(_RULE.read_bytes()).fetchall()]


def _condition(row: Row) -> Condition:
    name = row["name"].replace("_", " ")
    total = _money(row["amount"], row)
    way = "lost" if row["direction"] == "under" else "overpaid by customers"
    months = sorted({month_of(row["first_month"]), month_of(row["last_month"])})
    return Condition(
        kind=Kind.LEAK,
        cause=f"{row['organization_id']}:{row['currency']}:{row['code']}:{row['direction']}",
        severity=Severity.CRITICAL if row["is_critical"] else Severity.WARNING,
        title=f"{row['organization_id']}: {total} {way}, {name} ({row['code']})",
        level=Decimal(amount_text(row["amount"], row["minor_unit"])),
        unit=row["currency"],
        action=_action(row),
        link=asset_url(_LINK),
        organization_id=row["organization_id"],
        facts=(
            ("Amount", f"{total} {way} in {row['findings']:,} findings of {row['accounts']:,} accounts"),
            ("Cause", WHY.get(row["code"], name)),
            ("Months", " to ".join(months)),
            *_rate(row),
            ("Recoverable", _recoverable(row)),
            ("Threshold", _threshold(row)),
        ),
        top_accounts=tuple(
            (f"{account} ({of_account})" if of_account else account, _money(amount, row))
            for account, of_account, amount in zip(
                row["account_ids"], row["account_names"], row["account_amounts"], strict=True
            )
        ),
    )


def _money(amount: Decimal, row: Row) -> str:
    return f"{amount_text(amount, row['minor_unit'], separator=',')} {row['currency']}"


def _rate(row: Row) -> list[tuple[str, str]]:
    if row["worst_rate"] is None:
        return []
    rate = f"{100 * row['worst_rate']:.2f}% of what was entitled in {month_of(row['worst_month'])}"
    return [("Worst month", rate)]


def _recoverable(row: Row) -> str:
    if not row["recoverable_amount"]:
        return "nothing: it belongs to the customers" if row["direction"] == "over" else "nothing any more"
    until: datetime | None = row["recoverable_until"]
    limit = f"the first of it until {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if until else "without a limit in time"
    return f"{_money(row['recoverable_amount'], row)}, {limit}"


def _threshold(row: Row) -> str:
    parts = []
    if row["threshold_amount"] is not None:
        parts.append(_money(row["threshold_amount"], row))
    if row["threshold_rate"] is not None:
        parts.append(f"{(100 * row['threshold_rate']).normalize():f}% of what was entitled in a month")
    return " or ".join(parts)


def _action(row: Row) -> str:
    orders = [_ORDERS.get(remedy, remedy.replace("_", " ")) for remedy in row["remedies"]]
    command = f"`revenue findings --source {row['source_name']} --code {row['code']}`"
    return f"See the findings with {command}, and for each: {'; or '.join(orders)}."

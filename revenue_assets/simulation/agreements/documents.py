"""Invoices, lines, draws and payments of the company with agreements as rows, and its events as tables."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from revenue_assets.months import month_of
from revenue_assets.simulation.agreements.answers import DISCOUNT, MAXIMUM, MINIMUM
from revenue_assets.simulation.agreements.deals import Deal
from revenue_assets.simulation.agreements.profile import Agreements
from revenue_assets.simulation.agreements.rating import RECURRING
from revenue_assets.simulation.agreements.truth import Outcome
from revenue_assets.simulation.agreements.usage import Usage, Use
from revenue_assets.simulation.tables import event_schema, table_of

Row = dict[str, Any]
_KINDS = {RECURRING: "recurring", DISCOUNT: "discount", MINIMUM: "minimum", MAXIMUM: "maximum"}
_TO_FINALIZE, _TO_PAY = timedelta(minutes=30), timedelta(hours=2)
_ARRIVALS = {"usage_events": "received_at", "reported_events": "reported_at"}


def document_rows(agreements: Agreements, outcomes: Sequence[Outcome]) -> dict[str, list[Row]]:
    """Invoices, their lines, the balance that they use and the cash that pays the rest."""
    rows: dict[str, list[Row]] = {
        name: [] for name in ("invoices", "invoice_lines", "credit_applications", "payment_attempts")
    }
    billed = sorted((one for one in outcomes if one.bill), key=lambda one: (one.rated.period.end, one.rated.number))
    for number, outcome in enumerate(billed, start=1):
        invoice_id = f"in_{agreements.account_prefix}_{number:07d}"
        for name, row in _documents(agreements, outcome, invoice_id):
            rows[name].append(row)
    return rows


def _documents(agreements: Agreements, outcome: Outcome, invoice_id: str) -> Iterator[tuple[str, Row]]:
    bill, period, deal = outcome.bill, outcome.rated.period, outcome.rated.deal
    assert bill is not None
    window = {"period_start": period.start, "period_end": period.end, "currency": agreements.currency}
    owner = {"account_id": deal.account_id, "subscription_id": deal.subscription_id, "status": "paid"}
    owner["collection"] = "charge_automatically"
    times = {"issued_at": bill.issued_at, "finalized_at": bill.issued_at + _TO_FINALIZE}
    times["due_at"] = bill.issued_at + timedelta(days=14)
    yield "invoices", {"invoice_id": invoice_id} | owner | times | window
    for number, (item, amount) in enumerate(bill.lines, start=1):
        units = outcome.rated.units.get(item, Decimal(1) if item == RECURRING else None)
        line = {"invoice_line_id": f"{invoice_id}_{number}", "invoice_id": invoice_id, "amount": amount}
        kind = _KINDS.get(item, "usage")
        yield (
            "invoice_lines",
            line
            | window
            | {
                "kind": kind,
                "units": units,
                "meter_id": item if kind == "usage" else None,
            },
        )
    due = bill.amount
    for number, draw in enumerate(outcome.draws, start=1):
        due -= draw.amount
        about = {"application_id": f"{invoice_id}_draw{number}", "grant_id": draw.grant_id, "invoice_id": invoice_id}
        yield "credit_applications", about | {"amount": draw.amount, "applied_at": draw.applied_at}
    if due > 0:
        paid = {"attempt_id": f"{invoice_id}_try1", "invoice_id": invoice_id, "attempt_number": 1, "amount": due}
        yield (
            "payment_attempts",
            paid
            | {
                "attempted_at": bill.issued_at + _TO_PAY,
                "currency": agreements.currency,
                "status": "succeeded",
                "method": "card",
            },
        )


def event_tables(agreements: Agreements, deals: Sequence[Deal], usage: Usage) -> dict[tuple[str, str], pa.Table]:
    """usage_events and reported_events by dataset and month, in order of items and time."""
    found: dict[tuple[str, str], list[Row]] = {}
    for (number, _, turn), uses in sorted(usage.items()):
        about = {"organization_id": agreements.organization_id, "account_id": deals[number].account_id}
        about |= {"event_name": agreements.meters[turn].event_name}
        for use in uses:
            for dataset, row in _deliveries(use):
                found.setdefault((dataset, month_of(use.at)), []).append(about | row)
    return {key: table_of(rows, event_schema(_ARRIVALS[key[0]])) for key, rows in found.items()}


def _deliveries(use: Use) -> Iterator[tuple[str, Row]]:
    event = {"event_id": use.event_id, "occurred_at": use.at, "units": use.units}
    yield "usage_events", event | {"received_at": use.at + timedelta(seconds=2)}
    if not use.is_lost:
        yield "reported_events", event | {"reported_at": use.at + timedelta(minutes=2)}
    if use.is_retried:
        yield "reported_events", event | {"event_id": use.event_id[::-1], "reported_at": use.at + timedelta(minutes=5)}

"""Rows and event tables of the company with agreements, in the form of the contract, without organization_id."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from revenue_assets.rating.terms import ZERO, Terms, Tier
from revenue_assets.simulation.agreements.answers import DISCOUNT, MAXIMUM, MINIMUM
from revenue_assets.simulation.agreements.deals import SIGNED_BEFORE, Deal
from revenue_assets.simulation.agreements.profile import Agreements
from revenue_assets.simulation.agreements.rating import RECURRING, Wrong
from revenue_assets.simulation.agreements.truth import Outcome
from revenue_assets.simulation.agreements.usage import Usage

Row = dict[str, Any]
_KINDS = {RECURRING: "recurring", DISCOUNT: "discount", MINIMUM: "minimum", MAXIMUM: "maximum"}
_TO_FINALIZE, _TO_PAY = timedelta(minutes=30), timedelta(hours=2)


def reference_rows(
    agreements: Agreements, deals: Sequence[Deal], wrong: Wrong, as_of: datetime
) -> dict[str, list[Row]]:
    """The rows of every reference dataset, by its name."""
    plan_id, currency = f"{agreements.account_prefix}_plan", agreements.currency
    price = {"currency": currency, "valid_from": SIGNED_BEFORE, "plan_id": plan_id}
    fee = {"price_id": f"price_{plan_id}_recurring", "charge_model": "flat", "unit_amount": agreements.fee}
    prices = [price | fee | {"bill_in": "arrears"}] + [
        price
        | {"price_id": f"price_{plan_id}_{meter.meter_id}", "meter_id": meter.meter_id}
        | _terms(meter.price.terms)
        for meter in agreements.meters
    ]
    own = [
        {"price_id": f"billing_{deals[number].subscription_id}_{meter_id}", "meter_id": meter_id}
        | {"subscription_id": deals[number].subscription_id, "currency": currency}
        | {"valid_from": deals[number].terms.started_at}
        | _terms(terms)
        for (number, meter_id), terms in wrong.items()
    ]
    plan = {"plan_id": plan_id, "name": "Payments", "rank": 1, "billing_interval": "month", "currency": currency}
    return {
        "accounts": [_account(agreements, deal) for deal in deals],
        "plans": [plan],
        "meters": [
            {name: getattr(meter, name) for name in ("meter_id", "name", "unit", "aggregation", "unit_cost")}
            for meter in agreements.meters
        ],
        "event_mappings": [
            {"event_name": meter.event_name, "valid_from": SIGNED_BEFORE, "meter_id": meter.meter_id, "multiplier": 1}
            for meter in agreements.meters
        ],
        "subscriptions": [_subscription(deal, plan_id, as_of) for deal in deals],
        "contract_prices": [_DEFAULTS | one for one in prices],
        "billing_prices": [_DEFAULTS | one | {"price_id": f"billing_{one['price_id']}"} for one in prices]
        + [_DEFAULTS | one for one in own],
        "commitments": [
            {"commitment_id": f"{deal.subscription_id}_{n}", "subscription_id": deal.subscription_id}
            | {"kind": one.kind, "amount": one.amount, "currency": currency, "valid_from": SIGNED_BEFORE}
            for deal in deals
            for n, one in enumerate(deal.commitments)
        ],
        "discounts": [
            {"discount_id": f"{deal.subscription_id}_{n}", "subscription_id": deal.subscription_id}
            | {"percent_off": one.percent_off, "amount_off": one.amount_off, "meter_id": one.meter_id}
            | {"valid_from": SIGNED_BEFORE, "valid_to": one.valid_to}
            for deal in deals
            for n, one in enumerate(deal.discounts)
        ],
        "credit_grants": [
            {"grant_id": one.grant_id, "account_id": deal.account_id, "amount": one.amount, "currency": currency}
            | {"granted_at": one.granted_at, "expires_at": one.expires_at, "priority": one.priority}
            for deal in deals
            for one in deal.grants
        ],
    }


_DEFAULTS: Row = {"included_units": ZERO, "proration": "day", "bill_in": "advance"}


def _account(agreements: Agreements, deal: Deal) -> Row:
    return {
        "account_id": deal.account_id,
        "name": f"Merchant {deal.account_id.rpartition('_')[2]}",
        "segment": "mid_market",
        "currency": agreements.currency,
        "created_at": deal.terms.started_at,
        "is_internal": False,
    }


def _subscription(deal: Deal, plan_id: str, as_of: datetime) -> Row:
    ended_at = deal.terms.ended_at
    return {
        "subscription_id": deal.subscription_id,
        "account_id": deal.account_id,
        "plan_id": plan_id,
        "status": "canceled" if ended_at and ended_at <= as_of else "active",
        "started_at": deal.terms.started_at,
        "ended_at": ended_at,
        "anchor_day": deal.terms.anchor_day,
        "time_zone": deal.terms.time_zone,
    }


def _terms(terms: Terms) -> Row:
    """The columns of a price; tiers as JSON whose numbers are text, so that no decimal becomes a float."""
    is_unit_priced = terms.charge_model in ("per_unit", "dynamic")
    is_percentage = terms.charge_model == "percentage"
    return {
        "charge_model": terms.charge_model,
        "unit_amount": terms.unit_amount if is_unit_priced else None,
        "included_units": terms.included_units,
        "rate_percent": terms.rate_percent if is_percentage else None,
        "fixed_amount": terms.fixed_amount if is_percentage else None,
        "free_events": terms.free_events,
        "transaction_minimum": terms.transaction_minimum,
        "transaction_maximum": terms.transaction_maximum,
        "tiers": json.dumps([_tier(tier) for tier in terms.tiers]) if terms.tiers else None,
    }


def _tier(tier: Tier) -> Mapping[str, str | None]:
    up_to = None if tier.up_to is None else f"{tier.up_to:f}"
    return {"up_to": up_to, "rate_percent": f"{tier.rate_percent:f}", "flat_amount": f"{tier.flat_amount:f}"}


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


def event_rows(agreements: Agreements, deals: Sequence[Deal], usage: Usage) -> Iterator[tuple[str, Row]]:
    """Every row of usage_events and reported_events, with organization_id, in order of items and time."""
    for (number, _, turn), uses in sorted(usage.items()):
        about = {"organization_id": agreements.organization_id, "account_id": deals[number].account_id}
        about |= {"event_name": agreements.meters[turn].event_name}
        for use in uses:
            event = about | {"event_id": use.event_id, "occurred_at": use.at, "units": use.units}
            yield "usage_events", event | {"received_at": use.at + timedelta(seconds=2)}
            if not use.is_lost:
                yield "reported_events", event | {"reported_at": use.at + timedelta(minutes=2)}
            if use.is_retried:
                another_id = use.event_id[::-1]
                again = {"event_id": another_id, "reported_at": use.at + timedelta(minutes=5)}
                yield "reported_events", event | again

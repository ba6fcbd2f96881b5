"""Rows of the reference datasets of the company with agreements, without organization_id, and who of it has left."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from revenue_assets.rating.terms import ZERO, Terms, Tier
from revenue_assets.simulation.agreements.deals import SIGNED_BEFORE, Deal
from revenue_assets.simulation.agreements.profile import Agreements
from revenue_assets.simulation.agreements.rating import Wrong

Row = dict[str, Any]


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


def churn_rows(agreements: Agreements, deals: Sequence[Deal]) -> list[Row]:
    """Who has left; here it is never because a payment failed."""
    owner = {"organization_id": agreements.organization_id, "is_caused": False}
    return [
        owner | {"account_id": deal.account_id, "subscription_id": deal.subscription_id} | _end(deal)
        for deal in deals
        if deal.terms.ended_at
    ]


def _end(deal: Deal) -> Row:
    ended_at, started_at = deal.terms.ended_at, deal.terms.started_at
    if ended_at is None:
        return {}
    canceled_at = max(started_at, ended_at - timedelta(days=35))
    return {"ended_at": ended_at, "canceled_at": canceled_at, "cancel_reason": "switched_service"}


def _subscription(deal: Deal, plan_id: str, as_of: datetime) -> Row:
    ended_at = deal.terms.ended_at
    return _end(deal) | {
        "subscription_id": deal.subscription_id,
        "account_id": deal.account_id,
        "plan_id": plan_id,
        "status": "canceled" if ended_at and ended_at <= as_of else "active",
        "started_at": deal.terms.started_at,
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

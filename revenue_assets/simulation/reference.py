"""Rows of the reference datasets: customers, meters, plans, subscriptions and prices, without organization_id."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from revenue_assets.simulation.company import Company, Subscription
from revenue_assets.simulation.contract import SIGNED_BEFORE
from revenue_assets.simulation.converting import rate_rows
from revenue_assets.simulation.rater import Price, PriceBook

Row = dict[str, Any]


def reference_rows(company: Company, billing: PriceBook) -> dict[str, list[Row]]:
    """The rows of every reference dataset, by its name."""
    return {
        "accounts": _accounts(company),
        "meters": _meters(company),
        "event_mappings": _event_mappings(company),
        "plans": _plans(company),
        "subscriptions": _subscriptions(company),
        "contract_prices": _prices(company.contract.prices),
        "billing_prices": _prices(billing.prices),
        "fx_rates": list(rate_rows(company)),
    }


def _accounts(company: Company) -> list[Row]:
    return [
        {
            "account_id": one.account_id,
            "name": one.name,
            "email": one.email,
            "country": one.country,
            "segment": one.segment,
            "currency": company.organization.currency,
            "created_at": one.created_at,
            "is_internal": one.is_internal,
            "acquisition_channel": one.channel,
            "acquisition_cost": one.acquisition_cost,
        }
        for one in company.accounts
    ]


def _meters(company: Company) -> list[Row]:
    return [
        {
            "meter_id": one.meter_id,
            "name": one.name,
            "unit": one.unit,
            "aggregation": one.aggregation,
            "unit_cost": one.unit_cost,
        }
        for one in (*company.organization.meters, *company.organization.new_meters)
    ]


def _event_mappings(company: Company) -> list[Row]:
    return [
        {
            "event_name": one.event_name,
            "valid_from": SIGNED_BEFORE,
            "meter_id": one.meter_id,
            "multiplier": one.multiplier,
        }
        for one in (*company.organization.meters, *company.organization.new_meters)
    ]


def _plans(company: Company) -> list[Row]:
    return [
        {
            "plan_id": one.plan_id,
            "name": one.name,
            "rank": one.rank,
            "billing_interval": "month",
            "currency": company.organization.currency,
        }
        for one in (*company.organization.plans, *company.organization.new_plans)
    ]


def _subscriptions(company: Company) -> list[Row]:
    return [
        {
            "subscription_id": one.subscription_id,
            "account_id": company.accounts[one.account].account_id,
            "plan_id": one.plan.plan_id,
            "status": _status(one, company.profile.as_of),
            "started_at": one.started_at,
            "ended_at": one.ended_at,
            "trial_end": one.trial_end,
            "canceled_at": one.canceled_at,
            "cancel_reason": one.cancel_reason,
            "anchor_day": one.anchor_day,
            "time_zone": one.time_zone,
            "pause_start": one.pause_start,
            "pause_end": one.pause_end,
        }
        for one in company.subscriptions
    ]


def _status(subscription: Subscription, as_of: datetime) -> str:
    if subscription.ended_at:
        return "canceled"
    if subscription.trial_end and subscription.trial_end > as_of:
        return "trialing"
    is_paused = subscription.pause_start and (subscription.pause_end is None or subscription.pause_end > as_of)
    return "paused" if is_paused else "active"


def _prices(prices: Iterable[Price]) -> list[Row]:
    return [asdict(price) | {"tiers": _tiers(price)} for price in prices]


def _tiers(price: Price) -> str | None:
    """Tiers as the contract wants them: JSON whose numbers are text, so that no decimal becomes a float."""
    if not price.tiers:
        return None
    return json.dumps(
        [
            {
                "up_to": None if tier.up_to is None else f"{tier.up_to:f}",
                "unit_amount": f"{tier.unit_amount:f}",
                "flat_amount": f"{tier.flat_amount:f}",
            }
            for tier in price.tiers
        ]
    )

"""What the customers of an organization signed: list prices, negotiated ones, and renewals with an uplift."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from revenue_assets.simulation.company import Subscription
from revenue_assets.simulation.periods import billing_periods
from revenue_assets.simulation.profile import Organization, Profile
from revenue_assets.simulation.rater import Price
from revenue_assets.simulation.streams import stream

SIGNED_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
_NEGOTIATED, _BEFORE_RENEWAL, _UPLIFT = Decimal("0.85"), Decimal("0.9"), Decimal("1.08")


def contract_prices(
    profile: Profile, organization: Organization, subscriptions: Sequence[Subscription], seed: int
) -> list[Price]:
    """Every price of the contract; a subscription has at most one item with prices of its own."""
    plan_prices = list(_plan_prices(organization))
    listed = {(price.plan_id, price.meter_id): price for price in plan_prices}
    steady = [one for one in subscriptions if one.ended_at is None and one.started_at < profile.usage_start]
    rng = stream(seed, organization.organization_id, "negotiated")
    order = [steady[int(position)] for position in rng.permutation(len(steady))]
    cut = profile.negotiated.count(len(steady))
    found = plan_prices
    for subscription in sorted(order[:cut], key=lambda one: one.subscription_id):
        meter = organization.meters[int(rng.integers(len(organization.meters)))]
        price = listed[subscription.plan.plan_id, meter.meter_id]
        found.append(_own(price, subscription, "", _NEGOTIATED, organization))
    rng = stream(seed, organization.organization_id, "renewals")
    renewing = sorted(order[cut : cut + profile.renewed.count(len(steady))], key=lambda one: one.subscription_id)
    for number, subscription in enumerate(renewing):
        starts = [one.start for one in billing_periods(subscription.terms, profile.usage_end)]
        inside = [start for start in starts if profile.usage_start < start]
        if len(inside) < 2:
            continue
        renewed_at = inside[int(rng.integers(len(inside) - 1))]
        items = [None, *(meter.meter_id for meter in organization.meters)]
        price = listed[subscription.plan.plan_id, items[number % len(items)]]
        before = _own(price, subscription, "_1", _BEFORE_RENEWAL, organization)
        after = _own(price, subscription, "_2", _UPLIFT, organization)
        found += [replace(before, valid_to=renewed_at), replace(after, valid_from=renewed_at)]
    return found


def _plan_prices(organization: Organization) -> Iterable[Price]:
    for plan in (*organization.plans, *organization.new_plans):
        fee = Price(
            price_id=f"price_{plan.plan_id}_recurring",
            plan_id=plan.plan_id,
            subscription_id=None,
            meter_id=None,
            charge_model="flat",
            currency=organization.currency,
            valid_from=SIGNED_BEFORE,
            unit_amount=plan.fee,
            bill_in=organization.bill_in,
        )
        yield fee
        for meter in organization.meters:
            usage = plan.usage[meter.meter_id]
            yield replace(
                fee,
                price_id=f"price_{plan.plan_id}_{meter.meter_id}",
                meter_id=meter.meter_id,
                charge_model=usage.charge_model,
                unit_amount=usage.unit_amount,
                included_units=usage.included_units,
                package_size=usage.package_size,
                package_amount=usage.package_amount,
                tiers=usage.tiers,
                bill_in="advance",
            )


def _own(price: Price, subscription: Subscription, suffix: str, factor: Decimal, organization: Organization) -> Price:
    """A plan's price as a subscription's own, with all amounts multiplied."""
    return replace(
        price.times(factor, organization.minor_unit if price.meter_id is None else 12),
        price_id=f"price_{subscription.subscription_id}_{price.meter_id or 'recurring'}{suffix}",
        plan_id=None,
        subscription_id=subscription.subscription_id,
        valid_from=subscription.started_at,
    )

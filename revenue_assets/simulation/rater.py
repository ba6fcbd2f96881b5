"""What the items of the simulated company cost: its prices, which of them is in force, and the amounts of its lines.

`exact_*` give the unrounded amount, `rate_*` the amount of one invoice line, rounded to the currency's minor unit.
Amounts are in major units of the price's currency. Included units are per billing period and are not prorated; a flat
fee is prorated by whole days. The arithmetic is that of `revenue_assets/rating/`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Literal

from revenue_assets.errors import RevenueError
from revenue_assets.rating.rater import amount
from revenue_assets.rating.terms import ZERO, Case, Terms, Tier

ChargeModel = Literal["flat", "per_unit", "graduated", "volume", "package"]


@dataclass(frozen=True)
class Price:
    """One row of contract_prices or billing_prices; `meter_id` None is the recurring fee."""

    price_id: str
    plan_id: str | None
    subscription_id: str | None
    meter_id: str | None
    charge_model: ChargeModel
    currency: str
    valid_from: datetime
    unit_amount: Decimal | None = None
    included_units: Decimal = ZERO
    valid_to: datetime | None = None
    proration: Literal["day", "none"] = "day"
    bill_in: Literal["advance", "arrears"] = "advance"
    package_size: Decimal | None = None
    package_amount: Decimal | None = None
    tiers: tuple[Tier, ...] = ()

    @cached_property
    def terms(self) -> Terms:
        """What decides its amount."""
        return Terms(
            self.charge_model,
            unit_amount=self.unit_amount or ZERO,
            included_units=self.included_units,
            package_size=self.package_size,
            package_amount=self.package_amount,
            tiers=self.tiers,
        )

    def times(self, factor: Decimal, decimals: int) -> "Price":
        """The same price with every amount multiplied and rounded to so many decimals."""
        unit = Decimal(1).scaleb(-decimals)

        def scaled(amount: Decimal | None) -> Decimal | None:
            return None if amount is None else (amount * factor).quantize(unit)

        tiers = tuple(replace(tier, unit_amount=(tier.unit_amount * factor).quantize(unit)) for tier in self.tiers)
        unit_amount, package_amount = scaled(self.unit_amount), scaled(self.package_amount)
        return replace(self, unit_amount=unit_amount, package_amount=package_amount, tiers=tiers)


def exact_usage(price: Price, units: Decimal) -> Decimal:
    """The unrounded price of a period's units: those beyond the included ones, as its charge model says."""
    return amount(_usage(price, units, None))


def exact_recurring(price: Price, days_in_service: int, days_in_period: int) -> Decimal:
    """The unrounded fee for the days served of a whole period of `days_in_period`."""
    return amount(_recurring(price, days_in_service, days_in_period, None))


def rate_usage(price: Price, units: Decimal, minor_unit: int) -> Decimal:
    """The amount of a usage line with so many units."""
    return amount(_usage(price, units, minor_unit))


def rate_recurring(price: Price, days_in_service: int, days_in_period: int, minor_unit: int) -> Decimal:
    """The amount of a recurring line for the days served."""
    return amount(_recurring(price, days_in_service, days_in_period, minor_unit))


def _usage(price: Price, units: Decimal, minor_unit: int | None) -> Case:
    return Case(price.price_id, price.terms, minor_unit, quantity=units)


def _recurring(price: Price, days_in_service: int, days_in_period: int, minor_unit: int | None) -> Case:
    if price.proration == "none":
        return Case(price.price_id, price.terms, minor_unit)
    return Case(price.price_id, price.terms, minor_unit, served=days_in_service, whole=days_in_period)


class PriceBook:
    """The prices of one side (contract or billing), found by who pays for what and when."""

    def __init__(self, prices: Iterable[Price]) -> None:
        self.prices = list(prices)
        self._by_owner: dict[tuple[str | None, str | None, str | None], list[Price]] = {}
        for price in self.prices:
            self._by_owner.setdefault((price.subscription_id, price.plan_id, price.meter_id), []).append(price)

    def in_force(self, subscription_id: str, plan_id: str, meter_id: str | None, at: datetime) -> Price:
        """The price at an instant: the subscription's own before the plan's; RevenueError when there is none."""
        for owner in ((subscription_id, None, meter_id), (None, plan_id, meter_id)):
            for price in self._by_owner.get(owner, []):
                if price.valid_from <= at and (price.valid_to is None or at < price.valid_to):
                    return price
        raise RevenueError(f"Plan {plan_id} of {subscription_id} has no price for {meter_id or 'recurring'} at {at}.")

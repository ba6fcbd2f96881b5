"""What a quantity costs, in plain Decimal arithmetic: the second opinion that the warehouse's SQL is scored against.

`exact_*` give the unrounded amount, `rate_*` the amount of one invoice line, rounded once, half away from zero, to the
currency's minor unit. Amounts are in major units of the price's currency. Included units are per billing period and
are not prorated; a flat fee is prorated by whole days.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Literal

from revenue_assets.errors import RevenueError

_DIGITS = 60  # a quantity of 38 digits times a price of 12 decimals must not lose one


@dataclass(frozen=True)
class Price:
    """One row of contract_prices or billing_prices; `meter_id` None is the recurring fee."""

    price_id: str
    plan_id: str | None
    subscription_id: str | None
    meter_id: str | None
    charge_model: Literal["flat", "per_unit"]
    currency: str
    valid_from: datetime
    unit_amount: Decimal
    included_units: Decimal = Decimal(0)
    valid_to: datetime | None = None
    proration: Literal["day", "none"] = "day"
    bill_in: Literal["advance", "arrears"] = "advance"


def round_to_minor(amount: Decimal, minor_unit: int) -> Decimal:
    """Round half away from zero to so many decimals."""
    with localcontext(prec=_DIGITS):
        return amount.quantize(Decimal(1).scaleb(-minor_unit), ROUND_HALF_UP) + 0


def exact_usage(price: Price, units: Decimal) -> Decimal:
    """The unrounded price of a period's units: those beyond the included ones at the unit amount."""
    with localcontext(prec=_DIGITS):
        return max(units - price.included_units, Decimal(0)) * price.unit_amount


def exact_recurring(price: Price, days_in_service: int, days_in_period: int) -> Decimal:
    """The unrounded fee for the days served of a whole period of `days_in_period`."""
    if price.proration == "none":
        return price.unit_amount
    with localcontext(prec=_DIGITS):
        return price.unit_amount * days_in_service / days_in_period


def rate_usage(price: Price, units: Decimal, minor_unit: int) -> Decimal:
    """The amount of a usage line with so many units."""
    return round_to_minor(exact_usage(price, units), minor_unit)


def rate_recurring(price: Price, days_in_service: int, days_in_period: int, minor_unit: int) -> Decimal:
    """The amount of a recurring line for the days served."""
    return round_to_minor(exact_recurring(price, days_in_service, days_in_period), minor_unit)


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

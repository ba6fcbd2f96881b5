"""What the company with agreements sells, agrees and bills wrong: the table `[agreements]` of a profile."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pydantic import ConfigDict

from revenue_assets.contract.currencies import minor_units
from revenue_assets.rating.terms import ZERO, Terms
from revenue_assets.simulation.fields import (
    NONE,
    Count,
    Currency,
    EventUnits,
    Many,
    Money,
    Name,
    Number,
    PercentTier,
    Planted,
    Spread,
    Weight,
)


class _Described:
    """A name in a file that is none of the fields is refused."""

    __pydantic_config__ = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class AgreedPrice(_Described):
    """What a meter costs; a percentage is of every payment by itself, a graduated one of their sum."""

    charge_model: Literal["per_unit", "percentage", "graduated_percentage", "dynamic"]
    unit_amount: Money | None = None
    included_units: Money = ZERO
    rate_percent: Money | None = None
    fixed_amount: Money | None = None
    free_events: Count | None = None
    transaction_minimum: Money | None = None
    transaction_maximum: Money | None = None
    tiers: tuple[PercentTier, ...] = ()

    @property
    def terms(self) -> Terms:
        """What decides its amount."""
        return Terms(
            self.charge_model,
            unit_amount=self.unit_amount or ZERO,
            included_units=self.included_units,
            rate_percent=self.rate_percent or ZERO,
            fixed_amount=self.fixed_amount or ZERO,
            free_events=self.free_events,
            transaction_minimum=self.transaction_minimum,
            transaction_maximum=self.transaction_maximum,
            tiers=self.tiers,
        )


@dataclass(frozen=True)
class AgreedMeter(_Described):
    """One thing that is metered; units are an amount of money where the price is a percentage or dynamic."""

    meter_id: Name
    name: Name
    unit: Name
    event_name: Name
    event_share: Weight
    unit_cost: Money
    price: AgreedPrice
    aggregation: Literal["sum", "count"] = "sum"
    median_units: EventUnits = Decimal(1)
    spread: Spread = 0.0


@dataclass(frozen=True)
class Agreements(_Described):
    """The company, its one plan, the size of what is agreed, and how often what is billed is something else.

    Every account has one kind of agreement (`deals.KINDS`), in turn. Shares are of the periods, items or subscriptions
    that the leak can fall on.
    """

    organization_id: Name
    account_prefix: Name
    currency: Currency
    accounts: Many
    events_per_account: Many
    fee: Money
    minimum: Money
    maximum: Money
    percent_off: Number
    amount_off: Money
    grant: Money
    meters: tuple[AgreedMeter, ...]
    lossy_items: Planted = NONE  # U1: items in which an event or two are lost
    retried_items: Planted = NONE  # U8: items with an event accepted twice
    misposted_lines: Planted = NONE  # unposted: items billed with other units than metered, but no percentages
    missing_periods: Planted = NONE  # B1: periods without any invoice
    wrong_prices: Planted = NONE  # R1: subscriptions with another price of a meter in billing
    missing_true_ups: Planted = NONE  # R4: minimums not reached and not charged
    whole_true_ups: Planted = NONE  # R4: minimums of partial periods charged whole
    ignored_caps: Planted = NONE  # R4: maximums that were exceeded and not applied
    ended_discounts: Planted = NONE  # R5: discounts still given after their end
    excessive_discounts: Planted = NONE  # R5: more than granted
    misplaced_discounts: Planted = NONE  # R5: taken from another item than granted
    stacked_discounts: Planted = NONE  # R5: given twice
    expired_draws: Planted = NONE  # B8: prepaid balance drawn from a grant that has expired
    overdrawn_grants: Planted = NONE  # B8: more drawn than a grant had left
    early_draws: Planted = NONE  # B8: drawn from a grant before it was granted

    def __post_init__(self) -> None:
        if len({meter.meter_id for meter in self.meters}) < max(len(self.meters), 2):
            raise ValueError("meters should be two at least, and every meter_id should be there once")

    @property
    def minor_unit(self) -> int:
        """Decimals of an amount of its currency."""
        return minor_units()[self.currency]

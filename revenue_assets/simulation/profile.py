"""What is simulated: organizations, their meters and plans, how much they use, and how much of it leaks.

Everything a person may want to change is a field here, and stands under the same name in a TOML file (`profiles.py`
reads them, companies/ has those that ship); the code that draws the company holds no numbers of its own. A field's type
says which values it takes. Amounts and unit prices are in major units of the currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Literal

from revenue_assets.contract.currencies import minor_units
from revenue_assets.months import month_bounds, month_range, shift
from revenue_assets.simulation.agreements.profile import Agreements
from revenue_assets.simulation.behaviour import Acquisition, Churn, Declines, Engagement, Usage
from revenue_assets.simulation.fields import (
    NONE,
    Count,
    Country,
    Currency,
    Described,
    EventUnits,
    Growth,
    Locale,
    Many,
    Money,
    Month,
    MonthCount,
    Name,
    Number,
    Planted,
    PriceTier,
    Rate,
    Share,
    Spread,
    Weight,
    Zone,
    refusal,
)

__all__ = ["GRACE", "LeakRates", "Meter", "Organization", "Plan", "Profile", "Rate", "UsagePrice"]

GRACE = timedelta(days=3)
"""After this time a period without an invoice is missing one; sources/simulated/source.toml says the same."""

_TERMS = {
    "per_unit": ("unit_amount",),
    "package": ("package_size", "package_amount"),
    "graduated": ("tiers",),
    "volume": ("tiers",),
}


@dataclass(frozen=True)
class Meter(Described):
    """One thing that is metered; `event_share` is its share of an account's events."""

    meter_id: Name
    name: Name
    unit: Name
    event_name: Name
    event_share: Weight
    unit_cost: Money
    aggregation: Literal["sum", "count", "max", "last"] = "sum"
    multiplier: Number = Decimal(1)
    median_units: EventUnits = Decimal(1)
    spread: Spread = 0.0
    decimals: Literal[0, 1, 2, 3] = 0


@dataclass(frozen=True)
class UsagePrice(Described):
    """What a meter costs beyond the included units of a period; a charge model has the terms that it needs."""

    charge_model: Literal["per_unit", "graduated", "volume", "package"] = "per_unit"
    unit_amount: Money | None = None
    included_units: Money = Decimal(0)
    package_size: Number | None = None
    package_amount: Money | None = None
    tiers: tuple[PriceTier, ...] = ()

    def __post_init__(self) -> None:
        needed = _TERMS[self.charge_model]
        for name in ("unit_amount", "package_size", "package_amount", "tiers"):
            if (getattr(self, name) in (None, ())) == (name in needed):
                takes = f"a price that is {self.charge_model} is made of {' and '.join(needed)}"
                raise ValueError(f"{name} should {'be there' if name in needed else 'not be there'}: {takes}")
        bounds = [tier.up_to for tier in self.tiers]
        limits = [bound for bound in bounds[:-1] if bound is not None]
        if self.tiers and (bounds[-1] is not None or len(limits) < len(bounds) - 1 or sorted(set(limits)) != limits):
            raise ValueError("tiers should have rising up_to, and only the last one none")


@dataclass(frozen=True)
class Plan(Described):
    """A monthly plan: a flat fee and a price for every meter of its organization; `share` of new subscriptions."""

    plan_id: Name
    name: Name
    rank: int
    share: Share
    fee: Money
    usage: Mapping[str, UsagePrice]


@dataclass(frozen=True)
class Organization(Described):
    """A company that bills by usage."""

    organization_id: Name
    account_prefix: Name
    currency: Currency
    bill_in: Literal["advance", "arrears"]
    meters: tuple[Meter, ...]
    plans: tuple[Plan, ...]
    countries: tuple[Country, ...]
    locale: Locale = "en_US"
    time_zones: Mapping[Zone, Weight] = field(default_factory=lambda: {"UTC": 1.0})
    tax_rate: Money = Decimal(0)
    outage_hours: Count = 0
    other_currency: Currency | None = None  # in which it writes some invoices by mistake ...
    other_rate: Number | None = None  # ... and what one unit of it is usually worth
    growth: Growth = 0.0
    new_meters: tuple[Meter, ...] = ()  # counted already, and in no plan yet
    new_plans: tuple[Plan, ...] = ()  # on the price list, and nobody is on one yet

    def __post_init__(self) -> None:
        for name in ("meters", "plans", "countries", "time_zones"):
            if not getattr(self, name):
                raise ValueError(f"{name} should have one at least")
        if (self.other_currency is None) != (self.other_rate is None) or self.other_currency == self.currency:
            raise ValueError("other_currency should not be its own, and be there together with other_rate")
        meters = [meter.meter_id for meter in self.meters]
        for plan in (*self.plans, *self.new_plans):
            for meter_id in plan.usage:
                if meter_id not in meters:
                    raise ValueError(refusal(meter_id, meters, f"has a price in plan {plan.plan_id} and is no meter"))
            for meter_id in meters:
                if meter_id not in plan.usage:
                    raise ValueError(f"plan {plan.plan_id} should have a price for the meter {meter_id}")
        if not sum(meter.event_share for meter in self.meters) or not sum(self.time_zones.values()):
            raise ValueError("event_share of the meters and the shares of time_zones should not all be 0")
        for name, values in (
            ("meter_id", [meter.meter_id for meter in (*self.meters, *self.new_meters)]),
            ("event_name", [meter.event_name for meter in (*self.meters, *self.new_meters)]),
            ("plan_id", [plan.plan_id for plan in (*self.plans, *self.new_plans)]),
        ):
            if len(set(values)) < len(values):
                raise ValueError(f"every {name} should be there once, and one of {', '.join(values)} is there twice")

    @property
    def minor_unit(self) -> int:
        """Decimals of an amount of its currency."""
        return minor_units()[self.currency]


@dataclass(frozen=True)
class LeakRates(Described):
    """Rates of every planted code and decoy, per organization. An item is one meter in one billing period.

    A new one is a field here and a line in the files of companies/; where a file says nothing, nothing is planted.
    """

    lossy_items: Planted = NONE  # U1: items in which single events are lost
    lost_events: Share = 0.0  # U1: share of events lost in such an item, one at least
    silent_items: Planted = NONE  # U1: items never reported at all
    requantified_items: Planted = NONE  # U2: items with events whose units arrive changed
    retried_items: Planted = NONE  # U8: items with events accepted twice under two ids
    phantom_items: Planted = NONE  # U9: items with reported events that nobody used
    events_per_item: Many = 3  # U2, U8, U9: at most so many events in such an item
    rejected_items: Planted = NONE  # U3: items with events that the meter refuses
    late_items: Planted = NONE  # U4: items with events that are reported after their invoice
    late_items_charged: Planted = NONE  # decoy: such items that the next invoice charges
    overwritten_items: Planted = NONE  # U10: items on which an older value than the last one is billed
    unknown_accounts: Planted = NONE  # U5: accounts with usage that billing does not know, of so many that it knows
    unpriced_users: Planted = NONE  # U6: accounts that use a meter without a price
    outside_users: Planted = NONE  # U7: accounts that go on using before their start, in a pause or after their end
    gap_hours: Count = 0  # U11: hours in which the first meter's usage is lost before anybody has it
    missing_periods: Planted = NONE  # B1: periods without any invoice
    stopped_billing: Planted = NONE  # B4: subscriptions that are not billed any more from some period on
    stray_invoices: Planted = NONE  # B3: accounts with an invoice of no subscription
    orphaned_lines: Planted = NONE  # B3: months with a line whose invoice does not exist
    absent_lines: Planted = NONE  # B10: items without their line
    misposted_lines: Planted = NONE  # unposted: lines with other units than metered
    wrong_prices: Planted = NONE  # R1: subscriptions with another price in billing for some periods
    missed_renewals: Planted = NONE  # R2: renewals that billing never heard of
    wrong_allowances: Planted = NONE  # R3: subscriptions with other included units in billing for some periods
    other_meters_prices: Planted = NONE  # R9: subscriptions with a meter under another one's price for some periods
    billed_after_end: Planted = NONE  # B5: ended subscriptions billed for one more period
    whole_fees: Planted = NONE  # R6: fees of partial periods charged whole
    repeated_lines: Planted = NONE  # B6: a line of an invoice charged again on a second one
    stuck_drafts: Planted = NONE  # B2, and the next nine: invoices
    lost_voids: Planted = NONE  # B9
    unjustified_credits: Planted = NONE  # B7
    failed_collections: Planted = NONE  # C1
    stopped_collections: Planted = NONE  # C2
    lost_payments: Share = 0.0  # C1, C2: of the payments that [declines] does not see paid later
    returned_payments: Planted = NONE  # C5
    short_payments: Planted = NONE  # C6
    overdue_invoices: Planted = NONE  # C7: of accounts that are not served any more
    overdue_served: Planted = NONE  # C3: of accounts that are
    other_currencies: Planted = NONE  # R7: invoices in another currency than the contract's
    rounding_drifts: Planted = NONE  # R8: invoices with a line that is some minor units off
    cards_gone: Planted = NONE  # C4: invoices whose newest try says that the card has expired
    forbidden_retries: Planted = NONE  # C8: invoices on which a stolen card is tried again
    document_decoys: Planted = NONE  # of each decoy that is a document or a payment
    duplicate_events: Share = 0.0  # decoy: share of events delivered twice under one id
    renamed_events: Share = 0.0  # decoy: share of events accepted once, but under another id
    dormant_periods: Planted = NONE  # decoy: periods without usage
    split_invoices: Planted = NONE  # decoy: periods whose fee and usage stand on invoices of their own
    zero_invoices: Planted = NONE  # decoy: trials with an invoice of nothing


@dataclass(frozen=True)
class Profile(Described):
    """A simulated world of some size. `accounts` and `events_per_account` (and month) are per organization."""

    name: Name
    organizations: tuple[Organization, ...]
    accounts: Many
    first_month: Month
    month_count: MonthCount
    events_per_account: Many
    leaks: LeakRates = field(default_factory=LeakRates)
    usage: Usage = field(default_factory=Usage)
    acquisition: Acquisition = field(default_factory=Acquisition)
    declines: Declines = field(default_factory=Declines)
    churn: Churn = field(default_factory=Churn)
    engagement: Engagement = field(default_factory=Engagement)
    ended: Planted = NONE
    started_later: Planted = NONE
    changed_plan: Planted = NONE
    negotiated: Planted = NONE
    renewed: Planted = NONE  # of those that neither start nor end within it
    trials: Planted = NONE  # of those that start within the simulation
    returning: Planted = NONE  # of those that end for good, with time left to come back
    paused: Planted = NONE  # of those that neither start nor end within it
    internal_accounts: Planted = NONE  # decoy: test and demo accounts, beside the others
    failed_payments: Share = 0.0
    agreements: Agreements | None = None

    def __post_init__(self) -> None:
        if not self.organizations:
            raise ValueError("organizations should have one at least")
        for name in ("organization_id", "account_prefix"):
            values = [getattr(one, name) for one in [*self.organizations, self.agreements] if one]
            if len(set(values)) < len(values):
                raise ValueError(f"organizations should each have an {name} of their own")

    @cached_property
    def months(self) -> list[str]:
        """The months with usage."""
        return month_range(self.first_month, shift(self.first_month, self.month_count - 1))

    @cached_property
    def usage_start(self) -> datetime:
        """The first instant of usage."""
        return month_bounds(self.months[0])[0]

    @cached_property
    def usage_end(self) -> datetime:
        """The end of usage, exclusive: the last month is complete."""
        return month_bounds(self.months[-1])[1]

    @cached_property
    def as_of(self) -> datetime:
        """Until when the company tells us everything."""
        return self.usage_end + timedelta(days=8)

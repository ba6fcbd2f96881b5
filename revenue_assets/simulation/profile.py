"""What is simulated: organizations, their meters and plans, how much they use, and how much of it leaks.

Everything a person may want to change is a field here; the code that draws the company holds no numbers of its own.
The two profiles that ship are in `profiles.py`. Amounts and unit prices are in major units of the currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from revenue_assets.months import month_bounds, month_range, shift
from revenue_assets.rating.terms import Tier

GRACE = timedelta(days=3)
"""After this time a period without an invoice is missing one; sources/simulated/source.toml says the same."""


@dataclass(frozen=True)
class Meter:
    """One thing that is metered; `event_share` is its share of an account's events."""

    meter_id: str
    name: str
    unit: str
    event_name: str
    event_share: float
    unit_cost: Decimal
    aggregation: Literal["sum", "count"] = "sum"
    multiplier: Decimal = Decimal(1)
    median_units: Decimal = Decimal(1)
    spread: float = 0.0
    decimals: Literal[0, 1, 2, 3] = 0


@dataclass(frozen=True)
class UsagePrice:
    """What a meter costs beyond the included units of a period; a charge model has the terms that it needs."""

    charge_model: Literal["per_unit", "graduated", "volume", "package"] = "per_unit"
    unit_amount: Decimal | None = None
    included_units: Decimal = Decimal(0)
    package_size: Decimal | None = None
    package_amount: Decimal | None = None
    tiers: tuple[Tier, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A monthly plan: a flat fee and a price for every meter of its organization; `share` of new subscriptions."""

    plan_id: str
    name: str
    rank: int
    share: float
    fee: Decimal
    usage: Mapping[str, UsagePrice]


@dataclass(frozen=True)
class Organization:
    """A company that bills by usage."""

    organization_id: str
    account_prefix: str
    currency: str
    minor_unit: int
    bill_in: Literal["advance", "arrears"]
    meters: tuple[Meter, ...]
    plans: tuple[Plan, ...]
    countries: tuple[str, ...]
    locale: str = "en_US"
    time_zones: Mapping[str, float] = field(default_factory=lambda: {"UTC": 1.0})
    tax_rate: Decimal = Decimal(0)
    outage_hours: int = 0


@dataclass(frozen=True)
class Rate:
    """How much of something is planted: a share of what it can fall on, but never fewer than `at_least`."""

    share: float
    at_least: int = 0

    def count(self, candidates: int) -> int:
        """The number to plant among so many candidates."""
        return min(candidates, max(self.at_least, round(self.share * candidates)))


@dataclass(frozen=True)
class LeakRates:
    """Rates of every planted code and decoy, per organization. An item is one meter in one billing period."""

    lossy_items: Rate  # U1: items in which single events are lost
    lost_events: float  # U1: share of events lost in such an item, one at least
    silent_items: Rate  # U1: items never reported at all
    requantified_items: Rate  # U2: items with events whose units arrive changed
    retried_items: Rate  # U8: items with events accepted twice under two ids
    phantom_items: Rate  # U9: items with reported events that nobody used
    events_per_item: int  # U2, U8, U9: at most so many events in such an item
    missing_periods: Rate  # B1: periods without any invoice
    absent_lines: Rate  # B10: items without their line
    misposted_lines: Rate  # unposted: lines with other units than metered
    wrong_prices: Rate  # R1: subscriptions with another price in billing for some periods
    missed_renewals: Rate  # R2: renewals that billing never heard of
    wrong_allowances: Rate  # R3: subscriptions with other included units in billing for some periods
    other_meters_prices: Rate  # R9: subscriptions with a meter under another one's price for some periods
    billed_after_end: Rate  # B5: ended subscriptions billed for one more period
    whole_fees: Rate  # R6: fees of partial periods charged whole
    repeated_lines: Rate  # B6: a line of an invoice charged again on a second one
    stuck_drafts: Rate  # B2, and the next eight: invoices
    lost_voids: Rate  # B9
    unjustified_credits: Rate  # B7
    failed_collections: Rate  # C1
    stopped_collections: Rate  # C2
    returned_payments: Rate  # C5
    short_payments: Rate  # C6
    overdue_invoices: Rate  # C7
    document_decoys: Rate  # of each decoy that is a document or a payment
    duplicate_events: float  # decoy: share of events delivered twice under one id
    renamed_events: float  # decoy: share of events accepted once, but under another id
    dormant_periods: Rate  # decoy: periods without usage
    split_invoices: Rate  # decoy: periods whose fee and usage stand on invoices of their own


@dataclass(frozen=True)
class Profile:
    """A simulated world of some size. `accounts` and `events_per_account` (and month) are per organization."""

    name: str
    organizations: tuple[Organization, ...]
    accounts: int
    first_month: str
    month_count: int
    events_per_account: int
    leaks: LeakRates
    ended: Rate
    started_later: Rate
    changed_plan: Rate
    negotiated: Rate
    renewed: Rate  # of those that neither start nor end within it
    trials: Rate  # of those that start within the simulation
    paused: Rate  # of those that neither start nor end within it
    failed_payments: float = 0.05

    @property
    def months(self) -> list[str]:
        """The months with usage."""
        return month_range(self.first_month, shift(self.first_month, self.month_count - 1))

    @property
    def usage_start(self) -> datetime:
        """The first instant of usage."""
        return month_bounds(self.months[0])[0]

    @property
    def usage_end(self) -> datetime:
        """The end of usage, exclusive: the last month is complete."""
        return month_bounds(self.months[-1])[1]

    @property
    def as_of(self) -> datetime:
        """Until when the company tells us everything."""
        return self.usage_end + timedelta(days=8)

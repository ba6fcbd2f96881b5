"""An organization with its customers, what they signed, and the periods they are billed for.

How they are drawn is in `customers.py`, what they use in `usage.py`, what billing makes of it in `posting.py`. Instants
are UTC.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from revenue_assets.simulation.periods import Period, Terms, billing_periods
from revenue_assets.simulation.profile import Organization, Plan, Profile
from revenue_assets.simulation.rater import PriceBook

_TO_GIVE_UP = timedelta(days=8)  # longer than the tries to collect a payment take


@dataclass(frozen=True)
class Account:
    """A customer, or (internal) the organization's own account; `weight` is its usage in that of an average one.

    `trend` is how fast it grows beside its organization: the logarithm of the factor per month.
    """

    account_id: str
    name: str
    email: str
    country: str
    segment: str
    created_at: datetime
    channel: str | None
    acquisition_cost: Decimal | None
    weight: float
    trend: float = 0.0
    is_internal: bool = False


@dataclass(frozen=True)
class Subscription:
    """What an account (by its position) is on, from when until when.

    `payment_failed_since` is when the payment was asked for (within a day) for whose failure it ended;
    `tempted_since` are those times of all payments whose failure made it likelier to end.
    """

    subscription_id: str
    account: int
    plan: Plan
    started_at: datetime
    ended_at: datetime | None
    anchor_day: int
    time_zone: str
    cancel_reason: str | None = None
    trial_end: datetime | None = None
    pause_start: datetime | None = None
    pause_end: datetime | None = None
    payment_failed_since: datetime | None = None
    tempted_since: tuple[datetime, ...] = ()

    @property
    def terms(self) -> Terms:
        """What its calendar depends on."""
        return Terms(
            started_at=self.started_at,
            ended_at=self.ended_at,
            anchor_day=self.anchor_day,
            time_zone=self.time_zone,
            trial_end=self.trial_end,
            pause_start=self.pause_start,
            pause_end=self.pause_end,
        )

    def is_served(self, at: datetime) -> bool:
        """Whether it is in service at an instant: after its start and trial, before its end, in no pause."""
        begins = max(self.started_at, self.trial_end or self.started_at)
        is_paused = (
            self.pause_start is not None and self.pause_start <= at and (not self.pause_end or at < self.pause_end)
        )
        return begins <= at and (not self.ended_at or at < self.ended_at) and not is_paused

    @property
    def canceled_at(self) -> datetime | None:
        """When the end became known: before its last period began, so that fees in advance are right."""
        if self.ended_at is None:
            return None
        known = self.started_at if self.payment_failed_since is None else self.payment_failed_since + _TO_GIVE_UP
        return min(self.ended_at, max(known, self.ended_at - timedelta(days=35)))


@dataclass(frozen=True)
class Spike:
    """Days from `first_day` (UTC) on which an account (by its position) uses `factor` times as much as usual."""

    account: int
    first_day: datetime
    length: int
    factor: float

    @property
    def days(self) -> list[datetime]:
        """Each day's start."""
        return [self.first_day + timedelta(days=after) for after in range(self.length)]


@dataclass(frozen=True)
class ServedPeriod:
    """A billing period of a subscription (by its position)."""

    subscription: int
    account: int
    period: Period


@dataclass(frozen=True)
class Company:
    """One organization, or a part of it, with its customers and contracts. `part` numbers the parts from 0."""

    profile: Profile
    organization: Organization
    accounts: list[Account]
    subscriptions: list[Subscription]
    contract: PriceBook
    spikes: tuple[Spike, ...] = ()
    part: int = 0

    @property
    def key(self) -> str:
        """What its random numbers are drawn under; those of a company in one part do not depend on parts."""
        return f"{self.organization.organization_id}/{self.part}" if self.part else self.organization.organization_id

    def is_internal(self, subscription: Subscription) -> bool:
        """Whether the subscription is of a test or demo account, which is in no period and on no invoice."""
        return self.accounts[subscription.account].is_internal

    @cached_property
    def served_accounts(self) -> frozenset[int]:
        """The accounts that have a subscription in service at as_of."""
        return frozenset(one.account for one in self.subscriptions if one.is_served(self.profile.as_of))

    @cached_property
    def periods(self) -> list[ServedPeriod]:
        """Every period whose billing month is simulated or later, ordered by account and start."""
        first, as_of = self.profile.first_month, self.profile.as_of
        served = [
            ServedPeriod(position, one.account, period)
            for position, one in enumerate(self.subscriptions)
            if not self.is_internal(one)
            for period in billing_periods(one.terms, as_of)
            if period.billing_month >= first
        ]
        return sorted(served, key=lambda one: (one.account, one.period.start))

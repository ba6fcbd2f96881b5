"""The customers of an organization, what they signed, and the periods they are billed for.

What they use is in `usage.py`, what billing makes of it in `billing.py`. Instants are UTC.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import cast
from zoneinfo import ZoneInfo

import numpy as np
from faker import Faker
from numpy.typing import NDArray

from revenue_assets.simulation.periods import Period, Terms, billing_periods
from revenue_assets.simulation.profile import Organization, Plan, Profile
from revenue_assets.simulation.rater import Price, PriceBook
from revenue_assets.simulation.streams import pick, stream

SIGNED_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
_CHANNELS = ("organic", "paid_search", "partner", "outbound")
_REASONS = ("too_expensive", "missing_features", "switched_service", "unused", "company_closed")


@dataclass(frozen=True)
class Account:
    """A customer; `weight` is its share of all usage, before normalising."""

    account_id: str
    name: str
    email: str
    country: str
    segment: str
    created_at: datetime
    channel: str
    acquisition_cost: Decimal
    weight: float


@dataclass(frozen=True)
class Subscription:
    """What an account (by its position) is on, from when until when."""

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

    @property
    def canceled_at(self) -> datetime | None:
        """When the end became known: before its last period began, so that fees in advance are right."""
        return max(self.started_at, self.ended_at - timedelta(days=35)) if self.ended_at else None


@dataclass(frozen=True)
class ServedPeriod:
    """A billing period of a subscription (by its position)."""

    subscription: int
    account: int
    period: Period


@dataclass(frozen=True)
class Company:
    """One organization with its customers and contracts."""

    profile: Profile
    organization: Organization
    accounts: list[Account]
    subscriptions: list[Subscription]
    contract: PriceBook

    @cached_property
    def periods(self) -> list[ServedPeriod]:
        """Every period whose billing month is simulated or later, ordered by account and start."""
        first, as_of = self.profile.first_month, self.profile.as_of
        served = [
            ServedPeriod(position, one.account, period)
            for position, one in enumerate(self.subscriptions)
            for period in billing_periods(one.terms, as_of)
            if period.billing_month >= first
        ]
        return sorted(served, key=lambda one: (one.account, one.period.start))


def draw_company(profile: Profile, organization: Organization, seed: int) -> Company:
    """Draw accounts, subscriptions and contract prices of the organization."""
    rng = stream(seed, organization.organization_id, "accounts")
    weights = rng.lognormal(0.0, 1.1, profile.accounts)
    subscriptions = list(_draw_subscriptions(profile, organization, weights, seed))
    subscriptions = _draw_trials_and_pauses(profile, organization, subscriptions, seed)
    started = {one.account: one.started_at for one in reversed(subscriptions)}
    accounts = _draw_accounts(organization, weights, started, rng, seed)
    contract = [*_plan_prices(organization), *_negotiated_prices(profile, organization, subscriptions, seed)]
    return Company(profile, organization, accounts, subscriptions, PriceBook(contract))


def _draw_accounts(
    organization: Organization,
    weights: NDArray[np.float64],
    started: dict[int, datetime],
    rng: np.random.Generator,
    seed: int,
) -> list[Account]:
    faker = Faker(organization.locale)
    faker.seed_instance(f"{seed}/{organization.organization_id}")
    quantiles = np.argsort(np.argsort(weights)) / len(weights)
    accounts = []
    for position, weight in enumerate(weights):
        name = cast(str, faker.unique.company())
        domain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        segment = "enterprise" if quantiles[position] >= 0.9 else "mid_market" if quantiles[position] >= 0.6 else "smb"
        cost = Decimal(int(rng.integers(20, 900))) * (100 if organization.minor_unit == 0 else 1)
        accounts.append(
            Account(
                account_id=f"{organization.account_prefix}_{position + 1:05d}",
                name=name,
                email=f"billing@{domain}.example",
                country=organization.countries[int(rng.integers(len(organization.countries)))],
                segment=segment,
                created_at=started[position] - timedelta(hours=int(rng.integers(1, 14 * 24))),
                channel=_CHANNELS[int(rng.integers(len(_CHANNELS)))],
                acquisition_cost=cost,
                weight=float(weight),
            )
        )
    return accounts


def _plan_of(organization: Organization, quantile: float) -> int:
    """Heavier users are on higher plans."""
    below = np.cumsum([plan.share for plan in organization.plans])
    return min(int(np.searchsorted(below, quantile, side="right")), len(organization.plans) - 1)


def _moment(rng: np.random.Generator, earliest: datetime, latest: datetime, zone: ZoneInfo) -> datetime:
    """An instant between the two; every second one is local midnight."""
    seconds = int(rng.integers(int((latest - earliest).total_seconds())))
    local = (earliest + timedelta(seconds=seconds)).astimezone(zone)
    if rng.random() < 0.5:
        local = local.replace(hour=0, minute=0, second=0)
    return local.astimezone(UTC)


def _draw_subscriptions(
    profile: Profile, organization: Organization, weights: NDArray[np.float64], seed: int
) -> Iterable[Subscription]:
    rng = stream(seed, organization.organization_id, "subscriptions")
    count, start, length = profile.accounts, profile.usage_start, profile.usage_end - profile.usage_start
    order = [int(position) for position in rng.permutation(count)]
    cuts = np.cumsum([rate.count(count) for rate in (profile.ended, profile.changed_plan, profile.started_later)])
    ended, changed, later = set(order[: cuts[0]]), set(order[cuts[0] : cuts[1]]), set(order[cuts[1] : cuts[2]])
    quantiles = np.argsort(np.argsort(weights)) / count
    zones, shares = list(organization.time_zones), list(organization.time_zones.values())
    for position in range(count):
        zone_name = zones[int(rng.choice(len(zones), p=np.array(shares) / sum(shares)))]
        zone = ZoneInfo(zone_name)
        window = (
            (start + timedelta(days=5), start + 0.6 * length)
            if position in later
            else (start - timedelta(700), start - timedelta(40))
        )
        started_at = _moment(rng, *window, zone)
        drawn = int(rng.integers(1, 32))
        anchor = started_at.astimezone(zone).day if rng.random() < 0.5 else drawn
        anchor = 31 if position == 0 else anchor  # every company has the day that most months lack
        subscription = Subscription(
            subscription_id=f"sub_{organization.account_prefix}_{position + 1:05d}",
            account=position,
            plan=organization.plans[_plan_of(organization, float(quantiles[position]))],
            started_at=started_at,
            ended_at=None,
            anchor_day=anchor,
            time_zone=zone_name,
        )
        if position in ended:
            end = _moment(rng, start + timedelta(days=16), start + 0.6 * length, zone)
            reason = _REASONS[int(rng.integers(len(_REASONS)))]
            yield replace(subscription, ended_at=end, cancel_reason=reason)
        elif position in changed:
            change = _moment(rng, start + 0.25 * length, start + 0.75 * length, zone)
            yield replace(subscription, ended_at=change, cancel_reason="changed_plan")
            rank = organization.plans.index(subscription.plan)
            other = organization.plans[rank + 1 if rank + 1 < len(organization.plans) else rank - 1]
            new_id = f"{subscription.subscription_id}_2"
            yield replace(subscription, subscription_id=new_id, plan=other, started_at=change)
        else:
            yield subscription


def _draw_trials_and_pauses(
    profile: Profile, organization: Organization, subscriptions: list[Subscription], seed: int
) -> list[Subscription]:
    """Some that start within the simulation begin with a trial; some of the steady ones pause, one without an end."""
    rng = stream(seed, organization.organization_id, "trials and pauses")
    start, length = profile.usage_start, profile.usage_end - profile.usage_start
    rows, changed = np.arange(len(subscriptions)), list(subscriptions)
    is_first = [not one.subscription_id.endswith("_2") for one in subscriptions]
    new = rows[[first and one.started_at >= start for first, one in zip(is_first, subscriptions, strict=True)]]
    for row in pick(rng, new, profile.trials.count(len(new))).tolist():
        one = changed[row]
        trial_end = one.started_at + timedelta(days=int(rng.choice([7, 14, 30])))
        changed[row] = replace(one, trial_end=trial_end)
    steady = rows[[one.ended_at is None and one.started_at < start for one in subscriptions]]
    for number, row in enumerate(pick(rng, steady, profile.paused.count(len(steady))).tolist()):
        one = changed[row]
        zone = ZoneInfo(one.time_zone)
        pause_start = _moment(rng, start + 0.2 * length, start + 0.5 * length, zone)
        pause_end = _moment(rng, pause_start + timedelta(days=2), pause_start + timedelta(days=50), zone)
        changed[row] = replace(one, pause_start=pause_start, pause_end=pause_end if number else None)
    return changed


def _plan_prices(organization: Organization) -> Iterable[Price]:
    for plan in organization.plans:
        yield Price(
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
        for meter_id, usage in plan.usage.items():
            yield Price(
                price_id=f"price_{plan.plan_id}_{meter_id}",
                plan_id=plan.plan_id,
                subscription_id=None,
                meter_id=meter_id,
                charge_model="per_unit",
                currency=organization.currency,
                valid_from=SIGNED_BEFORE,
                unit_amount=usage.unit_amount,
                included_units=usage.included_units,
            )


def _negotiated_prices(
    profile: Profile, organization: Organization, subscriptions: list[Subscription], seed: int
) -> Iterable[Price]:
    """Prices of single subscriptions, 15 % below their plan's."""
    rng = stream(seed, organization.organization_id, "negotiated")
    steady = [one for one in subscriptions if one.ended_at is None and one.started_at < profile.usage_start]
    chosen = rng.permutation(len(steady))[: profile.negotiated.count(len(steady))]
    for subscription in (steady[int(position)] for position in sorted(chosen)):
        meter = organization.meters[int(rng.integers(len(organization.meters)))]
        usage = subscription.plan.usage[meter.meter_id]
        yield Price(
            price_id=f"price_{subscription.subscription_id}_{meter.meter_id}",
            plan_id=None,
            subscription_id=subscription.subscription_id,
            meter_id=meter.meter_id,
            charge_model="per_unit",
            currency=organization.currency,
            valid_from=subscription.started_at,
            unit_amount=(usage.unit_amount * Decimal("0.85")).quantize(Decimal(1).scaleb(-12)),
            included_units=usage.included_units,
        )

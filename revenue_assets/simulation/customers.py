"""Draws the customers of an organization and their subscriptions: plans, starts, ends, trials and pauses.

Who leaves is in `churn.py`, who comes back in `returning.py`. What they sign is in `contract.py`.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import cast
from zoneinfo import ZoneInfo

import numpy as np
from faker import Faker
from numpy.typing import NDArray

from revenue_assets.simulation.acquisition import draw_channel
from revenue_assets.simulation.churn import CHANGED_PLAN, REASONS, with_churn
from revenue_assets.simulation.company import Account, Company, Subscription
from revenue_assets.simulation.contract import contract_prices
from revenue_assets.simulation.habits import draw_spikes
from revenue_assets.simulation.internal import draw_internal
from revenue_assets.simulation.moments import moment
from revenue_assets.simulation.profile import Organization, Profile
from revenue_assets.simulation.rater import PriceBook
from revenue_assets.simulation.returning import with_returns
from revenue_assets.simulation.streams import pick, stream

_ANCHORS = {0: 31, 1: 8, 2: 8, 3: 8}
"""Every company has the day that most months lack, and invoices on the last day before as_of: drafts to be sent."""


def draw_company(profile: Profile, organization: Organization, seed: int) -> Company:
    """Draw accounts, subscriptions and contract prices of the organization."""
    rng = stream(seed, organization.organization_id, "accounts")
    weights = rng.lognormal(0.0, profile.usage.account_spread, profile.accounts)
    weights /= weights.mean()
    subscriptions = list(_draw_subscriptions(profile, organization, weights, seed))
    subscriptions = _draw_trials_and_pauses(profile, organization, subscriptions, seed)
    subscriptions = with_churn(profile, organization, subscriptions, seed)
    subscriptions = with_returns(profile, organization, subscriptions, seed)
    first = {one.account: one for one in reversed(subscriptions)}
    started = {account: one.started_at for account, one in first.items()}
    trends = stream(seed, organization.organization_id, "trends").normal(0.0, profile.usage.trend_spread, len(weights))
    accounts = _draw_accounts(profile, organization, weights, trends, first, rng, seed)
    contract = PriceBook(contract_prices(profile, organization, subscriptions, seed))
    own, tested = draw_internal(profile, organization, started)
    spikes = draw_spikes(profile, organization, accounts, seed)
    return Company(profile, organization, accounts + own, subscriptions + tested, contract, spikes)


def _draw_accounts(
    profile: Profile,
    organization: Organization,
    weights: NDArray[np.float64],
    trends: NDArray[np.float64],
    first: dict[int, Subscription],
    rng: np.random.Generator,
    seed: int,
) -> list[Account]:
    faker = Faker(organization.locale)
    faker.seed_instance(f"{seed}/{organization.organization_id}")
    channels = stream(seed, organization.organization_id, "acquisition")
    quantiles = np.argsort(np.argsort(weights)) / len(weights)
    accounts = []
    for position, weight in enumerate(weights):
        name = cast(str, faker.unique.company())
        domain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        segment = "enterprise" if quantiles[position] >= 0.9 else "mid_market" if quantiles[position] >= 0.6 else "smb"
        channel, cost = draw_channel(profile, organization, first[position].plan, int(rng.integers(20, 900)), channels)
        accounts.append(
            Account(
                account_id=f"{organization.account_prefix}_{position + 1:05d}",
                name=name,
                email=f"billing@{domain}.example",
                country=organization.countries[int(rng.integers(len(organization.countries)))],
                segment=segment,
                created_at=first[position].started_at - timedelta(hours=int(rng.integers(1, 14 * 24))),
                channel=channel,
                acquisition_cost=cost,
                weight=float(weight),
                trend=float(trends[position]),
            )
        )
        rng.integers(4)  # was used once; without it the next account would draw another country
    return accounts


def _plan_of(organization: Organization, quantile: float) -> int:
    """Heavier users are on higher plans."""
    below = np.cumsum([plan.share for plan in organization.plans])
    return min(int(np.searchsorted(below, quantile, side="right")), len(organization.plans) - 1)


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
        started_at = moment(rng, *window, zone)
        drawn = int(rng.integers(1, 32))
        anchor = started_at.astimezone(zone).day if rng.random() < 0.5 else drawn
        anchor = _ANCHORS.get(position, anchor)
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
            end = moment(rng, start + timedelta(days=16), start + 0.6 * length, zone)
            reason = REASONS[int(rng.integers(len(REASONS)))]
            yield replace(subscription, ended_at=end, cancel_reason=reason)
        elif position in changed:
            change = moment(rng, start + 0.25 * length, start + 0.75 * length, zone)
            yield replace(subscription, ended_at=change, cancel_reason=CHANGED_PLAN)
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
        pause_start = moment(rng, start + 0.2 * length, start + 0.5 * length, zone)
        pause_end = moment(rng, pause_start + timedelta(days=2), pause_start + timedelta(days=50), zone)
        changed[row] = replace(one, pause_start=pause_start, pause_end=pause_end if number else None)
    return changed

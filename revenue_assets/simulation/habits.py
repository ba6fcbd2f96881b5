"""How much each account uses when: the growth of its organization, its own trend, and days of far more than usual.

Hours of the day and days of the week are the same for all accounts; `usage.py` draws by them.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from revenue_assets.months import month_bounds
from revenue_assets.simulation.company import Account, Company, Spike
from revenue_assets.simulation.profile import Organization, Profile
from revenue_assets.simulation.streams import stream

Surges = Mapping[int, Mapping[int, float]]
"""By day of the month, from 0: the accounts that use more on it, and how many times as much."""


def draw_spikes(
    profile: Profile, organization: Organization, accounts: Sequence[Account], seed: int
) -> tuple[Spike, ...]:
    """Runs of days on which an account uses several times as much as usual; the rate is of accounts and months."""
    rng, usage = stream(seed, organization.organization_id, "spikes"), profile.usage
    customers = [position for position, one in enumerate(accounts) if not one.is_internal]
    days = (profile.usage_end - profile.usage_start).days - usage.spike_days
    spikes = {}
    for _ in range(usage.spikes.count(len(customers) * profile.month_count)):
        first_day = profile.usage_start + timedelta(days=int(rng.integers(days)))
        length = int(rng.integers(1, usage.spike_days + 1))
        account = customers[int(rng.integers(len(customers)))]
        spikes[account, first_day] = Spike(account, first_day, length, usage.spike_factor)
    return tuple(spikes[key] for key in sorted(spikes))


def weights_of(company: Company, month: str) -> NDArray[np.float64]:
    """What each account uses in a month, in the usage of an average account and month; 0 where it is not served."""
    start, end = month_bounds(month)
    served = {
        one.account
        for one in company.subscriptions
        if one.started_at < end and (one.ended_at is None or one.ended_at > start)
    }
    served |= {position for position, one in enumerate(company.accounts) if one.is_internal}
    months, growth = company.profile.months, 1 + company.organization.growth
    level = growth ** months.index(month) / np.mean([growth**number for number in range(len(months))])
    from_middle = months.index(month) - (len(months) - 1) / 2
    return np.array(
        [
            one.weight * level * np.exp(one.trend * from_middle) if position in served else 0.0
            for position, one in enumerate(company.accounts)
        ]
    )


def surges_of(company: Company, month: str) -> Surges:
    """The spikes of a month, by day."""
    start, end = month_bounds(month)
    found: dict[int, dict[int, float]] = {}
    for spike in company.spikes:
        for day in spike.days:
            if start <= day < end:
                found.setdefault((day - start).days, {})[spike.account] = spike.factor
    return found

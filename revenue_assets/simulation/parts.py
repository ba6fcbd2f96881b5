"""Cuts a company into parts that fit into memory: some of its accounts each, with all that belongs to them.

How many parts there are depends on the profile alone, never on the machine, so that the same seed gives the same files.
What a rate plants at least is planted in the first part; shares hold in each.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from math import ceil
from typing import Any

from revenue_assets.simulation.company import Company
from revenue_assets.simulation.profile import Profile, Rate
from revenue_assets.simulation.rater import PriceBook

_EVENTS_AT_ONCE = 3_000_000
"""Usage events of one part, about. Drawing and writing them takes some 350 bytes each at the most."""


def part_count(profile: Profile) -> int:
    """Into how many parts each organization is cut."""
    events = profile.accounts * profile.events_per_account * profile.month_count
    return min(profile.accounts, ceil(events / _EVENTS_AT_ONCE))


def parts_of(company: Company) -> Iterator[Company]:
    """The parts, of about as many customers each, internal accounts in the last; a company of one part as it is."""
    count = part_count(company.profile)
    if count == 1:
        yield company
        return
    customers = sum(not one.is_internal for one in company.accounts)
    bounds = [customers * part // count for part in range(count)] + [len(company.accounts)]
    for part in range(count):
        first, end = bounds[part], bounds[part + 1]
        subscriptions = [
            replace(one, account=one.account - first) for one in company.subscriptions if first <= one.account < end
        ]
        owners = {None, *(one.subscription_id for one in subscriptions)}
        contract = PriceBook(price for price in company.contract.prices if price.subscription_id in owners)
        yield replace(
            company,
            profile=company.profile if part == 0 else _by_share_alone(company.profile),
            accounts=company.accounts[first:end],
            subscriptions=subscriptions,
            contract=contract,
            spikes=tuple(
                replace(one, account=one.account - first) for one in company.spikes if first <= one.account < end
            ),
            part=part,
        )


def _by_share_alone(profile: Profile) -> Profile:
    rates = {one.name: getattr(profile.leaks, one.name) for one in fields(profile.leaks)}
    shares: dict[str, Any] = {name: Rate(rate.share) for name, rate in rates.items() if isinstance(rate, Rate)}
    return replace(profile, leaks=replace(profile.leaks, **shares))

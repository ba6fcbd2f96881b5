"""Cuts a company into parts that fit into memory: some of its accounts each, with all that belongs to them.

How many parts there are depends on the profile alone, never on the machine, so that the same seed gives the same files.
A rate counts per part, so a rate with `at_least` plants more in a company of several parts.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import ceil

from revenue_assets.simulation.company import Company
from revenue_assets.simulation.profile import Profile
from revenue_assets.simulation.rater import PriceBook

_EVENTS_AT_ONCE = 3_000_000
"""Usage events of one part, about. Drawing them takes some 250 bytes each at the most."""


def part_count(profile: Profile) -> int:
    """Into how many parts each organization is cut."""
    events = profile.accounts * profile.events_per_account * profile.month_count
    return min(profile.accounts, ceil(events / _EVENTS_AT_ONCE))


def parts_of(company: Company) -> Iterator[Company]:
    """The parts, of about as many accounts each; a company of one part as it is."""
    count = part_count(company.profile)
    if count == 1:
        yield company
        return
    bounds = [len(company.accounts) * part // count for part in range(count + 1)]
    for part in range(count):
        first, end = bounds[part], bounds[part + 1]
        subscriptions = [
            replace(one, account=one.account - first) for one in company.subscriptions if first <= one.account < end
        ]
        owners = {None, *(one.subscription_id for one in subscriptions)}
        contract = PriceBook(price for price in company.contract.prices if price.subscription_id in owners)
        yield replace(
            company,
            accounts=company.accounts[first:end],
            subscriptions=subscriptions,
            contract=contract,
            spikes=tuple(
                replace(one, account=one.account - first) for one in company.spikes if first <= one.account < end
            ),
            part=part,
        )

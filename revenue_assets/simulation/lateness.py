"""Which events are reported after the invoice of their period, and which of those items the next invoice charges."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from revenue_assets.simulation.company import Company
from revenue_assets.simulation.rows import RowsByItem, some_of
from revenue_assets.simulation.streams import Integers, Mask, pick, stream
from revenue_assets.simulation.usage import Events, microseconds

_AFTER_PERIOD = timedelta(days=4)
"""Later than any invoice of a period is finalized; a void is issued again two days after it."""
_TO_BE_KNOWN = timedelta(days=5)
_MINUTE = 60_000_000


@dataclass(frozen=True)
class Lateness:
    """`events` are rows, `minutes` how much later each is reported; `charged_in`: which item charges an item later."""

    events: Integers
    minutes: Integers
    items: frozenset[int]
    charged_in: dict[int, int]


def plant_lateness(company: Company, actual: Events, item: Integers, is_free: Mask, seed: int) -> Lateness:
    """Delay the reports of events of some items, never of all of an item; they are not free any more."""
    rates, meters = company.profile.leaks, company.organization.meters
    rng, rows = stream(seed, company.key, "lateness"), RowsByItem(item)
    as_of = company.profile.as_of

    def is_known(one: int) -> bool:
        if meters[one % len(meters)].aggregation not in ("sum", "count"):
            return False
        period = company.periods[one // len(meters)].period
        return period.end + _TO_BE_KNOWN <= as_of and len(rows.of(one)) > rates.events_per_item

    def next_item(one: int) -> int | None:
        row = one // len(meters)
        following = one + len(meters)
        if row + 1 == len(company.periods) or len(rows.of(following)) == 0 or not is_known(following):
            return None
        same = company.periods[row + 1].subscription == company.periods[row].subscription
        return following if same else None

    known = np.array([one for one in rows.items.tolist() if is_known(one)], dtype=np.int64)
    lost = pick(rng, known, rates.late_items.count(len(known)))
    touched = set((lost // len(meters)).tolist())
    charged_in: dict[int, int] = {}
    wanted = rates.late_items_charged.count(len(known))
    for one in rng.permutation(known).tolist():
        following = next_item(one)
        rows_of = {one // len(meters), one // len(meters) + 1}
        if len(charged_in) < wanted and following is not None and not rows_of & touched:
            charged_in[one] = following
            touched |= rows_of
    late = [*lost.tolist(), *charged_in]
    events = [some_of(rng, rows.of(one), is_free, rates.events_per_item) for one in late]
    chosen = np.sort(np.concatenate([*events, np.zeros(0, dtype=np.int64)]))
    is_free[chosen] = False
    ends = np.array([microseconds(one.period.end + _AFTER_PERIOD) for one in company.periods])
    minutes = (ends[item[chosen] // len(meters)] - actual.occurred_at[chosen]) // _MINUTE + 1
    planted = {one for one, own in zip(late, events, strict=True) if len(own)}
    return Lateness(chosen, minutes, frozenset(planted), {a: b for a, b in charged_in.items() if a in planted})

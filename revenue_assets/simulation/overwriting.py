"""Values that overwrote a newer one: a report that came after those of later events, and was billed (U10)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from revenue_assets.simulation.company import Company
from revenue_assets.simulation.rows import RowsByItem
from revenue_assets.simulation.streams import Integers, Mask, pick, stream
from revenue_assets.simulation.usage import Events

_MINUTE = 60_000_000
_LATER = 61
"""Minutes after the last event of its item: every other report comes sooner."""


@dataclass(frozen=True)
class Overwrites:
    """`events` are rows, `minutes` how much later each is reported; `billed` the milli units it left on an item."""

    events: Integers
    minutes: Integers
    billed: dict[int, int]


def plant_overwrites(
    company: Company, actual: Events, item: Integers, is_free: Mask, taboo: Collection[int], seed: int
) -> Overwrites:
    """Delay one report of some items of meters that keep the last value; not of the items that are taboo."""
    meters, as_of = company.organization.meters, company.profile.as_of
    rng, rows = stream(seed, company.key, "overwrites"), RowsByItem(item)
    kept = np.array([meter.aggregation == "last" for meter in meters])

    def older_values(one: int) -> Integers:
        own = rows.of(one)
        is_known = company.periods[one // len(meters)].period.end + timedelta(days=5) <= as_of
        if not is_known or one in taboo or not is_free[own[-1]]:
            return own[:0]
        older: Integers = own[is_free[own] & (actual.milli_units[own] != actual.milli_units[own[-1]])]
        return older

    able = np.array([one for one in rows.items[kept[rows.items % len(meters)]].tolist() if len(older_values(one))])
    events, minutes, billed = [], [], {}
    for one in pick(rng, able, company.profile.leaks.overwritten_items.count(len(able))).tolist():
        last, event = rows.of(one)[-1], int(rng.choice(older_values(one)))
        events.append(event)
        minutes.append(int(actual.occurred_at[last] - actual.occurred_at[event]) // _MINUTE + _LATER)
        billed[one] = int(actual.milli_units[event])
    return Overwrites(np.array(events, dtype=np.int64), np.array(minutes, dtype=np.int64), billed)

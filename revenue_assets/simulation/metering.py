"""What of the usage reached the billing system's meter, and what was lost, changed, repeated or invented on the way.

An item is one meter in one billing period; its position is `period * meters + meter`. The quantities after each cause
follow the order of LEAKS: rejected, unreported, quantity differs, reported twice, reported without usage.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

import numpy as np

from revenue_assets.simulation.aggregating import aggregate
from revenue_assets.simulation.company import Company
from revenue_assets.simulation.lateness import Lateness, plant_lateness
from revenue_assets.simulation.overwriting import Overwrites, plant_overwrites
from revenue_assets.simulation.profile import GRACE
from revenue_assets.simulation.refusals import Refusals, plant_refusals
from revenue_assets.simulation.rows import RowsByItem, some_of
from revenue_assets.simulation.streams import Integers, Mask, pick, stream
from revenue_assets.simulation.usage import MOST_MILLI_UNITS, Events, concatenate, microseconds

_ACCOUNT_STRIDE = 2**46  # microseconds, 26 months: more than any simulation lasts
_NEW_ID, _RETRY, _PHANTOM = (np.uint64(1 << bit) for bit in (60, 61, 62))  # added to serials: other event ids

Delivery = tuple[Events, int | Integers]
"""Events, and how many minutes later than usual they came: all of them, or each."""


@dataclass(frozen=True)
class Metering:
    """Actual events and what became of them; `item` belongs to `actual`, row by row. Those of trials and of
    internal accounts are in no item."""

    actual: Events
    of_trials: Events
    of_internal: Events
    item: Integers
    is_lost: Mask
    is_renamed: Mask
    reported_milli_units: Integers
    retried: Integers
    retries: Events
    phantoms: Events
    phantom_item: Integers
    delivered_twice: Integers
    accepted_twice: Integers
    dormant_periods: Integers
    refusals: Refusals
    lateness: Lateness
    overwrites: Overwrites
    aggregations: tuple[str, ...]
    item_count: int

    def _total(self, *parts: tuple[Integers, Integers, Integers]) -> Integers:
        """What parts of item, time and milli units come to together."""
        item, occurred_at, milli_units = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return aggregate(self.aggregations, self.item_count, item, occurred_at, milli_units)

    @cached_property
    def quantities(self) -> dict[str, Integers]:
        """Milli units per item after each step: `actual`, then by code what is left after that cause."""
        taken = ~self.refusals.is_lost
        kept = taken & ~self.is_lost
        at, used = self.actual.occurred_at, self.actual.milli_units
        reported = (self.item[kept], at[kept], self.reported_milli_units[kept])
        again = (self.item[self.retried], self.retries.occurred_at, self.retries.milli_units)
        invented = (self.phantom_item, self.phantoms.occurred_at, self.phantoms.milli_units)
        return {
            "actual": self._total((self.item, at, used)),
            "U3": self._total((self.item[taken], at[taken], used[taken])),
            "U1": self._total((self.item[kept], at[kept], used[kept])),
            "U2": self._total(reported),
            "U8": self._total(reported, again),
            "U9": self._total(reported, again, invented),
        }

    def late_units(self) -> Integers:
        """Milli units per item that were reported too late; only of meters that add up."""
        late = self.lateness.events
        return self._total((self.item[late], self.actual.occurred_at[late], self.reported_milli_units[late]))

    def usage_deliveries(self) -> list[Delivery]:
        """What the product delivered, some events a second time, and how many minutes later than usual."""
        return [
            (self.actual, 0),
            (self.actual.take(self.delivered_twice), 25),
            (self.of_trials, 0),
            (self.of_internal, 0),
        ]

    def reported_deliveries(self) -> list[Delivery]:
        """What the billing system's meter accepted, and how many minutes later than usual."""
        serial = np.where(self.is_renamed, self.actual.serial + _NEW_ID, self.actual.serial)
        events = replace(self.actual, milli_units=self.reported_milli_units, serial=serial)
        is_late = np.zeros(len(events), dtype=np.bool_)
        is_late[self.lateness.events] = True
        is_late[self.overwrites.events] = True
        accepted = events.take(~(self.is_lost | self.refusals.is_lost | self.refusals.is_unseen | is_late))
        late = [(events.take(one.events), one.minutes) for one in (self.lateness, self.overwrites)]
        free = [(batch.take(batch.serial % 2 == 0), 0) for batch in (self.of_trials, self.of_internal)]  # never charged
        batches = [(accepted, 0), (events.take(self.accepted_twice), 25), (self.retries, 3), (self.phantoms, 0)]
        return [*batches, *free, *late]

    def event_counts(self) -> dict[str, Integers]:
        """Events per item that each cause fell on."""
        changed = ~(self.is_lost | self.refusals.is_lost) & (self.reported_milli_units != self.actual.milli_units)
        rows = {
            "U3": self.item[self.refusals.is_lost],
            "U1": self.item[self.is_lost],
            "U2": self.item[changed],
            "U8": self.item[self.retried],
            "U9": self.phantom_item,
        }
        return {code: np.bincount(items, minlength=self.item_count) for code, items in rows.items()}


def items_of(company: Company, events: Events) -> Integers:
    """The item of each event, -1 where the account had no subscription in service at the time."""
    first = min(microseconds(one.period.start) for one in company.periods)
    keys = [one.account * _ACCOUNT_STRIDE + microseconds(one.period.start) - first for one in company.periods]
    ends = np.array([microseconds(one.period.end) for one in company.periods])
    owners = np.array([one.account for one in company.periods])
    at = events.account * _ACCOUNT_STRIDE + events.occurred_at - first
    period = np.searchsorted(np.array(keys), at, side="right") - 1
    is_inside = (period >= 0) & (owners[period] == events.account) & (events.occurred_at < ends[period])
    return np.where(is_inside, period * len(company.organization.meters) + events.meter, -1)


def is_in_trial(company: Company, events: Events) -> Mask:
    """Whether each event lies in a trial of its account."""
    found = np.zeros(len(events), dtype=np.bool_)
    for one in company.subscriptions:
        if one.trial_end:
            start, end = microseconds(one.started_at), microseconds(min(one.trial_end, one.ended_at or one.trial_end))
            found |= (events.account == one.account) & (events.occurred_at >= start) & (events.occurred_at < end)
    return found


def plant_metering(company: Company, drawn: Events, seed: int) -> Metering:
    """Decide the fate of every drawn event; events outside of any subscription and in a pause are left out."""
    rates, meters = company.profile.leaks, len(company.organization.meters)
    rng = stream(seed, company.key, "metering")
    finished = np.array(
        [row for row, one in enumerate(company.periods) if one.period.end + GRACE <= company.profile.as_of]
    )
    dormant = pick(rng, finished, rates.dormant_periods.count(len(finished)))
    item = items_of(company, drawn)
    used = (item >= 0) & ~np.isin(item // meters, dormant)
    actual, item = drawn.take(used), item[used]
    rows = RowsByItem(item)
    is_lost = _plant_losses(company, actual, rows, rng)

    is_free = ~is_lost  # one event carries one cause at most
    refusals = plant_refusals(company, rows, is_free, seed)
    lateness = plant_lateness(company, actual, item, is_free, seed)
    countable = np.array([meter.aggregation == "sum" for meter in company.organization.meters])
    reported = actual.milli_units.copy()
    summed = rows.items[countable[rows.items % meters]]
    for one in pick(rng, summed, rates.requantified_items.count(len(summed))):
        some = some_of(rng, rows.of(one), is_free, rates.events_per_item)
        factor = rng.choice([0.1, 0.5, 1.5, 2.0])
        reported[some] = _other_units(actual.milli_units[some], float(factor))
        is_free[some] = False
    twice = pick(rng, rows.items, rates.retried_items.count(len(rows.items)))
    retried = [some_of(rng, rows.of(one), is_free, rates.events_per_item) for one in twice]
    again = np.sort(np.concatenate([*retried, np.zeros(0, dtype=np.int64)]))
    retries = actual.take(again)
    is_free[again] = False
    phantoms, phantom_item = _phantoms(company, actual, rows, rng)
    overwrites = plant_overwrites(company, actual, item, is_free, set(phantom_item.tolist()), seed)
    is_free[overwrites.events] = False
    return Metering(
        actual=actual,
        of_trials=drawn.take(is_in_trial(company, drawn)),
        of_internal=drawn.take(np.array([one.is_internal for one in company.accounts])[drawn.account]),
        item=item,
        is_lost=is_lost,
        is_renamed=is_free & (rng.random(len(actual)) < rates.renamed_events),
        reported_milli_units=reported,
        retried=again,
        retries=replace(retries, serial=retries.serial + _RETRY),
        phantoms=phantoms,
        phantom_item=phantom_item,
        delivered_twice=np.flatnonzero(rng.random(len(actual)) < rates.duplicate_events),
        accepted_twice=np.flatnonzero((rng.random(len(actual)) < rates.duplicate_events / 2) & is_free),
        dormant_periods=dormant,
        refusals=refusals,
        lateness=lateness,
        overwrites=overwrites,
        aggregations=tuple(meter.aggregation for meter in company.organization.meters),
        item_count=len(company.periods) * meters,
    )


def _other_units(milli_units: Integers, factor: float) -> Integers:
    changed = np.clip((milli_units * factor).astype(np.int64), 1, MOST_MILLI_UNITS)
    other = np.where(milli_units > MOST_MILLI_UNITS // 2, milli_units // 2, milli_units * 2)
    return np.where(changed == milli_units, other, changed)


def _plant_losses(company: Company, actual: Events, rows: RowsByItem, rng: np.random.Generator) -> Mask:
    """Single events of some items, all events of a few, and everything during the outage."""
    rates = company.profile.leaks
    is_lost = np.zeros(len(actual), dtype=np.bool_)
    for item in pick(rng, rows.items, rates.lossy_items.count(len(rows.items))):
        own = rows.of(item)
        is_lost[pick(rng, own, max(1, int(rng.binomial(len(own), rates.lost_events))))] = True
    for item in pick(rng, rows.items, rates.silent_items.count(len(rows.items))):
        is_lost[rows.of(item)] = True
    if company.organization.outage_hours:
        start = company.profile.usage_start + (company.profile.usage_end - company.profile.usage_start) * 0.4
        start = start.replace(hour=11, minute=20, second=0, microsecond=0)
        end = start + timedelta(hours=company.organization.outage_hours)
        is_lost |= (actual.occurred_at >= microseconds(start)) & (actual.occurred_at < microseconds(end))
    return is_lost


def _phantoms(company: Company, actual: Events, rows: RowsByItem, rng: np.random.Generator) -> tuple[Events, Integers]:
    """Reported events that nobody used: like an event of the item, half a second beside it."""
    batches, items, meters = [actual.take(np.zeros(0, dtype=np.int64))], [], len(company.organization.meters)
    every = np.ones(len(actual), dtype=np.bool_)
    for item in pick(rng, rows.items, company.profile.leaks.phantom_items.count(len(rows.items))):
        like = actual.take(some_of(rng, rows.of(item), every, company.profile.leaks.events_per_item))
        row = int(item) // meters
        period = company.periods[row].period
        last = min(microseconds(period.end), microseconds(company.profile.usage_end)) - 1
        times = np.minimum(like.occurred_at + 500_001, last)
        of_period = np.concatenate([rows.of(one) for one in range(row * meters, (row + 1) * meters)])
        new = ~np.isin(times, actual.occurred_at[of_period])  # at such a time it would be an event sent twice
        batches.append(replace(like, occurred_at=times, serial=like.serial + _PHANTOM).take(new))
        items.append(np.full(int(new.sum()), item))
    return concatenate(batches), np.concatenate([*items, np.zeros(0, dtype=np.int64)])

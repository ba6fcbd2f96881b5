"""Usage events, drawn fast: whole columns at a time, in order of time, without ever being sorted.

A batch is a set of equally long arrays. Units are whole thousandths (`milli_units`), times are microseconds since 1970,
both 64-bit integers, so that sums are exact. Nothing here depends on the number of threads. `draw_events` also serves
the benchmarks: 10 million events take a few seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from revenue_assets.simulation.behaviour import Usage
from revenue_assets.simulation.company import Company
from revenue_assets.simulation.habits import Surges, surges_of, weights_of
from revenue_assets.simulation.profile import Meter
from revenue_assets.simulation.streams import Integers, Mask, stream

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = 3_600_000_000
_NO_SURGES: Surges = {}
_USUAL = Usage()
MOST_MILLI_UNITS = 8_999_999_999
"""More than one event cannot carry; see `tables.quantities`."""


@dataclass(frozen=True)
class Events:
    """A batch of events. `account` and `meter` are positions; `serial` is unique and makes the event's id."""

    account: Integers
    meter: Integers
    occurred_at: Integers
    milli_units: Integers
    serial: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.serial)

    def take(self, which: Integers | Mask) -> "Events":
        """The events at these positions, or where the mask is true."""
        return Events(*(getattr(self, one.name)[which] for one in fields(self)))


def concatenate(batches: Sequence[Events]) -> Events:
    """One batch out of several, in their order."""
    return Events(*(np.concatenate([getattr(batch, one.name) for batch in batches]) for one in fields(Events)))


def microseconds(moment: datetime) -> int:
    """An instant as microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _draw_times(
    rng: np.random.Generator,
    start: datetime,
    end: datetime,
    count: int,
    habits: Usage,
    daily: Mapping[int, NDArray[np.float64]],
) -> Integers:
    """Strictly ascending times that follow the hours of the day, the days of the week and what single days have."""
    first, last = microseconds(start), microseconds(end)
    edges = np.append(np.arange(first, last, _HOUR, dtype=np.int64), last)
    hours = edges[:-1] // _HOUR
    weekday = (hours // 24 + 3) % 7  # 1970-01-01 was a Thursday
    by_hour, by_weekday = (np.array(levels, dtype=np.float64) for levels in (habits.hours, habits.weekdays))
    load = by_hour[hours % 24] * by_weekday[weekday] * np.diff(edges)
    for day, level in daily.items():
        load[hours // 24 == first // (24 * _HOUR) + day] *= level.sum()
    steps = np.cumsum(rng.standard_exponential(count + 1))  # sorted uniforms, without sorting
    usable = (edges - first) * ((last - first - count) / (last - first))
    times = np.interp(steps[:-1] / steps[-1], np.append(0.0, np.cumsum(load)) / load.sum(), usable)
    whole: Integers = times.astype(np.int64)
    return first + whole + np.arange(count, dtype=np.int64)


def _draw_units(rng: np.random.Generator, meter: Meter, count: int) -> Integers:
    step = 10 ** (3 - meter.decimals)
    median = int(meter.median_units * 1000) // step
    if not meter.spread:
        return np.full(count, median * step, dtype=np.int64)
    drawn = np.exp(rng.standard_normal(count) * meter.spread) * median
    units: Integers = np.clip(np.rint(drawn), 1, MOST_MILLI_UNITS // step).astype(np.int64) * step
    return units


def draw_events(
    rng: np.random.Generator,
    start: datetime,
    end: datetime,
    count: int,
    weights: NDArray[np.float64],
    meters: Sequence[Meter],
    first_serial: int = 0,
    habits: Usage = _USUAL,
    surges: Surges = _NO_SURGES,
) -> Events:
    """Draw `count` events in `[start, end)`; account i gets a share of `weights[i]`, each meter its `event_share`.

    `surges` multiply the weights of accounts on single days, counted from the day of `start`.
    """
    daily = {day: _surged(weights, factors) for day, factors in surges.items()}
    occurred_at = _draw_times(rng, start, end, count, habits, daily)
    account = _draw_accounts(rng, weights, count)
    for day, level in sorted(daily.items()):
        bounds = microseconds(start) // (24 * _HOUR) + day + np.arange(2)
        low, high = np.searchsorted(occurred_at, bounds * 24 * _HOUR)
        account[low:high] = _draw_accounts(rng, level, high - low)
    shares = np.array([meter.event_share for meter in meters])
    meter = np.searchsorted(np.cumsum(shares) / shares.sum(), rng.random(count), side="right")
    milli_units = np.empty(count, dtype=np.int64)
    for position, one in enumerate(meters):
        rows = np.flatnonzero(meter == position)
        milli_units[rows] = _draw_units(rng, one, len(rows))
    serial = np.arange(first_serial, first_serial + count, dtype=np.uint64)
    return Events(account.astype(np.int64), meter.astype(np.int64), occurred_at, milli_units, serial)


def _surged(weights: NDArray[np.float64], factors: Mapping[int, float]) -> NDArray[np.float64]:
    """The shares of the accounts on a day, in a usual day of all."""
    shares: NDArray[np.float64] = weights / weights.sum()
    for account, factor in factors.items():
        shares[account] *= factor
    return shares


def _draw_accounts(rng: np.random.Generator, weights: NDArray[np.float64], count: int) -> Integers:
    drawn: Integers = np.searchsorted(np.cumsum(weights) / weights.sum(), rng.random(count), side="right")
    return drawn


def draw_usage(company: Company, seed: int, month: str, start: datetime, end: datetime, first_serial: int) -> Events:
    """One month of the company's usage: of accounts with a subscription in that month, and of internal ones."""
    weights, surges = weights_of(company, month), surges_of(company, month)
    on_surges = sum(weights[account] * (factor - 1) for day in surges.values() for account, factor in day.items())
    count = round(company.profile.events_per_account * float(weights.sum() + on_surges / (end - start).days))
    if not count:  # nobody is there yet, or any more
        weights, surges = np.ones(len(weights)), _NO_SURGES
    rng, meters, habits = stream(seed, company.key, "usage", month), company.organization.meters, company.profile.usage
    return draw_events(rng, start, end, count, weights, meters, first_serial, habits, surges)

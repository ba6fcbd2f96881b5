"""Usage events, drawn fast: whole columns at a time, in order of time, without ever being sorted.

A batch is a set of equally long arrays. Units are whole thousandths (`milli_units`), times are microseconds since 1970,
both 64-bit integers, so that sums are exact. Nothing here depends on the number of threads. `draw_events` also serves
the benchmarks: 10 million events take a few seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from revenue_assets.simulation.company import Company
from revenue_assets.simulation.profile import Meter
from revenue_assets.simulation.streams import Integers, Mask, stream

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = 3_600_000_000
_BY_HOUR = np.array([2, 2, 1, 1, 1, 2, 3, 5, 8, 10, 11, 11, 10, 11, 12, 12, 11, 10, 8, 6, 5, 4, 3, 2], dtype=np.float64)
_WEEKEND = 0.35
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


def _draw_times(rng: np.random.Generator, start: datetime, end: datetime, count: int) -> Integers:
    """Strictly ascending times that follow the hours of the day and the days of the week."""
    first, last = microseconds(start), microseconds(end)
    edges = np.append(np.arange(first, last, _HOUR, dtype=np.int64), last)
    hours = edges[:-1] // _HOUR
    is_weekend = (hours // 24 + 3) % 7 >= 5  # 1970-01-01 was a Thursday
    load = _BY_HOUR[hours % 24] * np.where(is_weekend, _WEEKEND, 1.0) * np.diff(edges)
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
) -> Events:
    """Draw `count` events in `[start, end)`; account i gets a share of `weights[i]`, each meter its `event_share`."""
    occurred_at = _draw_times(rng, start, end, count)
    account = np.searchsorted(np.cumsum(weights) / weights.sum(), rng.random(count), side="right")
    shares = np.array([meter.event_share for meter in meters])
    meter = np.searchsorted(np.cumsum(shares) / shares.sum(), rng.random(count), side="right")
    milli_units = np.empty(count, dtype=np.int64)
    for position, one in enumerate(meters):
        rows = np.flatnonzero(meter == position)
        milli_units[rows] = _draw_units(rng, one, len(rows))
    serial = np.arange(first_serial, first_serial + count, dtype=np.uint64)
    return Events(account.astype(np.int64), meter.astype(np.int64), occurred_at, milli_units, serial)


def draw_usage(company: Company, seed: int, month: str, start: datetime, end: datetime, first_serial: int) -> Events:
    """One month of the company's usage: of accounts with a subscription in that month, and of internal ones."""
    served = {
        one.account
        for one in company.subscriptions
        if one.started_at < end and (one.ended_at is None or one.ended_at > start)
    }
    served |= {position for position, one in enumerate(company.accounts) if one.is_internal}
    weights = np.array([one.weight if position in served else 0.0 for position, one in enumerate(company.accounts)])
    rng = stream(seed, company.key, "usage", month)
    count = round(company.profile.events_per_account * float(weights.sum()))
    return draw_events(rng, start, end, count, weights, company.organization.meters, first_serial)

"""The events of the company with agreements, and which of them its meter lost or took twice. An event has one fate."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import md5

import numpy as np

from revenue_assets.simulation.agreements.deals import Deal
from revenue_assets.simulation.agreements.profile import AgreedMeter, Agreements
from revenue_assets.simulation.profile import Profile
from revenue_assets.simulation.streams import stream

_MILLI = Decimal("0.001")
_MICROSECOND = timedelta(microseconds=1)
_MOST_LOST = 2


@dataclass(frozen=True)
class Use:
    """One event; `units` is what it counts or the money that it moved."""

    event_id: str
    at: datetime
    units: Decimal
    is_lost: bool = False
    is_retried: bool = False


Place = tuple[int, int, int]
"""An item: the positions of its deal, period and meter."""
Usage = Mapping[Place, Sequence[Use]]


def draw_uses(agreements: Agreements, profile: Profile, deals: Sequence[Deal], seed: int) -> Usage:
    """Every event within a billing period, by item and in order of time, with its fate."""
    found: dict[Place, list[Use]] = {}
    shares = np.array([meter.event_share for meter in agreements.meters])
    chances = np.cumsum(shares / shares.sum())
    chances /= chances[-1]
    for number, deal in enumerate(deals):
        rng = stream(seed, agreements.organization_id, "uses", number)
        starts = [period.start for period in deal.periods]
        for serial, at in enumerate(_times(rng, agreements, profile, deal)):
            position = bisect_right(starts, at) - 1
            meter = int(chances.searchsorted(rng.random(), side="right"))
            units = _units(rng, agreements.meters[meter])
            if position >= 0 and at < deal.periods[position].end:
                event_id = md5(f"{seed}/{deal.account_id}/{serial}".encode(), usedforsecurity=False).hexdigest()
                found.setdefault((number, position, meter), []).append(Use(event_id, at, units))
    return _with_fates(agreements, found, seed)


def _times(rng: np.random.Generator, agreements: Agreements, profile: Profile, deal: Deal) -> Iterator[datetime]:
    """Ascending times over the whole simulation; heavier accounts have more."""
    start = profile.usage_start
    length = (profile.usage_end - start) // _MICROSECOND
    count = max(int(agreements.events_per_account * profile.month_count * deal.weight), 1)
    for after in np.unique(rng.integers(0, length, count)).tolist():
        yield start + after * _MICROSECOND


def _units(rng: np.random.Generator, meter: AgreedMeter) -> Decimal:
    if not meter.spread:
        return meter.median_units
    factor = Decimal(repr(float(np.exp(rng.standard_normal() * meter.spread))))
    return max((meter.median_units * factor).quantize(_MILLI), _MILLI)


def _with_fates(agreements: Agreements, found: dict[Place, list[Use]], seed: int) -> Usage:
    rng = stream(seed, agreements.organization_id, "fates of uses")
    places = sorted(found)
    order = [places[row] for row in rng.permutation(len(places)).tolist()]
    lossy = agreements.lossy_items.count(len(order))
    for place in order[:lossy]:
        for row in rng.permutation(len(found[place]))[:_MOST_LOST].tolist():
            found[place][row] = replace(found[place][row], is_lost=True)
    for place in order[lossy : lossy + agreements.retried_items.count(len(order) - lossy)]:
        row = int(rng.integers(len(found[place])))
        found[place][row] = replace(found[place][row], is_retried=True)
    return found

"""Which events the meter refused, and what it said.

Most refusals are losses (U3). Three kinds only look like it: an event that was refused and then accepted, one that was
accepted and refused when it was sent again, and one whose acceptance nobody heard of, so that the retry was refused as
a duplicate: no report tells of it, and it counts.
"""

from dataclasses import dataclass

import numpy as np

from revenue_assets.simulation.company import Company
from revenue_assets.simulation.rows import RowsByItem, some_of
from revenue_assets.simulation.streams import Integers, Mask, pick, stream

ARRIVED = "duplicate_meter_event"
"""What Stripe says of an event that it has already."""
REASONS = ("meter_event_customer_not_found", "timestamp_too_far_in_past", "meter_event_invalid_value")
KINDS = {"accepted_later": REASONS[0], "refused_when_repeated": ARRIVED, "arrived_unseen": ARRIVED}
"""The decoys and what the meter said of them."""


@dataclass(frozen=True)
class Refusals:
    """`is_lost` marks the refused events (U3), `is_unseen` those that arrived without a report; decoys by kind."""

    is_lost: Mask
    is_unseen: Mask
    decoys: dict[str, Integers]

    def by_code(self) -> list[tuple[Integers, str]]:
        """The events that were refused, with the error of each kind."""
        lost = np.flatnonzero(self.is_lost)
        found = [(lost[number :: len(REASONS)], reason) for number, reason in enumerate(REASONS)]
        return [*found, *((rows, KINDS[kind]) for kind, rows in self.decoys.items())]


def plant_refusals(company: Company, rows: RowsByItem, is_free: Mask, seed: int) -> Refusals:
    """Refuse events of some items; what is refused is not free for another cause (`is_free` is changed)."""
    rates = company.profile.leaks
    rng = stream(seed, company.key, "refusals")
    is_lost = np.zeros(len(is_free), dtype=np.bool_)
    is_unseen = np.zeros(len(is_free), dtype=np.bool_)
    for item in pick(rng, rows.items, rates.rejected_items.count(len(rows.items))):
        is_lost[some_of(rng, rows.of(item), is_free, rates.events_per_item)] = True
    is_free &= ~is_lost
    decoys = {}
    for kind in KINDS:
        chosen = pick(rng, rows.items, rates.rejected_items.count(len(rows.items)))
        events = [some_of(rng, rows.of(item), is_free, rates.events_per_item) for item in chosen]
        decoys[kind] = np.sort(np.concatenate([*events, np.zeros(0, dtype=np.int64)]))
        is_free[decoys[kind]] = False
    is_unseen[decoys["arrived_unseen"]] = True
    return Refusals(is_lost, is_unseen, decoys)

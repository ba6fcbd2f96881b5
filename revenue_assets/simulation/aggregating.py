"""What the events of a set come to on each item: their sum, the highest or the last value, as the meter says."""

from collections.abc import Sequence

import numpy as np

from revenue_assets.simulation.streams import Integers


def aggregate(
    aggregations: Sequence[str], item_count: int, item: Integers, occurred_at: Integers, milli_units: Integers
) -> Integers:
    """Milli units per item; `aggregations` are those of the meters, in their order."""
    total = np.zeros(item_count, dtype=np.int64)
    np.add.at(total, item, milli_units)
    for position, aggregation in enumerate(aggregations):
        if aggregation not in ("max", "last"):
            continue
        own = item % len(aggregations) == position
        found = np.zeros(item_count, dtype=np.int64)
        if aggregation == "max":
            np.maximum.at(found, item[own], milli_units[own])
        else:
            order = np.lexsort((occurred_at[own], item[own]))
            found[item[own][order]] = milli_units[own][order]  # of several values the last one assigned stays
        total[position :: len(aggregations)] = found[position :: len(aggregations)]
    return total

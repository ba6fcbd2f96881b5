"""The rows of a batch of events, item by item, and a choice of them."""

import numpy as np

from revenue_assets.simulation.streams import Integers, Mask, pick


class RowsByItem:
    """The rows of each item that has any."""

    def __init__(self, item: Integers) -> None:
        self._order = np.argsort(item, kind="stable")
        self.items, starts = np.unique(item[self._order], return_index=True)
        self._bounds = np.append(starts, len(item))

    def of(self, item: int) -> Integers:
        """The rows of an item, in order of time; none where it has no events."""
        position = int(np.searchsorted(self.items, item))
        if position == len(self.items) or self.items[position] != item:
            return self._order[:0]
        return self._order[self._bounds[position] : self._bounds[position + 1]]


def some_of(rng: np.random.Generator, rows: Integers, is_free: Mask, at_most: int) -> Integers:
    """One to `at_most` of the rows that are free, none where none is."""
    free = rows[is_free[rows]]
    return pick(rng, free, min(len(free), int(rng.integers(1, at_most + 1))))

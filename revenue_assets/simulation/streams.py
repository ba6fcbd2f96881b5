"""Random numbers: one independent stream per purpose, so that drawing more of one thing never shifts another."""

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]


def stream(seed: int, *purpose: str | int) -> np.random.Generator:
    """The generator for a purpose such as (`nimbus_ai`, `events`, `2025-01`); equal arguments give equal numbers."""
    return np.random.default_rng([seed, *(crc32(str(word).encode()) for word in purpose)])


def pick(rng: np.random.Generator, candidates: Integers, count: int) -> Integers:
    """`count` different candidates, in ascending order."""
    return np.sort(rng.choice(candidates, size=count, replace=False)) if count else candidates[:0]

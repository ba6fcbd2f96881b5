"""Instants at which customers begin, change and end things."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np


def moment(rng: np.random.Generator, earliest: datetime, latest: datetime, zone: ZoneInfo) -> datetime:
    """A whole second between the two; every second one is moved back to local midnight."""
    seconds = int(rng.integers(int((latest - earliest).total_seconds())))
    local = (earliest + timedelta(seconds=seconds)).astimezone(zone)
    if rng.random() < 0.5:
        local = local.replace(hour=0, minute=0, second=0)
    return local.astimezone(UTC)

"""When a delivery that failed is tried again: twice as late each time, a little spread, never before it was asked."""

from datetime import datetime, timedelta
from zlib import crc32

TRIES = 8  # then the run of the last try: about an hour after the first
_FIRST_WAIT = timedelta(seconds=30)
_SPREAD = 0.2  # of the wait, up and down, so that what failed together does not come back together
_LONGEST_ASKED = timedelta(hours=6)  # a receiver that asks for more has its clock or its header wrong


def next_try(delivery_id: str, tries: int, at: datetime, retry_after: float | None) -> datetime | None:
    """When to try for the next time after so many tries, the last of them at `at`; None when it was tried enough.

    The spread follows from the delivery and the try, so that the same gives the same.
    """
    if tries >= TRIES:
        return None
    share = crc32(f"{delivery_id}/{tries}".encode()) / 2**32  # 0 to 1
    wait = _FIRST_WAIT * float(2 ** (tries - 1)) * (1 - _SPREAD + 2 * _SPREAD * share)
    asked = min(timedelta(seconds=min(retry_after or 0.0, 1e6)), _LONGEST_ASKED)
    return at + max(wait, asked)

"""Months as the text `YYYY-MM`, the one form in which months travel through commands, files and partitions.

A month is the UTC calendar month. The warehouse holds it as the date of its first day (`billing_month`).
"""

import re
from datetime import UTC, date, datetime

from revenue_assets.errors import RevenueError

_PATTERN = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def parse_month(text: str) -> str:
    """Return `text` if it is a month such as 2025-03; raise RevenueError otherwise."""
    if not _PATTERN.fullmatch(text):
        raise RevenueError(f"'{text}' is not a month: write it as YYYY-MM, such as 2025-03.")
    return text


def month_of(moment: datetime | date) -> str:
    """The UTC month of a timestamp with zone, or of a date."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(UTC)
    return f"{moment.year:04d}-{moment.month:02d}"


def first_day(month: str) -> date:
    """The first day of the month, which is also how the warehouse writes the month."""
    return date(int(month[:4]), int(month[5:]), 1)


def shift(month: str, count: int) -> str:
    """The month `count` months later (earlier when negative)."""
    index = int(month[:4]) * 12 + int(month[5:]) - 1 + count
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """The half-open UTC window `[start, end)` of the month."""
    start, end = first_day(month), first_day(shift(month, 1))
    return datetime(start.year, start.month, 1, tzinfo=UTC), datetime(end.year, end.month, 1, tzinfo=UTC)


def month_range(first: str, last: str) -> list[str]:
    """Every month from `first` to `last`, both included; empty when `last` is before `first`."""
    months = []
    while first <= last:
        months.append(first)
        first = shift(first, 1)
    return months

"""Billing periods of a monthly subscription, in plain Python: the calendar that the lake's SQL is scored against.

A boundary is local midnight of the anchor day (the last day of a shorter month). A period is cut by the start and
end of the subscription. Windows are `[start, end)` in UTC; days are counted by local date: a day that was begun counts.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from revenue_assets.months import month_of

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Period:
    """The served window of one billing period, and how much of the whole period it is."""

    start: datetime
    end: datetime
    days_in_service: int
    days_in_period: int

    @property
    def billing_month(self) -> str:
        """The UTC month in which the period ends; an end at 00:00 on the first belongs to the month before."""
        return month_of(self.end - _INSTANT)


def boundary(year: int, month: int, anchor_day: int, zone: ZoneInfo) -> datetime:
    """Local midnight of the anchor day in that month, in UTC; `month` may lie outside 1..12."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    day = min(anchor_day, calendar.monthrange(year, month)[1])
    return datetime(year, month, day, tzinfo=zone).astimezone(UTC)


def _boundaries(first: datetime, anchor_day: int, zone: ZoneInfo) -> Iterator[datetime]:
    """The boundaries in order, beginning with the last one at or before `first`."""
    local = first.astimezone(zone)
    month = local.month if boundary(local.year, local.month, anchor_day, zone) <= first else local.month - 1
    while True:
        yield boundary(local.year, month, anchor_day, zone)
        month += 1


def _days(start: datetime, end: datetime, zone: ZoneInfo) -> int:
    return ((end - _INSTANT).astimezone(zone).date() - start.astimezone(zone).date()).days + 1


def billing_periods(
    started_at: datetime, ended_at: datetime | None, anchor_day: int, time_zone: str, until: datetime
) -> list[Period]:
    """Every period of the subscription that starts before `until`, in order."""
    zone = ZoneInfo(time_zone)
    periods: list[Period] = []
    boundaries = _boundaries(started_at, anchor_day, zone)
    whole_start = next(boundaries)
    for whole_end in boundaries:
        start = max(whole_start, started_at)
        end = min(whole_end, ended_at) if ended_at else whole_end
        if start >= until or start >= end:
            return periods
        periods.append(Period(start, end, _days(start, end, zone), _days(whole_start, whole_end, zone)))
        whole_start = whole_end
    raise AssertionError("boundaries never end")


def following_period(ended_at: datetime, anchor_day: int, time_zone: str) -> Period:
    """The first whole period that starts at or after the end: what billing charges when it missed the end."""
    zone = ZoneInfo(time_zone)
    boundaries = _boundaries(ended_at, anchor_day, zone)
    start = next(boundaries)
    if start < ended_at:
        start = next(boundaries)
    end = next(boundaries)
    days = _days(start, end, zone)
    return Period(start, end, days, days)

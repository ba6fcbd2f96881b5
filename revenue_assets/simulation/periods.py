"""Billing periods of a subscription, in plain Python: the calendar that the lake's SQL is scored against.

A boundary is local midnight of the anchor day (the last day of a shorter month). A period is cut by the start and
end of the subscription, by its trial and by its pause, which are in no period (docs/definitions.md#trials-and-pauses).
Windows are `[start, end)` in UTC; days are counted by local date: a day that was begun counts.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from revenue_assets.months import month_of

_INSTANT = timedelta(microseconds=1)
_NEVER = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Terms:
    """What the calendar of a subscription depends on; `anchor_day` None is the local day of `started_at`."""

    started_at: datetime
    ended_at: datetime | None = None
    anchor_day: int | None = None
    time_zone: str = "UTC"
    interval: Literal["month", "year"] = "month"
    trial_end: datetime | None = None
    pause_start: datetime | None = None
    pause_end: datetime | None = None


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


def _boundaries(first: datetime, anchor_day: int, zone: ZoneInfo, of_year: int | None = None) -> Iterator[datetime]:
    """The boundaries of every month, or of one month of every year, from the last one at or before `first` on."""
    local, every = first.astimezone(zone), 12 if of_year else 1
    month = of_year or local.month
    if boundary(local.year, month, anchor_day, zone) > first:
        month -= every
    while True:
        yield boundary(local.year, month, anchor_day, zone)
        month += every


def _dates(start: datetime, end: datetime, zone: ZoneInfo) -> set[date]:
    """The local dates that were begun in the window."""
    first = start.astimezone(zone).date()
    return {first + timedelta(days=after) for after in range(_days(start, end, zone))}


def _days(start: datetime, end: datetime, zone: ZoneInfo) -> int:
    """How many local dates were begun in the window."""
    return ((end - _INSTANT).astimezone(zone).date() - start.astimezone(zone).date()).days + 1


def _in_service(terms: Terms) -> list[tuple[datetime, datetime]]:
    """When the subscription serves its customer: after the trial, without the pause."""
    start, end = max(terms.started_at, terms.trial_end or terms.started_at), terms.ended_at or _NEVER
    parts = [(start, end)]
    if terms.pause_start and (terms.pause_end is None or terms.pause_end > terms.pause_start):
        parts = [(start, min(end, terms.pause_start)), (max(start, terms.pause_end or end), end)]
    return [(start, end) for start, end in parts if start < end]


def billing_periods(terms: Terms, until: datetime) -> list[Period]:
    """Every period of the subscription that starts before `until`, in order."""
    zone = ZoneInfo(terms.time_zone)
    started = terms.started_at.astimezone(zone)
    trial_end = max(terms.started_at, terms.trial_end or terms.started_at).astimezone(zone)
    anchored = trial_end if trial_end.day == terms.anchor_day else started
    of_year = anchored.month if terms.interval == "year" else None
    periods: list[Period] = []
    counted: set[date] = set()  # a day on which service stopped and went on counts once
    for part in _in_service(terms):
        for whole_start, whole_end in pairwise(_boundaries(part[0], terms.anchor_day or started.day, zone, of_year)):
            start, end = max(whole_start, part[0]), min(whole_end, part[1])
            if start >= until or start >= end:
                break
            days = _dates(start, end, zone) - counted
            counted |= days
            periods.append(Period(start, end, len(days), _days(whole_start, whole_end, zone)))
    return periods


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

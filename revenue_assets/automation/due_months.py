"""Which months are to be closed when: the calendar behind the schedules. Dates and grace times in, months out.

A month is over at its end and final when its grace time is over too. Why it is closed again later, and why then:
docs/automation.md#schedules.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from revenue_assets.months import first_day, month_bounds, month_of, month_range, shift

CLOSING_DAY = 4  # of the month after, when the usual grace of three days is over
DAYS_BEFORE_A_WINDOW_ENDS = 7  # what severity_thresholds calls urgent: time enough to send or to retry
_MOST_DAYS_AHEAD = 400


def open_months(at: datetime, grace_days: int) -> list[str]:
    """The month that runs at this instant, and those before it whose grace time is not over, in order."""
    running = month_of(at)
    first = running
    while month_bounds(shift(first, -1))[1] + timedelta(days=grace_days) > at:
        first = shift(first, -1)
    return month_range(first, running)


def due_months(day: date, grace_days: int, windows: Mapping[str, int]) -> dict[str, str]:
    """The months to close on this day, each with the reason in words.

    `windows`: for how many days after a period's end the billing system still takes which correction.
    """
    due = {}
    for month in month_range(shift(month_of(day), -_reach(grace_days, windows)), shift(month_of(day), -1)):
        reasons = [reason for when, reason in _dates(month, grace_days, windows) if when == day]
        if reasons:
            due[month] = " and ".join(reasons)
    return due


def next_due(day: date, grace_days: int, windows: Mapping[str, int]) -> tuple[date, dict[str, str]]:
    """The first day after this one on which months are due, and which."""
    days = (day + timedelta(days=ahead) for ahead in range(1, _MOST_DAYS_AHEAD))
    return next((each, due) for each in days if (due := due_months(each, grace_days, windows)))


def contiguous(months: Sequence[str]) -> list[list[str]]:
    """The months as ranges without a gap, because a range is one run."""
    ranges: list[list[str]] = []
    for month in sorted(set(months)):
        if ranges and shift(ranges[-1][-1], 1) == month:
            ranges[-1].append(month)
        else:
            ranges.append([month])
    return ranges


def _dates(month: str, grace_days: int, windows: Mapping[str, int]) -> list[tuple[date, str]]:
    over = first_day(shift(month, 1))
    dates = [
        (over.replace(day=CLOSING_DAY), "the monthly close"),
        (over + timedelta(days=grace_days), f"the end of its grace of {grace_days} days"),
    ]
    for action, days in windows.items():
        when = over + timedelta(days=days - DAYS_BEFORE_A_WINDOW_ENDS)
        words = f"{DAYS_BEFORE_A_WINDOW_ENDS} days before the window of {action} ({days} days) ends"
        dates.append((when, words))
    return dates


def _reach(grace_days: int, windows: Mapping[str, int]) -> int:
    """How many months back a month can be and still be due."""
    return max(CLOSING_DAY, grace_days, *windows.values()) // 28 + 1

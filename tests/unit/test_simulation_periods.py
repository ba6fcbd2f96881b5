"""The simulation's calendar against calendars worked by hand."""

from datetime import UTC, datetime

import pytest

from revenue_assets.simulation.periods import billing_periods, following_period


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_anchor_31_falls_on_the_last_day_of_shorter_months() -> None:
    periods = billing_periods(utc("2023-12-31"), None, 31, "UTC", utc("2024-05-01"))
    assert [(f"{one.start:%m-%d}", f"{one.end:%m-%d}", one.days_in_service, one.days_in_period) for one in periods] == [
        ("12-31", "01-31", 31, 31),
        ("01-31", "02-29", 29, 29),
        ("02-29", "03-31", 31, 31),
        ("03-31", "04-30", 30, 30),
        ("04-30", "05-31", 31, 31),
    ]


def test_the_first_and_the_last_period_are_cut_and_days_begun_count() -> None:
    started, ended = utc("2025-03-12T10:30:00"), utc("2025-05-03T00:00:00")
    periods = billing_periods(started, ended, 1, "UTC", utc("2026-01-01"))
    assert [(one.start, one.end, one.days_in_service, one.days_in_period) for one in periods] == [
        (started, utc("2025-04-01"), 20, 31),
        (utc("2025-04-01"), utc("2025-05-01"), 30, 30),
        (utc("2025-05-01"), ended, 2, 31),
    ]


def test_an_end_within_a_day_counts_that_day() -> None:
    (period,) = billing_periods(utc("2025-03-01"), utc("2025-03-02T00:00:01"), 1, "UTC", utc("2026-01-01"))
    assert period.days_in_service == 2


def test_an_end_on_a_boundary_leaves_no_empty_period() -> None:
    assert len(billing_periods(utc("2025-03-01"), utc("2025-05-01"), 1, "UTC", utc("2026-01-01"))) == 2


def test_boundaries_are_local_midnights_across_daylight_saving() -> None:
    berlin = billing_periods(utc("2025-02-28T23:00:00"), None, 1, "Europe/Berlin", utc("2025-04-15"))
    assert [(one.start, one.end, one.days_in_service) for one in berlin] == [
        (utc("2025-02-28T23:00:00"), utc("2025-03-31T22:00:00"), 31),  # summer time began on 30 March
        (utc("2025-03-31T22:00:00"), utc("2025-04-30T22:00:00"), 30),
    ]
    (new_york,) = billing_periods(utc("2025-10-15T04:00:00"), None, 15, "America/New_York", utc("2025-11-01"))
    assert (new_york.end, new_york.days_in_service) == (utc("2025-11-15T05:00:00"), 31)


@pytest.mark.parametrize(
    ("zone", "start", "month"),
    [
        ("UTC", "2025-03-01T00:00:00", "2025-03"),  # ends at 00:00 on the first: the month before
        ("Asia/Tokyo", "2025-02-28T15:00:00", "2025-03"),
        ("America/New_York", "2025-03-01T05:00:00", "2025-04"),  # ends on 1 April, 04:00 UTC
    ],
)
def test_a_period_belongs_to_the_utc_month_in_which_it_ends(zone: str, start: str, month: str) -> None:
    (period,) = billing_periods(utc(start), None, 1, zone, utc("2025-03-02"))
    assert period.billing_month == month


@pytest.mark.parametrize(
    ("ended", "window"),
    [("2025-10-20T08:00:00", ("2025-11-05", "2025-12-05")), ("2025-11-05T00:00:00", ("2025-11-05", "2025-12-05"))],
)
def test_the_following_period_is_whole_and_starts_at_or_after_the_end(ended: str, window: tuple[str, str]) -> None:
    period = following_period(utc(ended), 5, "UTC")
    assert (period.start, period.end) == (utc(window[0]), utc(window[1]))
    assert period.days_in_service == period.days_in_period == 30

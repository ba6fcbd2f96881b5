"""The simulation's calendar against calendars worked by hand."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from revenue_assets.simulation.periods import Terms, billing_periods, following_period


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def windows(terms: Terms, until: str) -> list[tuple[str, str, int, int]]:
    return [
        (f"{one.start:%Y-%m-%d}", f"{one.end:%Y-%m-%d}", one.days_in_service, one.days_in_period)
        for one in billing_periods(terms, utc(until))
    ]


def test_anchor_31_falls_on_the_last_day_of_shorter_months() -> None:
    periods = billing_periods(Terms(utc("2023-12-31"), anchor_day=31), utc("2024-05-01"))
    assert [(f"{one.start:%m-%d}", f"{one.end:%m-%d}", one.days_in_service, one.days_in_period) for one in periods] == [
        ("12-31", "01-31", 31, 31),
        ("01-31", "02-29", 29, 29),
        ("02-29", "03-31", 31, 31),
        ("03-31", "04-30", 30, 30),
        ("04-30", "05-31", 31, 31),
    ]


def test_the_first_and_the_last_period_are_cut_and_days_begun_count() -> None:
    started, ended = utc("2025-03-12T10:30:00"), utc("2025-05-03T00:00:00")
    periods = billing_periods(Terms(started, ended, 1), utc("2026-01-01"))
    assert [(one.start, one.end, one.days_in_service, one.days_in_period) for one in periods] == [
        (started, utc("2025-04-01"), 20, 31),
        (utc("2025-04-01"), utc("2025-05-01"), 30, 30),
        (utc("2025-05-01"), ended, 2, 31),
    ]


def test_an_end_within_a_day_counts_that_day() -> None:
    (period,) = billing_periods(Terms(utc("2025-03-01"), utc("2025-03-02T00:00:01"), 1), utc("2026-01-01"))
    assert period.days_in_service == 2


def test_an_end_on_a_boundary_leaves_no_empty_period() -> None:
    assert len(billing_periods(Terms(utc("2025-03-01"), utc("2025-05-01"), 1), utc("2026-01-01"))) == 2


def test_boundaries_are_local_midnights_across_daylight_saving() -> None:
    berlin = billing_periods(Terms(utc("2025-02-28T23:00:00"), None, 1, "Europe/Berlin"), utc("2025-04-15"))
    assert [(one.start, one.end, one.days_in_service) for one in berlin] == [
        (utc("2025-02-28T23:00:00"), utc("2025-03-31T22:00:00"), 31),  # summer time began on 30 March
        (utc("2025-03-31T22:00:00"), utc("2025-04-30T22:00:00"), 30),
    ]
    (new_york,) = billing_periods(Terms(utc("2025-10-15T04:00:00"), None, 15, "America/New_York"), utc("2025-11-01"))
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
    (period,) = billing_periods(Terms(utc(start), None, 1, zone), utc("2025-03-02"))
    assert period.billing_month == month


@pytest.mark.parametrize(
    ("ended", "window"),
    [("2025-10-20T08:00:00", ("2025-11-05", "2025-12-05")), ("2025-11-05T00:00:00", ("2025-11-05", "2025-12-05"))],
)
def test_the_following_period_is_whole_and_starts_at_or_after_the_end(ended: str, window: tuple[str, str]) -> None:
    period = following_period(utc(ended), 5, "UTC")
    assert (period.start, period.end) == (utc(window[0]), utc(window[1]))
    assert period.days_in_service == period.days_in_period == 30


@pytest.mark.parametrize(
    ("start", "next_start"),
    # Published: flexprice, billing_commitment_test.go, months added to anchor day 31.
    [("2028-01-31", "2028-02-29"), ("2026-02-28", "2026-03-31"), ("2026-12-31", "2027-01-31")],
)
def test_a_month_is_added_to_the_anchor_and_not_to_the_clamped_day(start: str, next_start: str) -> None:
    assert windows(Terms(utc(start), anchor_day=31), start + "T00:01")[0][:2] == (start, next_start)


def test_the_next_billing_of_published_anchors() -> None:
    # flexprice, billing_anchor_scenarios_test.go: anchor 15 January 2024, period from 15 April, next on 15 May; of a
    # year anchored to 15 June 2024 next on 15 June 2025
    assert windows(Terms(utc("2024-01-15")), "2024-04-16")[-1] == ("2024-04-15", "2024-05-15", 30, 30)
    yearly = Terms(utc("2024-06-15"), interval="year")
    assert windows(yearly, "2024-06-16") == [("2024-06-15", "2025-06-15", 365, 365)]


def test_service_begins_when_the_trial_ends_and_the_first_period_is_partial() -> None:
    # a week free from 15 March, then a partial period up to the fixed first of the month
    terms = Terms(utc("2025-03-15"), anchor_day=1, trial_end=utc("2025-03-22"))
    assert windows(terms, "2025-04-02") == [("2025-03-22", "2025-04-01", 10, 31), ("2025-04-01", "2025-05-01", 30, 30)]


def test_a_trial_that_outlives_the_subscription_leaves_no_period() -> None:
    assert windows(Terms(utc("2025-03-15"), utc("2025-03-20"), trial_end=utc("2025-03-22")), "2025-05-01") == []


@pytest.mark.parametrize(
    ("anchor_day", "first_end"),
    [(None, "2025-12-20"), (20, "2025-12-20"), (19, "2026-01-19")],  # the 19th is the day on which the trial ends
)
def test_a_year_is_anchored_to_the_trials_end_if_its_day_is(anchor_day: int | None, first_end: str) -> None:
    terms = Terms(utc("2024-12-20"), None, anchor_day, interval="year", trial_end=utc("2025-01-19"))
    assert windows(terms, "2025-01-20")[0][:2] == ("2025-01-19", first_end)


def test_a_pause_inside_a_period_leaves_two_partial_ones() -> None:
    terms = Terms(utc("2025-03-01"), pause_start=utc("2025-03-11"), pause_end=utc("2025-03-21"))
    assert windows(terms, "2025-04-01")[:2] == [
        ("2025-03-01", "2025-03-11", 10, 31),
        ("2025-03-21", "2025-04-01", 11, 31),
    ]


def test_a_pause_over_boundaries_leaves_the_periods_at_its_ends_partial() -> None:
    terms = Terms(utc("2025-01-15"), pause_start=utc("2025-02-20T12:00:00"), pause_end=utc("2025-05-10T12:00:00"))
    assert windows(terms, "2025-05-20") == [
        ("2025-01-15", "2025-02-15", 31, 31),
        ("2025-02-15", "2025-02-20", 6, 28),  # 15 to 20 February, begun
        ("2025-05-10", "2025-05-15", 5, 30),  # 10 to 14 May
        ("2025-05-15", "2025-06-15", 31, 31),
    ]


def test_a_pause_until_further_notice_and_an_end_inside_a_pause_end_service() -> None:
    for terms in (
        Terms(utc("2025-03-01"), pause_start=utc("2025-03-11")),
        Terms(utc("2025-03-01"), utc("2025-03-15"), pause_start=utc("2025-03-11"), pause_end=utc("2025-03-21")),
    ):
        assert windows(terms, "2026-01-01") == [("2025-03-01", "2025-03-11", 10, 31)]


def test_a_day_on_which_service_stopped_and_went_on_counts_once() -> None:
    hour: dict[str, Any] = {"pause_start": utc("2025-03-11T10:00:00"), "pause_end": utc("2025-03-11T11:00:00")}
    assert [days for _, _, days, _ in windows(Terms(utc("2025-03-01"), **hour), "2025-04-01")[:2]] == [11, 20]
    same_day = Terms(utc("2025-03-01"), utc("2025-03-11T18:00:00"), **hour)
    assert [days for _, _, days, _ in windows(same_day, "2025-04-01")] == [11, 0]


def test_a_pause_of_no_time_is_none() -> None:
    never = Terms(utc("2025-03-01"), pause_start=utc("2025-03-11"), pause_end=utc("2025-03-11"))
    assert windows(never, "2025-03-12") == [("2025-03-01", "2025-04-01", 31, 31)]


def test_a_pause_over_the_end_of_a_trial_puts_off_the_first_period() -> None:
    terms = Terms(utc("2025-03-01"), None, 1, "UTC", "month", utc("2025-03-15"), utc("2025-03-10"), utc("2025-03-20"))
    assert windows(terms, "2025-03-31") == [("2025-03-20", "2025-04-01", 12, 31)]
    before = Terms(utc("2025-03-01"), None, 1, "UTC", "month", utc("2025-03-15"), utc("2025-03-05"), utc("2025-03-10"))
    assert windows(before, "2025-03-31") == [("2025-03-15", "2025-04-01", 17, 31)]


def test_a_pause_across_daylight_saving_resumes_at_local_midnight() -> None:
    # New York: summer time began on 9 March 2025, so that local midnight moved from 05:00 to 04:00 UTC
    pause: dict[str, Any] = {"pause_start": utc("2025-03-05T05:00:00"), "pause_end": utc("2025-03-12T04:00:00")}
    terms = Terms(utc("2025-03-01T05:00:00"), None, 1, "America/New_York", **pause)
    assert [(one.end, one.days_in_service) for one in billing_periods(terms, utc("2025-03-31"))] == [
        (pause["pause_start"], 4),
        (utc("2025-04-01T04:00:00"), 20),
    ]


@pytest.mark.parametrize(
    ("terms", "fee", "amount"),
    # Published by Lago, in cents: a start on 8 January; an upgrade on 15 January, old and new plan; 3 days of February.
    [
        (Terms(utc("2025-01-08"), anchor_day=1), "5000", "3871"),
        (Terms(utc("2025-01-01"), utc("2025-01-15"), 1), "10000", "4516"),
        (Terms(utc("2025-01-15"), anchor_day=1), "20000", "10968"),
        (Terms(utc("2025-02-26"), anchor_day=1), "5000", "536"),
    ],
)
def test_partial_fees_of_published_cases(terms: Terms, fee: str, amount: str) -> None:
    first = billing_periods(terms, utc("2026-01-01"))[0]
    exact = Decimal(fee) * first.days_in_service / first.days_in_period
    assert exact.quantize(Decimal(1), ROUND_HALF_UP) == Decimal(amount)

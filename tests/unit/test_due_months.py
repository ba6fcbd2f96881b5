"""Which months are due when. Expected days are counted on a calendar."""

from datetime import UTC, date, datetime

import pytest

from revenue_assets.automation.due_months import contiguous, due_months, next_due, open_months

STRIPE = {"meter_event": 35, "payment_retry": 60}


@pytest.mark.parametrize(
    ("at", "grace_days", "months"),
    [
        (datetime(2026, 11, 21, 4, tzinfo=UTC), 3, ["2026-11"]),
        (datetime(2026, 11, 3, 23, 59, tzinfo=UTC), 3, ["2026-10", "2026-11"]),
        (datetime(2026, 11, 4, tzinfo=UTC), 3, ["2026-11"]),
        (datetime(2026, 11, 1, tzinfo=UTC), 0, ["2026-11"]),
        (datetime(2026, 3, 1, tzinfo=UTC), 45, ["2026-01", "2026-02", "2026-03"]),
    ],
)
def test_open_months_are_the_running_one_and_those_in_their_grace(
    at: datetime, grace_days: int, months: list[str]
) -> None:
    assert open_months(at, grace_days) == months


@pytest.mark.parametrize(
    ("day", "grace_days", "windows", "due"),
    [
        (date(2026, 11, 4), 3, {}, {"2026-10": "the monthly close and the end of its grace of 3 days"}),
        (date(2026, 11, 4), 5, {}, {"2026-10": "the monthly close"}),
        (date(2026, 11, 6), 5, {}, {"2026-10": "the end of its grace of 5 days"}),
        (date(2026, 11, 1), 0, {}, {"2026-10": "the end of its grace of 0 days"}),
        (date(2026, 11, 29), 3, STRIPE, {"2026-10": "7 days before the window of meter_event (35 days) ends"}),
        (date(2026, 12, 24), 3, STRIPE, {"2026-10": "7 days before the window of payment_retry (60 days) ends"}),
        (date(2026, 11, 21), 3, STRIPE, {}),
    ],
)
def test_months_are_due_at_the_fourth_at_grace_end_and_before_windows_end(
    day: date, grace_days: int, windows: dict[str, int], due: dict[str, str]
) -> None:
    assert due_months(day, grace_days, windows) == due


def test_two_months_can_be_due_on_one_day() -> None:
    assert due_months(date(2026, 3, 1), 3, {"meter_event": 7, "payment_retry": 35}).keys() == {"2026-01", "2026-02"}


def test_what_comes_next_is_told() -> None:
    day, months = next_due(date(2026, 11, 21), 3, STRIPE)
    assert (day, list(months)) == (date(2026, 11, 23), ["2026-09"])  # September's 60 days end on the 30th
    assert next_due(date(2026, 11, 4), 3, {})[0] == date(2026, 12, 4)


def test_ranges_have_no_gap() -> None:
    assert contiguous(["2026-01", "2025-12", "2026-03", "2025-12"]) == [["2025-12", "2026-01"], ["2026-03"]]
    assert contiguous([]) == []

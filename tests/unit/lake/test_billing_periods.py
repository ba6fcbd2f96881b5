"""Billing periods against calendars worked out by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from revenue_assets.errors import CloseError
from revenue_assets.lake import steps
from revenue_assets.months import month_range


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def periods(world: Any, first: str, last: str, interval: str = "month", **subscription: Any) -> list[dict[str, Any]]:
    world.put("plans", [{"plan_id": "p", "name": "P", "billing_interval": interval, "currency": "EUR"}])
    row = {"subscription_id": "s", "account_id": "a", "plan_id": "p", "status": "active"} | subscription
    world.put("subscriptions", [row])
    months = month_range(first, last)
    counts = steps.build_billing_periods(world.source, months)
    rows = world.read("billing_periods", *months)
    assert sum(counts.values()) == len(rows)
    return rows  # type: ignore[no-any-return]


def windows(rows: list[dict[str, Any]]) -> list[tuple[str, str, int, int]]:
    return [
        (
            f"{row['period_start']:%Y-%m-%d %H:%M}",
            f"{row['period_end']:%Y-%m-%d %H:%M}",
            row["days_in_service"],
            row["days_in_period"],
        )
        for row in rows
    ]


def test_anchor_31_means_the_last_day_of_shorter_months(world: Any) -> None:
    rows = periods(world, "2024-02", "2024-06", started_at=utc("2024-01-31"), anchor_day=31)
    assert windows(rows) == [
        ("2024-01-31 00:00", "2024-02-29 00:00", 29, 29),
        ("2024-02-29 00:00", "2024-03-31 00:00", 31, 31),
        ("2024-03-31 00:00", "2024-04-30 00:00", 30, 30),
        ("2024-04-30 00:00", "2024-05-31 00:00", 31, 31),
        ("2024-05-31 00:00", "2024-06-30 00:00", 30, 30),
    ]
    assert {row["fraction"] for row in rows} == {Decimal(1)}
    assert [row["billing_month"] for row in rows] == [date(2024, month, 1) for month in range(2, 7)]


def test_anchor_defaults_to_the_day_of_the_start_and_february_of_a_common_year_has_28_days(world: Any) -> None:
    rows = periods(world, "2025-02", "2025-03", started_at=utc("2024-12-30T09:30:00"))
    assert windows(rows) == [
        ("2025-01-30 00:00", "2025-02-28 00:00", 29, 29),
        ("2025-02-28 00:00", "2025-03-30 00:00", 30, 30),
    ]


def test_a_period_that_ends_at_midnight_on_the_first_belongs_to_the_month_before(world: Any) -> None:
    rows = periods(world, "2025-03", "2025-03", started_at=utc("2025-01-01"))
    assert windows(rows) == [("2025-03-01 00:00", "2025-04-01 00:00", 31, 31)]
    assert rows[0]["billing_month"] == date(2025, 3, 1)


def test_first_and_last_periods_are_cut_and_a_day_that_was_begun_counts(world: Any) -> None:
    rows = periods(
        world, "2025-01", "2025-03", started_at=utc("2025-01-10T15:00:00"), ended_at=utc("2025-03-06T10:00:00"),
        anchor_day=15,
    )  # fmt: skip
    assert windows(rows) == [
        ("2025-01-10 15:00", "2025-01-15 00:00", 5, 31),  # 10, 11, 12, 13, 14 of the period from 15 December
        ("2025-01-15 00:00", "2025-02-15 00:00", 31, 31),
        ("2025-02-15 00:00", "2025-03-06 10:00", 20, 28),  # 14 days of February, 6 of March
    ]
    assert [row["fraction"] for row in rows] == [
        Decimal("0.161290322581"),
        Decimal("1"),
        Decimal("0.714285714286"),
    ]
    assert rows[0]["seconds_in_service"] == 4 * 86400 + 9 * 3600
    assert rows[0]["seconds_in_period"] == 31 * 86400
    assert rows[2]["seconds_in_service"] == 19 * 86400 + 10 * 3600


def test_berlin_midnights_move_with_daylight_saving_time(world: Any) -> None:
    rows = periods(world, "2024-03", "2024-04", started_at=utc("2024-02-14T23:00:00"), time_zone="Europe/Berlin")
    assert windows(rows) == [
        ("2024-02-14 23:00", "2024-03-14 23:00", 29, 29),  # anchor day 15: the start is the 15th in Berlin
        ("2024-03-14 23:00", "2024-04-14 22:00", 31, 31),
    ]
    assert [row["seconds_in_period"] for row in rows] == [29 * 86400, 31 * 86400 - 3600]


def test_a_period_of_new_york_ends_in_the_next_utc_month(world: Any) -> None:
    rows = periods(world, "2025-02", "2025-02", started_at=utc("2025-01-01T05:00:00"), time_zone="America/New_York")
    assert windows(rows) == [("2025-01-01 05:00", "2025-02-01 05:00", 31, 31)]
    assert rows[0]["billing_month"] == date(2025, 2, 1)


def test_yearly_from_29_february(world: Any) -> None:
    rows = periods(world, "2025-01", "2028-03", "year", started_at=utc("2024-02-29"))
    assert windows(rows) == [
        ("2024-02-29 00:00", "2025-02-28 00:00", 365, 365),
        ("2025-02-28 00:00", "2026-02-28 00:00", 365, 365),
        ("2026-02-28 00:00", "2027-02-28 00:00", 365, 365),
        ("2027-02-28 00:00", "2028-02-29 00:00", 366, 366),
    ]


def test_yearly_with_an_anchor_after_the_start_begins_with_a_partial_period(world: Any) -> None:
    rows = periods(world, "2025-03", "2026-03", "year", started_at=utc("2025-03-05"), anchor_day=20)
    assert windows(rows) == [
        ("2025-03-05 00:00", "2025-03-20 00:00", 15, 365),
        ("2025-03-20 00:00", "2026-03-20 00:00", 365, 365),
    ]


def test_the_period_that_runs_at_as_of_is_there_and_none_that_begins_later(world: Any) -> None:
    world.source.until = utc("2025-03-20")
    rows = periods(world, "2025-02", "2025-06", started_at=utc("2025-01-15"))
    assert [f"{row['period_start']:%Y-%m-%d}" for row in rows] == ["2025-01-15", "2025-02-15", "2025-03-15"]
    world.source.until = utc("2025-03-15")
    rows = periods(world, "2025-02", "2025-06", started_at=utc("2025-01-15"))
    assert [f"{row['period_start']:%Y-%m-%d}" for row in rows] == ["2025-01-15", "2025-02-15"]


def test_a_subscription_that_ends_as_it_starts_has_no_period(world: Any) -> None:
    assert periods(world, "2025-01", "2025-02", started_at=utc("2025-01-10"), ended_at=utc("2025-01-10")) == []


def test_a_subscription_of_an_afternoon_is_in_service_for_one_day(world: Any) -> None:
    rows = periods(
        world, "2025-01", "2025-01", started_at=utc("2025-01-10T13:00:00"), ended_at=utc("2025-01-10T18:00:00")
    )
    assert windows(rows) == [("2025-01-10 13:00", "2025-01-10 18:00", 1, 31)]


def test_service_begins_when_the_trial_ends(world: Any) -> None:
    trial: dict[str, Any] = {"started_at": utc("2025-03-15"), "anchor_day": 1, "trial_end": utc("2025-03-22T08:00:00")}
    assert windows(periods(world, "2025-02", "2025-04", **trial)) == [
        ("2025-03-22 08:00", "2025-04-01 00:00", 10, 31),  # the 22nd was begun
        ("2025-04-01 00:00", "2025-05-01 00:00", 30, 30),
    ]
    assert periods(world, "2025-03", "2025-04", **trial, ended_at=utc("2025-03-20")) == []


def test_a_trial_does_not_move_the_day_that_the_start_anchors(world: Any) -> None:
    rows = periods(world, "2025-02", "2025-03", started_at=utc("2025-01-31"), trial_end=utc("2025-02-14"))
    assert windows(rows) == [
        ("2025-02-14 00:00", "2025-02-28 00:00", 14, 28),
        ("2025-02-28 00:00", "2025-03-31 00:00", 31, 31),
    ]


def test_a_year_begins_with_the_trials_end_if_that_is_its_anchor_day(world: Any) -> None:
    trial: dict[str, Any] = {"started_at": utc("2024-12-20"), "trial_end": utc("2025-01-19")}
    rows = periods(world, "2025-01", "2026-01", "year", **trial, anchor_day=19)
    assert windows(rows) == [("2025-01-19 00:00", "2026-01-19 00:00", 365, 365)]
    rows = periods(world, "2025-01", "2025-12", "year", **trial)
    assert windows(rows) == [("2025-01-19 00:00", "2025-12-20 00:00", 335, 365)]


def test_a_pause_inside_a_period_leaves_two_parts_of_it(world: Any) -> None:
    pause: dict[str, Any] = {"pause_start": utc("2025-03-11T10:00:00"), "pause_end": utc("2025-03-20T16:00:00")}
    rows = periods(world, "2025-03", "2025-03", started_at=utc("2025-01-01"), **pause)
    assert windows(rows) == [
        ("2025-03-01 00:00", "2025-03-11 10:00", 11, 31),
        ("2025-03-20 16:00", "2025-04-01 00:00", 12, 31),
    ]
    assert [row["seconds_in_service"] for row in rows] == [10 * 86400 + 36000, 11 * 86400 + 28800]
    assert {row["seconds_in_period"] for row in rows} == {31 * 86400}
    assert [row["fraction"] for row in rows] == [Decimal("0.354838709677"), Decimal("0.387096774194")]


def test_a_day_on_which_service_stopped_and_went_on_counts_once(world: Any) -> None:
    pause: dict[str, Any] = {"pause_start": utc("2025-03-11T10:00:00"), "pause_end": utc("2025-03-11T11:00:00")}
    rows = periods(world, "2025-03", "2025-03", started_at=utc("2025-01-01"), **pause)
    assert [row["days_in_service"] for row in rows] == [11, 20]
    rows = periods(
        world, "2025-03", "2025-03", started_at=utc("2025-01-01"), ended_at=utc("2025-03-11T12:00:00"), **pause
    )
    assert [(row["days_in_service"], row["fraction"]) for row in rows] == [(11, Decimal("0.354838709677")), (0, 0)]


def test_a_pause_over_a_boundary_in_berlin(world: Any) -> None:
    pause: dict[str, Any] = {
        "pause_start": utc("2025-03-19T23:00:00"),
        "pause_end": utc("2025-04-09T22:00:00"),
    }  # local midnights
    rows = periods(
        world, "2025-03", "2025-04", started_at=utc("2024-12-31T23:00:00"), time_zone="Europe/Berlin", **pause
    )
    assert windows(rows) == [
        ("2025-02-28 23:00", "2025-03-19 23:00", 19, 31),
        ("2025-04-09 22:00", "2025-04-30 22:00", 21, 30),  # the 10th to the 30th of April
    ]


def test_a_pause_until_further_notice_or_over_the_end_is_the_end_of_service(world: Any) -> None:
    start: dict[str, Any] = {"started_at": utc("2025-01-01"), "pause_start": utc("2025-02-15")}
    over_the_end: dict[str, Any] = {"ended_at": utc("2025-03-03"), "pause_end": utc("2025-03-10")}
    for rest in ({}, over_the_end):
        assert windows(periods(world, "2025-02", "2025-06", **start, **rest)) == [
            ("2025-02-01 00:00", "2025-02-15 00:00", 14, 28)
        ]


def test_an_upgrade_inside_a_period_is_two_parts_of_it(world: Any) -> None:
    """Lago's published case: 14 days of the old plan and 17 of the new one."""
    change = utc("2025-01-15")
    world.put("plans", [{"plan_id": plan, "billing_interval": "month"} for plan in ("small", "large")])
    common = {"account_id": "a", "status": "active", "anchor_day": 1}
    old = {"subscription_id": "s", "plan_id": "small", "started_at": utc("2024-11-01"), "ended_at": change}
    world.put(
        "subscriptions", [common | old, common | {"subscription_id": "t", "plan_id": "large", "started_at": change}]
    )
    steps.build_billing_periods(world.source, ["2025-01"])
    rows = world.read("billing_periods", "2025-01")
    assert windows(rows) == [
        ("2025-01-01 00:00", "2025-01-15 00:00", 14, 31),
        ("2025-01-15 00:00", "2025-02-01 00:00", 17, 31),
    ]
    assert [row["plan_id"] for row in rows] == ["small", "large"]


def test_required_months_reach_back_over_the_periods_and_one_more(world: Any) -> None:
    periods(world, "2025-03", "2025-03", started_at=utc("2024-06-01"))
    assert steps.required_months(world.source, ["2025-03"]) == ["2025-02", "2025-03"]
    periods(world, "2025-03", "2025-03", started_at=utc("2024-06-15"))
    assert steps.required_months(world.source, ["2025-03", "2025-04"]) == ["2025-01", "2025-02", "2025-03", "2025-04"]
    periods(world, "2025-03", "2025-03", "year", started_at=utc("2023-03-15"))
    assert steps.required_months(world.source, ["2025-03"]) == month_range("2024-02", "2025-03")
    world.source.matching = "natural_key"
    assert steps.required_months(world.source, ["2025-03"]) == month_range("2024-03", "2025-03")
    assert steps.required_months(world.source, []) == []


def test_a_delivered_dataset_that_is_not_loaded_is_refused(world: Any) -> None:
    world.source.datasets["subscriptions"] = ""
    with pytest.raises(CloseError, match="subscriptions of source test is not in the lake"):
        steps.build_billing_periods(world.source, ["2025-01"])

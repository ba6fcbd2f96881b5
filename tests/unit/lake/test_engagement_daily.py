"""Engagement per account, name and UTC day: every event id once, whatever month is built first."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from revenue_assets.lake import steps

JANUARY, FEBRUARY, MARCH = "2025-01", "2025-02", "2025-03"


def event(at: str, name: str = "login", account: str = "a", event_id: str | None = None) -> dict[str, Any]:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return {"event_id": event_id, "account_id": account, "event_name": name, "occurred_at": moment}


def built(world: Any, *months: str) -> list[tuple[Any, ...]]:
    steps.build_engagement_daily(world.source, months)
    columns = ("account_id", "event_name", "day", "month", "events")
    return [tuple(row[column] for column in columns) for row in world.read("engagement_daily", *months)]


def test_events_are_counted_by_account_name_and_utc_day(world: Any) -> None:
    # 00:30 in Tokyo is the day before in UTC, and here the month before
    in_tokyo = event("2025-01-31T15:30", "session") | {
        "occurred_at": datetime(2025, 2, 1, 0, 30, tzinfo=timezone(timedelta(hours=9)))
    }
    rows = [event("2025-01-31T23:59"), event("2025-01-31T00:00"), event("2025-01-30T12:00"), in_tokyo]
    world.put_events("engagement_events", [*rows, event("2025-01-31T09:00", "cancel_intent", "b")])
    month = date(2025, 1, 1)
    assert built(world, JANUARY) == [
        ("a", "login", date(2025, 1, 30), month, 1),
        ("a", "login", date(2025, 1, 31), month, 2),
        ("a", "session", date(2025, 1, 31), month, 1),
        ("b", "cancel_intent", date(2025, 1, 31), month, 1),
    ]


def test_an_id_counts_once_and_events_without_one_as_often_as_they_come(world: Any) -> None:
    twice = [event("2025-01-05T12:00", event_id="x"), event("2025-01-04T12:00", event_id="x")]
    bare = [event("2025-01-06T12:00"), event("2025-01-06T12:00")]
    world.put_events("engagement_events", twice + bare)
    assert [row[2:] for row in built(world, JANUARY)] == [
        (date(2025, 1, 4), date(2025, 1, 1), 1),  # of two copies the earlier
        (date(2025, 1, 6), date(2025, 1, 1), 2),
    ]


def test_an_id_of_the_month_before_stays_there_in_any_order_of_months(world: Any) -> None:
    over_new_year = [event("2025-01-31T23:59", event_id="x"), event("2025-02-01T00:01", event_id="x")]
    world.put_events("engagement_events", [*over_new_year, event("2025-02-02T10:00", event_id="y")])
    assert [row[2] for row in built(world, FEBRUARY)] == [date(2025, 2, 2)]
    assert [row[2] for row in built(world, JANUARY)] == [date(2025, 1, 31)]
    assert built(world, JANUARY, FEBRUARY) == built(world, JANUARY) + built(world, FEBRUARY)


def test_what_is_not_delivered_or_was_never_loaded_is_empty(world: Any) -> None:
    assert built(world, JANUARY) == []
    world.put_events("engagement_events", [event("2025-01-05T12:00")])
    assert built(world, MARCH) == []

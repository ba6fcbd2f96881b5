"""What becomes of single events: each outcome with the fewest events that show it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from revenue_assets.errors import CloseError
from revenue_assets.lake import steps

MARCH = "2025-03"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def event(event_id: str, at: str = "2025-03-05T10:00:00", units: str = "1", **more: Any) -> dict[str, Any]:
    row = {"event_id": event_id, "account_id": "a", "event_name": "calls", "occurred_at": utc(at), "units": units}
    return row | more


@pytest.fixture
def march(world: Any) -> Any:
    """Account `a` with one subscription since January, by calendar month, whose plan prices the meter `calls`."""
    world.contract([{"subscription_id": "s", "account_id": "a", "started_at": utc("2025-01-01"), "anchor_day": 1}])
    world.put("accounts", [{"account_id": "a"}, {"account_id": "b"}])
    world.source.until = utc("2025-04-10")
    return world


def rejection(event_id: str, code: str = "customer_not_found", at: str = "2025-03-05T10:00:00") -> dict[str, Any]:
    row = {"event_id": event_id, "error_code": code, "rejected_at": utc(at)}
    return row | {"occurred_at": utc("2025-03-05T10:00:00")}


def close(world: Any, usage: list[dict[str, Any]], reported: list[dict[str, Any]] | None, month: str = MARCH) -> None:
    world.put_events("usage_events", usage, [month])
    if reported is not None:
        world.put_events("reported_events", reported, [month])
    world.run([month])


def outcomes(world: Any) -> list[tuple[Any, ...]]:
    rows = world.read("event_findings", MARCH)
    return [(row["event_id"], row["code"], row["outcome"], row["units"]) for row in rows]


def quantities(world: Any) -> list[Decimal]:
    (row,) = world.read("period_usage", MARCH)
    return [row[column] for column in row if column.startswith("units_")]


def test_matched_events_leave_no_finding(march: Any) -> None:
    close(march, [event("1"), event("2", units="2.5")], [event("1"), event("2", units="2.5")])
    assert outcomes(march) == []
    assert quantities(march) == [Decimal("3.5")] * 7


def test_an_event_that_was_never_reported_is_unreported(march: Any) -> None:
    close(march, [event("1"), event("2", units="4")], [event("1")])
    assert outcomes(march) == [("2", "U1", "unreported", Decimal(4))]
    assert quantities(march) == [5, 5, 1, 1, 1, 1, 1]


def test_an_event_that_the_meter_refused_is_rejected(march: Any) -> None:
    march.put_events("rejected_meter_events", [rejection("2"), rejection("unknown")])
    close(march, [event("1"), event("2", units="4"), event("3", units="0.5")], [event("1")])
    assert outcomes(march) == [("2", "U3", "rejected", Decimal(4)), ("3", "U1", "unreported", Decimal("0.5"))]
    assert [row["error_code"] for row in march.read("event_findings", MARCH)] == ["customer_not_found", None]
    assert quantities(march) == [Decimal("5.5"), Decimal("1.5"), 1, 1, 1, 1, 1]
    assert [(row["code"], row["events"], row["units"]) for row in march.read("period_findings", MARCH)] == [
        ("U1", 1, Decimal("0.5")),
        ("U3", 1, Decimal(4)),
    ]


@pytest.mark.parametrize("accepted", [event("1"), event("new")])
def test_a_rejection_with_an_accepted_twin_is_no_loss(march: Any, accepted: dict[str, Any]) -> None:
    march.put_events("rejected_meter_events", [rejection("1")])
    close(march, [event("1")], [accepted])
    assert outcomes(march) == []
    assert quantities(march) == [1] * 7


@pytest.mark.parametrize("code", ["duplicate_meter_event", "value_already_exist", "duplicate"])
def test_what_is_rejected_as_a_duplicate_had_arrived(march: Any, code: str) -> None:
    march.put_events("rejected_meter_events", [rejection("2", code)])
    close(march, [event("1"), event("2", units="4"), event("3")], [event("1")])
    assert outcomes(march) == [("2", None, "delivered", Decimal(0)), ("3", "U1", "unreported", Decimal(1))]
    assert quantities(march) == [6, 6, 5, 5, 5, 5, 5]
    (row,) = march.read("period_usage", MARCH)
    assert (row["events_actual"], row["events_reported"]) == (3, 2)
    assert [row["code"] for row in march.read("period_findings", MARCH)] == ["U1"]


@pytest.mark.parametrize("code", ["Duplicate", "DuplicateRecord"])
def test_duplicates_of_another_event_of_the_hour_are_a_loss(march: Any, code: str) -> None:
    """Azure and AWS take one record per customer, dimension and hour, and refuse the next one by these names."""
    march.put_events("rejected_meter_events", [rejection("1", code)])
    close(march, [event("1")], [])
    assert outcomes(march) == [("1", "U3", "rejected", Decimal(1))]


def test_of_several_rejections_the_last_one_tells(march: Any) -> None:
    first, second = "2025-03-05T10:00:01", "2025-03-05T10:00:02"
    march.put_events("rejected_meter_events", [
        rejection("arrived later", "rate_limited", first), rejection("arrived later", "duplicate", second),
        rejection("refused later", "duplicate", first), rejection("refused later", "customer_not_found", second),
        rejection("unclear", "duplicate", first), rejection("unclear", "rate_limited", first),
        rejection("undated", "duplicate", first), rejection("undated", "rate_limited") | {"rejected_at": None},
    ])  # fmt: skip
    close(march, [event(name) for name in ("arrived later", "refused later", "unclear", "undated")], [])
    assert [(row["event_id"], row["outcome"], row["error_code"]) for row in march.read("event_findings", MARCH)] == [
        ("arrived later", "delivered", "duplicate"),
        ("refused later", "rejected", "customer_not_found"),
        ("unclear", "rejected", "rate_limited"),
        ("undated", "delivered", "duplicate"),
    ]


def test_a_duplicate_of_what_arrived_under_another_account_is_missing_here(world: Any) -> None:
    world.contract([
        {"subscription_id": f"s-{account}", "account_id": account, "started_at": utc("2025-01-01")} for account in "ab"
    ])  # fmt: skip
    world.put_events("rejected_meter_events", [rejection("1", "duplicate")])
    close(world, [event("1")], [event("1", account_id="b")])
    assert outcomes(world) == [("1", "U1", "unreported", Decimal(1)), ("1", "U9", "reported_without_usage", -1)]


def test_rejections_count_for_every_aggregation(world: Any) -> None:
    meters = {"peak": "max", "disk": "last", "users": "unique_count", "jobs": "count"}
    world.contract(
        [{"subscription_id": "s", "account_id": "a", "started_at": utc("2025-01-01"), "anchor_day": 1}],
        [{"meter_id": meter, "aggregation": how, "unique_property": "user"} for meter, how in meters.items()],
    )
    days = {"kept": 5, "refused": 6, "lost": 7, "arrived": 8}
    units = {"kept": "1", "refused": "9", "lost": "5", "arrived": "2"}
    usage = [
        event(f"{meter} {name}", f"2025-03-0{day}T10:00:00", units[name], event_name=meter)
        | {"properties": f'{{"user": "{name}"}}'}
        for meter in meters
        for name, day in days.items()
    ]
    world.put_events("rejected_meter_events", [
        *(rejection(f"{meter} refused") for meter in meters),
        *(rejection(f"{meter} arrived", "duplicate") for meter in meters),
    ])  # fmt: skip
    close(world, usage, [row for row in usage if row["event_id"].endswith("kept")])
    rows = world.read("period_usage", MARCH)
    assert {row["meter_id"]: [row[name] for name in row if name.startswith("units_")] for row in rows} == {
        "disk": [2, 2, 2, 2, 2, 2, 2],
        "jobs": [4, 3, 2, 2, 2, 2, 2],
        "peak": [9, 5, 2, 2, 2, 2, 2],
        "users": [4, 3, 2, 2, 2, 2, 2],
    }
    assert {row["events_reported"] for row in rows} == {2}


def test_other_units_under_the_same_id_are_a_quantity_that_differs(march: Any) -> None:
    close(march, [event("1", units="4"), event("2", units="1")], [event("1", units="3"), event("2", units="9")])
    assert outcomes(march) == [
        ("1", "U2", "quantity_differs", Decimal(1)),
        ("2", "U2", "quantity_differs", Decimal(-8)),
    ]
    assert quantities(march) == [5, 5, 5, 12, 12, 12, 12]
    (finding,) = march.read("period_findings", MARCH)
    assert (finding["code"], finding["events"], finding["units"]) == ("U2", 2, Decimal(-7))


def test_a_retry_under_a_new_id_is_reported_twice(march: Any) -> None:
    close(march, [event("1", units="4")], [event("1", units="4"), event("new", units="4")])
    assert outcomes(march) == [("new", "U8", "reported_twice", Decimal(-4))]
    assert quantities(march) == [4, 4, 4, 4, 4, 8, 8]


def test_a_retry_repeats_what_was_reported_even_if_that_was_wrong(march: Any) -> None:
    close(march, [event("1", units="4")], [event("1", units="3"), event("new", units="3")])
    assert outcomes(march) == [
        ("1", "U2", "quantity_differs", Decimal(1)),
        ("new", "U8", "reported_twice", Decimal(-3)),
    ]
    assert quantities(march) == [4, 4, 4, 3, 3, 6, 6]


def test_a_report_under_a_new_id_of_an_unreported_event_is_its_report(march: Any) -> None:
    close(march, [event("1")], [event("new")])
    assert outcomes(march) == []
    assert quantities(march) == [1] * 7


def test_reports_under_new_ids_are_paired_one_by_one(march: Any) -> None:
    usage = [event("1"), event("2"), event("3")]
    close(march, usage, [event("1"), event("new 1"), event("new 2"), event("new 3")])
    assert outcomes(march) == [("new 3", "U8", "reported_twice", Decimal(-1))]
    close(march, usage, [event("1"), event("new 1")])
    assert outcomes(march) == [("3", "U1", "unreported", Decimal(1))]


def test_a_report_without_any_usage(march: Any) -> None:
    close(march, [event("1")], [event("1"), event("new", "2025-03-05T10:00:01")])
    assert outcomes(march) == [("new", "U9", "reported_without_usage", Decimal(-1))]
    assert quantities(march) == [1, 1, 1, 1, 1, 1, 2]


def test_a_report_after_as_of_waits_for_its_usage(march: Any) -> None:
    march.source.until = utc("2025-03-05T10:00:00")
    close(march, [event("1", "2025-03-05T09:00:00")], [event("1", "2025-03-05T09:00:00"), event("new")])
    assert outcomes(march) == [("new", None, "pending", Decimal(-1))]
    assert quantities(march) == [1] * 7
    assert march.read("period_usage", MARCH)[0]["events_reported"] == 1
    assert march.read("period_findings", MARCH) == []


@pytest.mark.parametrize("cut", ["2025-03-05T10:00:00", "2025-03-05T10:00:00.123"])
def test_times_that_billing_cut_are_the_same_time(march: Any, cut: str) -> None:
    usage = [event("1", "2025-03-05T10:00:00.123456"), event("2", "2025-03-05T10:00:00.123457")]
    close(march, usage, [event("1", cut), event("new 2", cut), event("new 1", cut)])
    assert outcomes(march) == [("new 2", "U8", "reported_twice", Decimal(-1))]


def test_another_time_in_the_same_period_is_the_same_event(march: Any) -> None:
    close(march, [event("1")], [event("1", "2025-03-29T10:00:00")])
    assert outcomes(march) == []
    assert quantities(march) == [1] * 7


def test_another_period_is_not(march: Any) -> None:
    march.put_events("usage_events", [event("1", "2025-03-31T23:59:59")], [MARCH, "2025-04"])
    march.put_events("reported_events", [event("1", "2025-04-01T00:00:00")], [MARCH, "2025-04"])
    march.run([MARCH, "2025-04"])
    assert outcomes(march) == [("1", "U1", "unreported", Decimal(1))]
    (april,) = march.read("event_findings", "2025-04")
    assert (april["event_id"], april["code"], april["units"]) == ("1", "U9", Decimal(-1))


def test_another_account_or_meter_under_the_same_id_is_a_loss_and_a_surplus(world: Any) -> None:
    subscriptions = [
        {"subscription_id": f"s-{account}", "account_id": account, "started_at": utc("2025-01-01")} for account in "ab"
    ]
    world.contract(subscriptions, [{"meter_id": "calls"}, {"meter_id": "jobs"}])
    close(world, [event("1"), event("2")], [event("1", account_id="b"), event("2", event_name="jobs")])
    findings = world.read("event_findings", MARCH)
    assert sorted((row["event_id"], row["code"], row["account_id"], row["meter_id"]) for row in findings) == [
        ("1", "U1", "a", "calls"),
        ("1", "U9", "b", "calls"),
        ("2", "U1", "a", "calls"),
        ("2", "U9", "a", "jobs"),
    ]
    rows = world.read("period_usage", MARCH)
    assert [(row["account_id"], row["meter_id"], row["events_actual"], row["events_reported"]) for row in rows] == [
        ("a", "calls", 2, 0),
        ("a", "jobs", 0, 1),
        ("b", "calls", 0, 1),
    ]


def test_the_second_in_which_a_period_begins_is_compared_exactly(world: Any) -> None:
    """Usage half a second before the start is outside; its report half a second later has no usage."""
    world.contract([{"subscription_id": "s", "account_id": "a", "started_at": utc("2025-03-05T10:00:00.500000")}])
    close(world, [event("1", "2025-03-05T10:00:00.400000")], [event("1", "2025-03-05T10:00:00.600000")], "2025-04")
    (finding,) = world.read("event_findings", "2025-04")
    assert (finding["event_id"], finding["code"]) == ("1", "U9")


def test_copies_count_once_and_the_first_received_wins(march: Any) -> None:
    first = event("1", units="2", received_at=utc("2025-03-05T10:00:01"))
    later = event("1", units="7", received_at=utc("2025-03-05T10:00:02"), at="2025-03-04T10:00:00")
    unknown = event("1", units="9", received_at=None)
    close(march, [unknown, later, first, event("2")], [event("1", units="2"), event("2")])
    assert outcomes(march) == []
    assert quantities(march) == [3] * 7
    copies = march.read("usage_events", MARCH, zone="staged")
    assert [(row["event_id"], row["copy"], row["copies"], row["row_number"]) for row in copies] == [
        ("1", 1, 3, 2),
        ("1", 2, 3, 1),
        ("1", 3, 3, 0),
    ]
    (counts,) = march.read("usage_events_counts", MARCH)
    assert (counts["dataset"], counts["events"], counts["duplicates"]) == ("usage_events", 2, 2)
    assert march.read("period_usage", MARCH)[0]["first_event_at"] == utc("2025-03-05T10:00:00")


def test_a_copy_in_the_next_month_is_extra_there(march: Any) -> None:
    usage = [event("1", "2025-03-31T23:00:00"), event("1", "2025-04-01T01:00:00"), event("2", "2025-04-02T00:00:00")]
    march.put_events("usage_events", usage)
    march.put_events("reported_events", [], [MARCH, "2025-04"])
    march.run(["2025-04", MARCH])
    assert [row["units_actual"] for row in march.read("period_usage")] == [1, 1]


def test_a_natural_key_tells_equal_events_apart_by_number(march: Any) -> None:
    march.source.matching = "natural_key"
    close(march, [event("nk:x:1"), event("nk:x:2"), event("nk:y:1", units="2")], [event("nk:x:1")])
    assert outcomes(march) == [
        ("nk:x:2", "U1", "unreported", Decimal(1)),
        ("nk:y:1", "U1", "unreported", Decimal(2)),
    ]
    assert march.read("usage_events", MARCH, zone="staged") == []


def test_usage_that_nobody_claims(march: Any) -> None:
    march.put("event_mappings", [
        {"event_name": name, "meter_id": name, "valid_from": utc("2000-01-01")} for name in ("calls", "free")
    ])  # fmt: skip
    march.contract(
        [
            {"subscription_id": "s", "account_id": "a", "started_at": utc("2025-03-02"), "ended_at": utc("2025-03-20")},
            {"subscription_id": "t", "account_id": "b", "started_at": utc("2025-05-01")},
        ]
    )
    usage = [
        event("early", "2025-03-01T00:00:00"),
        event("first", "2025-03-02T00:00:00"),
        event("late", "2025-03-20T00:00:00"),
        event("free", event_name="free"),
        event("nameless", event_name="typo", units="5"),
        event("stranger", account_id="x"),
        event("not yet", account_id="b"),
    ]
    close(march, usage, [event("first", "2025-03-02T00:00:00")], MARCH)
    columns = ("account_id", "event_name", "meter_id", "outcome", "events", "units")
    assert [tuple(row[column] for column in columns) for row in march.read("unclaimed_usage", MARCH)] == [
        ("a", "calls", "calls", "outside_subscription", 2, 2),
        ("a", "free", "free", "unpriced", 1, 1),
        ("a", "typo", None, "unmapped", 1, 5),
        ("b", "calls", "calls", "outside_subscription", 1, 1),
        ("x", "calls", "calls", "unmapped", 1, 1),
    ]


def unclaimed(world: Any, *months: str) -> list[tuple[Any, ...]]:
    columns = ("account_id", "event_name", "outcome", "events")
    return [tuple(row[column] for column in columns) for row in world.read("unclaimed_usage", *months)]


def test_usage_of_a_trial_is_neither_owed_nor_outside_of_the_subscription(march: Any) -> None:
    march.put("event_mappings", [
        {"event_name": name, "meter_id": name, "valid_from": utc("2000-01-01")} for name in ("calls", "free")
    ])  # fmt: skip
    start, trial_end = utc("2025-03-05"), utc("2025-03-15")
    march.contract([
        {"subscription_id": "s", "account_id": "a", "started_at": start, "trial_end": trial_end, "anchor_day": 1},
        {"subscription_id": "t", "account_id": "b", "started_at": start, "trial_end": utc("2025-04-05")},
        {"subscription_id": "u", "account_id": "c", "started_at": start, "trial_end": trial_end,
         "ended_at": utc("2025-03-10")},
    ])  # fmt: skip
    usage = [
        event("before", "2025-03-04T23:59:59"),
        event("first", "2025-03-05T00:00:00"),
        event("unpriced", "2025-03-06T00:00:00", event_name="free"),
        event("nameless", "2025-03-06T00:00:00", event_name="typo"),
        event("last", "2025-03-14T23:59:59"),
        event("served", "2025-03-15T00:00:00"),
        event("whole month", "2025-03-31T00:00:00", account_id="b"),
        event("short trial", "2025-03-09T00:00:00", account_id="c"),
        event("after its end", "2025-03-10T00:00:00", account_id="c"),
    ]
    close(march, usage, [event("first", "2025-03-05T00:00:00"), event("served", "2025-03-15T00:00:00")], MARCH)
    assert unclaimed(march, MARCH) == [
        ("a", "calls", "outside_subscription", 1),
        ("a", "calls", "trial", 2),
        ("a", "free", "trial", 1),
        ("a", "typo", "unmapped", 1),
        ("b", "calls", "trial", 1),
        ("c", "calls", "outside_subscription", 1),
        ("c", "calls", "trial", 1),
    ]
    assert [(row["units_actual"], row["units_reported"]) for row in march.read("period_usage", MARCH)] == [(1, 1)]
    assert outcomes(march) == []


def test_a_trial_beside_a_plan_in_service_takes_the_meters_of_its_own_plan_only(world: Any) -> None:
    names = ("calls", "jobs", "free")
    world.put("event_mappings", [
        {"event_name": name, "meter_id": name, "valid_from": utc("2000-01-01")} for name in names
    ])  # fmt: skip
    trial_end = utc("2025-04-05")
    world.contract([
        {"subscription_id": "s", "account_id": "a", "started_at": utc("2025-01-01")},
        {"subscription_id": "t", "account_id": "a", "started_at": utc("2025-03-05"), "trial_end": trial_end},
    ], [{"meter_id": "calls"}, {"meter_id": "jobs"}])  # fmt: skip
    prices = [("s", "calls"), ("t", "jobs")]
    world.put("contract_prices", [
        {"price_id": sub, "subscription_id": sub, "meter_id": meter, "valid_from": utc("2000-01-01")}
        for sub, meter in prices
    ])  # fmt: skip
    usage = [event(name, event_name=name) for name in names]
    close(world, usage, [], MARCH)
    assert unclaimed(world, MARCH) == [("a", "free", "unpriced", 1), ("a", "jobs", "trial", 1)]
    assert [row["meter_id"] for row in world.read("period_usage", MARCH)] == ["calls"]


def test_usage_inside_a_pause_is_outside_of_the_subscription(march: Any) -> None:
    pause = {"pause_start": utc("2025-03-10"), "pause_end": utc("2025-03-20")}
    march.contract([{"subscription_id": "s", "account_id": "a", "started_at": utc("2025-01-01"), **pause}])
    times = ["2025-03-09T23:59:59", "2025-03-10T00:00:00", "2025-03-19T23:59:59", "2025-03-20T00:00:00"]
    usage = [event(time, time) for time in times]
    close(march, usage, usage, MARCH)
    assert unclaimed(march, MARCH) == [("a", "calls", "outside_subscription", 2)]
    rows = march.read("period_usage", MARCH)
    assert [(f"{row['period_start']:%m-%d}", row["units_actual"]) for row in rows] == [("03-01", 1), ("03-20", 1)]


def test_usage_after_an_end_is_counted_whatever_prices_changed_in_the_month_before(world: Any) -> None:
    """The price change cuts the ended account's time, and no event may fall between the cuts."""
    world.contract([
        {"subscription_id": "s", "account_id": "a", "started_at": utc("2024-01-15"), "ended_at": utc("2025-01-20")},
        {"subscription_id": "t", "account_id": "b", "started_at": utc("2025-01-15")},  # its periods need two months
    ])  # fmt: skip
    world.put("contract_prices", [
        {"price_id": start, "plan_id": "plan", "meter_id": "calls", "valid_from": utc(start), "valid_to": end}
        for start, end in (("2000-01-01", utc("2025-02-10")), ("2025-02-10", None))
    ])  # fmt: skip
    world.put_events("usage_events", [event("late", "2025-03-20T00:00:00")], ["2025-01", "2025-02"])
    world.put_events("reported_events", [], ["2025-01", "2025-02", MARCH])
    world.run(["2025-01", "2025-02", MARCH])
    assert unclaimed(world, MARCH) == [("a", "calls", "outside_subscription", 1)]


def test_of_two_subscriptions_the_one_that_prices_the_meter_claims_then_the_first(world: Any) -> None:
    starts = {"s3": "2025-01-01", "s2": "2025-01-02", "s1": "2025-01-02"}
    world.contract(
        [{"subscription_id": name, "account_id": "a", "started_at": utc(start)} for name, start in starts.items()],
        [{"meter_id": "calls"}, {"meter_id": "jobs"}],
    )
    prices = [("s1", "calls"), ("s2", "calls"), ("s3", "jobs")]
    world.put("contract_prices", [
        {"price_id": f"{sub}", "subscription_id": sub, "meter_id": meter, "valid_from": utc("2000-01-01")}
        for sub, meter in prices
    ])  # fmt: skip
    close(world, [event("1"), event("2", event_name="jobs")], [], "2025-03")
    close(world, [event("1"), event("2", event_name="jobs")], [], "2025-04")
    rows = world.read("period_usage", "2025-03", "2025-04")
    assert sorted((row["subscription_id"], row["meter_id"]) for row in rows) == [("s1", "calls"), ("s3", "jobs")]


def test_periods_across_months_are_seen_whole(world: Any) -> None:
    world.contract([{"subscription_id": "s", "account_id": "a", "started_at": utc("2025-01-15")}], [
        {"meter_id": "calls"}, {"meter_id": "seats", "aggregation": "max"}
    ])  # fmt: skip
    usage = [
        event("1", "2025-02-14T23:59:59"),
        event("2", "2025-02-15T00:00:00", "10"),
        event("3", "2025-03-14T23:59:59", "100"),
        event("4", "2025-03-15T00:00:00", "1000"),
        event("5", "2025-02-16T00:00:00", "7", event_name="seats"),
        event("6", "2025-03-01T00:00:00", "5", event_name="seats"),
    ]
    world.put_events("usage_events", usage)
    world.put_events("reported_events", [row for row in usage if row["event_id"] not in "25"])
    world.run([MARCH])
    rows = {row["meter_id"]: row for row in world.read("period_usage", MARCH)}
    assert rows["calls"]["period_start"] == utc("2025-02-15")
    assert (rows["calls"]["units_actual"], rows["calls"]["units_reported"]) == (110, 100)
    assert (rows["seats"]["units_actual"], rows["seats"]["units_reported"]) == (7, 5)
    assert [row["event_id"] for row in world.read("event_findings", MARCH)] == ["2", "5"]


def test_a_source_without_reports_has_no_metering_rung(march: Any) -> None:
    close(march, [event("1"), event("2", units="4")], None)
    (row,) = march.read("period_usage", MARCH)
    assert (row["events_actual"], row["events_reported"]) == (2, None)
    assert quantities(march) == [5] * 7
    assert outcomes(march) == []


def test_an_empty_month_is_an_empty_file(march: Any) -> None:
    close(march, [], [])
    datasets = ("event_findings", "period_usage", "period_findings", "unclaimed_usage")
    for dataset in (*datasets, "usage_daily", "period_usage_daily"):
        assert march.read(dataset, MARCH) == []


def test_usage_without_contract_data_is_still_counted(world: Any) -> None:
    close(world, [event("1", units="3")], None)
    (row,) = world.read("unclaimed_usage", MARCH)
    assert (row["outcome"], row["meter_id"], row["units"]) == ("unmapped", "calls", 3)
    (day,) = world.read("usage_daily", MARCH)
    assert (str(day["usage_date"]), day["events"]) == ("2025-03-05", 1)
    (unclaimed,) = world.read("period_usage_daily", MARCH)
    assert (unclaimed["outcome"], unclaimed["subscription_id"], unclaimed["units"]) == ("unmapped", "", 3)


def test_findings_of_other_raw_data_are_refused(march: Any) -> None:
    close(march, [event("1"), event("2")], [event("1")])
    march.put_events("reported_events", [event("1"), event("2")])
    with pytest.raises(CloseError, match=r"do not explain 1 period\(s\), first 'calls' of subscription 's'"):
        steps.build_period_usage(march.source, [MARCH])
    steps.build_event_findings(march.source, [MARCH])
    steps.build_period_usage(march.source, [MARCH])
    assert quantities(march) == [2] * 7


def test_period_usage_needs_findings(march: Any) -> None:
    march.put_events("usage_events", [event("1")])
    with pytest.raises(CloseError, match="build event_findings for that month first"):
        steps.build_period_usage(march.source, [MARCH])

"""Reports that came after their invoice was finalized, on every aggregation, and the value that was received last."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from revenue_assets.lake.evidence import events_behind
from tests.unit.lake.conftest import World, utc

START, END = utc("2025-01-15"), utc("2025-02-15")
FINALIZED = utc("2025-02-15T01:00:00")
IN_TIME, LATE = FINALIZED, FINALIZED + timedelta(microseconds=1)  # at the very instant is in time
METERS = {"calls": "sum", "jobs": "count", "seats": "max", "disk": "last", "users": "unique_count"}


def event(event_id: str, name: str, day: int, units: str = "1", **other: Any) -> dict[str, Any]:
    at = datetime(2025, 2, day, 12, tzinfo=START.tzinfo)
    return {"event_id": event_id, "account_id": "a", "event_name": name, "occurred_at": at, "units": units} | other


def reported(row: dict[str, Any], at: datetime | None) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "properties"} | {"reported_at": at}


def invoice(invoice_id: str = "i", **other: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "invoice_id": invoice_id,
        "account_id": "a",
        "subscription_id": "s",
        "status": "paid",
        "currency": "USD",
    }
    row |= {"period_start": START, "period_end": END, "issued_at": END, "finalized_at": FINALIZED}
    return row | other


def line(invoice_id: str = "i", **other: Any) -> dict[str, Any]:
    row = {"invoice_line_id": f"{invoice_id}-l", "invoice_id": invoice_id, "kind": "recurring", "amount": "1"}
    return row | {"currency": "USD"} | other


def build(world: World, usage: list[dict[str, Any]], times: list[datetime | None], *documents: Any) -> None:
    subscription = {"subscription_id": "s", "account_id": "a", "started_at": START}
    meters = [{"meter_id": meter, "aggregation": how, "unique_property": "who"} for meter, how in METERS.items()]
    world.contract([subscription], meters)
    world.put_events("usage_events", usage, ["2025-01", "2025-02"])
    reports = [reported(row, at) for row, at in zip(usage, times, strict=True)]
    world.put_events("reported_events", reports, ["2025-01", "2025-02"])
    invoices, lines = documents or ([invoice()], [line()])
    world.put("invoices", invoices)
    world.put("invoice_lines", lines)
    world.run(["2025-02"])


def arrivals(world: World) -> dict[str, tuple[Any, ...]]:
    return {
        row["meter_id"]: (row["late_events"], row["units_in_time"], row["units_received_last"])
        for row in world.read("period_arrivals")
    }


def test_every_aggregation_without_what_was_late(world: World) -> None:
    usage = [
        event("1", "calls", 1, "5"), event("2", "calls", 2, "3"), event("3", "jobs", 1), event("4", "jobs", 2),
        event("5", "seats", 1, "7"), event("6", "seats", 2, "9"), event("7", "disk", 1, "4"),
        event("8", "disk", 2, "2"),
        event("9", "users", 1, properties='{"who": "x"}'), event("10", "users", 2, properties='{"who": "y"}'),
    ]  # fmt: skip
    build(world, usage, [IN_TIME, LATE] * 5)
    # the value of the disk that was received last, 2, is the one that happened last
    nothing = None
    assert arrivals(world) == {
        "calls": (1, Decimal(5), nothing),
        "jobs": (1, Decimal(1), nothing),
        "seats": (1, Decimal(7), nothing),
        "disk": (1, Decimal(4), Decimal(2)),
        "users": (1, Decimal(1), nothing),
    }
    finding = {"organization_id": "org", "account_id": "a", "subscription_id": "s", "item": "calls", "code": "U4"}
    (late,) = events_behind(world.source, finding | {"period_start": START, "period_end": END})
    assert (late.event_id, late.units, late.outcome) == ("2", Decimal(3), "late")


def test_the_value_received_last_is_told_where_it_is_another_one(world: World) -> None:
    usage = [event("1", "disk", 1, "4"), event("2", "disk", 2, "2")]
    build(world, usage, [END - timedelta(days=1), END - timedelta(days=2)])
    assert arrivals(world) == {"disk": (0, Decimal(2), Decimal(4))}


@pytest.mark.parametrize(
    ("documents", "is_late"),
    [
        (([invoice(finalized_at=None)], [line()]), True),  # then issued_at counts, which is the period's end
        (([invoice(status="draft")], [line()]), False),
        (([invoice(status="void")], [line()]), False),
        (([invoice()], [line(kind="tax")]), False),
        (([invoice(subscription_id=None)], [line()]), True),
        (([invoice(period_start=END)], [line()]), False),  # of the next period
        (([invoice(finalized_at=START)], [line()]), False),  # charged a part while the period ran
        (([invoice(), invoice("j", finalized_at=LATE)], [line(), line("j", meter_id="calls")]), False),
        (([invoice(), invoice("j", finalized_at=END)], [line(), line("j", meter_id="jobs")]), True),
        (([], []), False),
    ],
)
def test_the_first_standing_invoice_of_the_item_decides(world: World, documents: Any, is_late: bool) -> None:
    build(world, [event("1", "calls", 1)], [LATE], *documents)
    assert bool(world.read("period_arrivals")) is is_late


def test_a_report_without_a_time_is_not_late_and_copies_count_once(world: World) -> None:
    usage = [event("1", "calls", 1), event("2", "calls", 2, "3"), event("2", "calls", 2, "3")]
    build(world, usage, [None, LATE, LATE + timedelta(days=1)])
    assert arrivals(world) == {"calls": (1, Decimal(1), None)}

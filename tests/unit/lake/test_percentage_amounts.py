"""What the events of a period cost under a percentage, on every set of the metering rung."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

MARCH = "2025-03"
RUNGS = ("actual", "less_rejected", "less_unreported", "requantified", "with_reported_twice", "reported")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def payment(event_id: str, day: int, amount: str) -> dict[str, Any]:
    at = utc(f"2025-03-{day:02d}T10:00:00")
    return {"event_id": event_id, "account_id": "a", "event_name": "payments", "occurred_at": at, "units": amount}


def price(price_id: str, **terms: Any) -> dict[str, Any]:
    row = {"price_id": price_id, "plan_id": "plan", "meter_id": "payments", "charge_model": "percentage"}
    return row | {"currency": "USD", "valid_from": utc("2020-01-01"), "rate_percent": "1"} | terms


@pytest.fixture
def march(world: Any) -> Any:
    start = utc("2025-01-01")
    world.contract([{"subscription_id": "s", "account_id": "a", "started_at": start}], [{"meter_id": "payments"}])
    world.source.until = utc("2025-04-10")
    return world


def amounts(world: Any) -> dict[tuple[str, str], list[Decimal]]:
    rows = world.read("period_amounts", MARCH)
    return {(row["side"], row["price_id"]): [row[f"{rung}_amount"] for rung in RUNGS] for row in rows}


def test_every_set_is_rated_event_by_event(march: Any) -> None:
    """1 % and 2.00 each, the first free: a loss moves the free event on, so no difference of units would do."""
    march.put("contract_prices", [price("c", fixed_amount="2", free_events=1)])
    usage = [payment(name, day, f"{day}00") for day, name in enumerate(("refused", "lost", "other", "same"), start=1)]
    march.put_events("usage_events", usage, [MARCH])
    march.put_events("rejected_meter_events", [usage[0] | {"error_code": "customer_not_found"}])
    reports = [usage[2] | {"units": "500"}, usage[3], usage[3] | {"event_id": "again"}, payment("none", 30, "1000")]
    march.put_events("reported_events", reports)
    march.run([MARCH])
    # 100 200 300 400: 4+5+6; 200 300 400: 5+6; 300 400: 6; 500 400: 6; 500 400 400: 6+6; and 1000: 6+6+12
    assert amounts(march) == {("contract", "c"): [15, 11, 6, 6, 12, 24]}


def test_what_a_duplicate_proves_to_have_arrived_is_on_every_step(march: Any) -> None:
    march.put("contract_prices", [price("c", transaction_minimum="3", transaction_maximum="5")])
    usage = [payment("1", 1, "400"), payment("2", 2, "100"), payment("3", 3, "900")]
    march.put_events("usage_events", usage, [MARCH])
    march.put_events("rejected_meter_events", [usage[2] | {"error_code": "duplicate"}])
    march.put_events("reported_events", usage[:2])
    march.run([MARCH])
    assert amounts(march) == {("contract", "c"): [4 + 3 + 5] * 6}


def test_all_percentages_that_may_be_in_force_are_rated_for_both_prices(march: Any) -> None:
    march.put("contract_prices", [
        price("old", valid_to=utc("2025-03-01")),
        price("plan's", rate_percent="2.9"),
        price("own", rate_percent="3", plan_id=None, subscription_id="s"),
        price("of another", plan_id=None, subscription_id="t"),
        price("per unit", charge_model="per_unit", unit_amount="7"),
        price("of another meter", meter_id="calls"),
    ])  # fmt: skip
    march.put("billing_prices", [price("plan's", rate_percent="2.5")])
    usage = [payment("1", 1, "0.10"), payment("2", 2, "12.34")]
    march.put_events("usage_events", usage, [MARCH])
    march.put_events("reported_events", usage)
    march.run([MARCH])
    assert amounts(march) == {
        ("contract", "plan's"): [Decimal("0.36076")] * 6,
        ("contract", "own"): [Decimal("0.3732")] * 6,
        ("billing", "plan's"): [Decimal("0.311")] * 6,
    }


def test_a_source_without_reports_has_one_amount(march: Any) -> None:
    march.put("contract_prices", [price("c")])
    march.put_events("usage_events", [payment("1", 1, "50")], [MARCH])
    march.run([MARCH])
    assert amounts(march) == {("contract", "c"): [Decimal("0.5")] * 6}


def test_without_a_percentage_there_are_no_amounts(march: Any) -> None:
    march.put_events("usage_events", [payment("1", 1, "50")], [MARCH])
    march.put_events("reported_events", [], [MARCH])
    march.run([MARCH])
    assert amounts(march) == {}

"""The events behind findings."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from revenue_assets.lake.evidence import events_behind

JANUARY, FEBRUARY, MARCH = (datetime(2025, month, 15, tzinfo=UTC) for month in (1, 2, 3))


def event(event_id: str, day: int, name: str = "calls", units: str = "1", account: str = "a") -> dict[str, Any]:
    at = datetime(2025, 2, day, 12, tzinfo=UTC)
    return {"event_id": event_id, "account_id": account, "event_name": name, "occurred_at": at, "units": units}


def finding(code: str, **other: Any) -> dict[str, Any]:
    keys = {"organization_id": "org", "account_id": "a", "subscription_id": "s", "item": "calls", "code": code}
    return keys | {"period_start": JANUARY, "period_end": FEBRUARY} | other


@pytest.fixture
def closed(world: Any) -> Any:
    """Periods from the 15th; event 2 is lost, 1 came twice, 3 is reported with other units, 4 is of the next period."""
    world.contract(
        [
            {"subscription_id": "s", "account_id": "a", "started_at": JANUARY},
            {"subscription_id": "later", "account_id": "a", "started_at": JANUARY.replace(day=16), "anchor_day": 15},
        ],
        [{"meter_id": "calls"}, {"meter_id": "jobs"}],
    )
    usage = [event("2", 9, units="5"), event("1", 3), event("1", 3), event("3", 4), event("4", 20)]
    usage += [event("5", 3, "jobs"), event("6", 3, account="b")]
    world.put_events("usage_events", usage, ["2025-01", "2025-02"])
    world.put_events("reported_events", [event("1", 3), event("3", 4, units="3"), event("4", 20)])
    world.run(["2025-02"])
    return world


def test_the_events_of_a_code(closed: Any) -> None:
    (lost,) = events_behind(closed.source, finding("U1"))
    assert (lost.event_id, lost.event_name, lost.units, lost.outcome) == ("2", "calls", Decimal(5), "unreported")
    assert lost.occurred_at == datetime(2025, 2, 9, 12, tzinfo=UTC)
    (differing,) = events_behind(closed.source, finding("U2"))
    assert (differing.event_id, differing.units) == ("3", Decimal(-2))
    assert events_behind(closed.source, finding("U9")) == []


@pytest.mark.parametrize("code", ["B1", "B10", "R1", "unposted"])
def test_the_usage_of_a_meter_and_period(closed: Any, code: str) -> None:
    events = events_behind(closed.source, finding(code))
    assert [(row.event_id, row.units, row.outcome) for row in events] == [
        ("1", Decimal(1), "used"),
        ("3", Decimal(1), "used"),
        ("2", Decimal(5), "used"),
    ]
    assert [row.event_id for row in events_behind(closed.source, finding(code), limit=1)] == ["1"]
    assert [row.event_id for row in events_behind(closed.source, finding(code, item="jobs"))] == ["5"]


def test_the_usage_that_no_item_claims(world: Any) -> None:
    """Account a is served until the 10th, and has no price for jobs; nobody knows account x."""
    ended = {"started_at": JANUARY, "anchor_day": 15, "ended_at": datetime(2025, 2, 10, tzinfo=UTC)}
    world.contract([{"subscription_id": "s", "account_id": "a", **ended}])
    world.put("accounts", [{"account_id": "a", "name": "A"}])
    mapped = {"valid_from": JANUARY.replace(year=2020)}
    names = [{"event_name": name, "meter_id": name} | mapped for name in ("calls", "jobs")]
    world.put("event_mappings", names)
    usage = [event("1", 3), event("2", 9), event("3", 20), event("4", 21), event("5", 3, "jobs")]
    usage += [event("6", 20, "jobs"), event("7", 5, account="x"), event("8", 5, "nonsense", account="x")]
    world.put_events("usage_events", usage, ["2025-01", "2025-02"])
    world.run(["2025-02"])
    month = {"period_start": datetime(2025, 2, 1, tzinfo=UTC), "period_end": datetime(2025, 3, 1, tzinfo=UTC)}

    def behind(code: str, **other: str) -> list[tuple[str, str]]:
        return [(row.event_id, row.outcome) for row in events_behind(world.source, finding(code, **month, **other))]

    assert behind("U7") == [("3", "outside_subscription"), ("4", "outside_subscription")]
    assert behind("U6", item="jobs") == [("5", "unpriced")]
    assert behind("U5", account_id="x", subscription_id="") == [("7", "unmapped")]
    unclaimed = world.read("unclaimed_usage")
    counted = {(row["account_id"], row["meter_id"], row["outcome"]): row["events"] for row in unclaimed}
    assert counted["a", "calls", "outside_subscription"] == 2
    assert counted["a", "jobs", "unpriced"] == 1
    assert counted["x", "calls", "unmapped"] == 1


def test_what_is_not_about_events_has_none(closed: Any) -> None:
    assert events_behind(closed.source, finding("B1", item="recurring")) == []
    assert events_behind(closed.source, finding("B1", subscription_id="later")) == []
    assert events_behind(closed.source, finding("U1", period_start=FEBRUARY, period_end=MARCH)) == []

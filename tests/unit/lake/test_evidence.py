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


def test_what_is_not_about_events_has_none(closed: Any) -> None:
    assert events_behind(closed.source, finding("B1", item="recurring")) == []
    assert events_behind(closed.source, finding("B1", subscription_id="later")) == []
    assert events_behind(closed.source, finding("U1", period_start=FEBRUARY, period_end=MARCH)) == []

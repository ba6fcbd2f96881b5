"""The calendar against plain Python (`simulation/periods.py`) on random subscriptions, row by row.

Dates are drawn near each other and on boundaries, so that pauses within a day, over a boundary and over the end, trials
longer than the subscription, and dates at the same instant all happen.
"""

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from revenue_assets.lake import steps
from revenue_assets.months import month_range
from revenue_assets.settings import get_settings
from revenue_assets.simulation.periods import Terms, billing_periods

Row = dict[str, Any]
SUBSCRIPTIONS = 4000
AS_OF = datetime(2025, 7, 1, tzinfo=UTC)
MONTHS = month_range("2023-01", "2026-07")  # every month in which a period that began before as_of can end
ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland"]


def draw_subscription(number: int, chance: random.Random) -> Row:
    zone = ZoneInfo(chance.choice(ZONES))
    started_at = moment(datetime(2023, 1, 1, tzinfo=UTC), 800, zone, chance)
    trial_end = moment(started_at, chance.choice([1, 40, 400]), zone, chance) if chance.random() < 0.4 else None
    pause_start = moment(started_at, chance.choice([10, 60, 500]), zone, chance) if chance.random() < 0.6 else None
    near = chance.choice([date for date in (started_at, trial_end, pause_start) if date])
    ended_at = moment(near, chance.choice([1, 30, 700]), zone, chance) if chance.random() < 0.5 else None
    pause_end = (
        moment(pause_start or near, chance.choice([0.2, 20, 90]), zone, chance) if chance.random() < 0.8 else None
    )
    if pause_start and pause_end and pause_end < pause_start:
        pause_end = pause_start
    return {
        "subscription_id": f"sub_{number:04d}",
        "account_id": f"acct_{number % 900}",
        "plan_id": chance.choice(["month", "month", "year"]),
        "status": "active",
        "started_at": started_at,
        "ended_at": max(ended_at, started_at) if ended_at else None,
        "trial_end": trial_end,
        "pause_start": pause_start,
        "pause_end": pause_end,
        "anchor_day": chance.choice([None, 1, 29, 30, 31, chance.randint(1, 31), (trial_end or started_at).day]),
        "time_zone": zone.key,
    }


def moment(after: datetime, days: float, zone: ZoneInfo, chance: random.Random) -> datetime:
    """An instant within so many days; often local midnight, sometimes the first instant itself."""
    if chance.random() < 0.05:
        return after
    local = (after + timedelta(microseconds=chance.randrange(int(days * 86_400_000_000)))).astimezone(zone)
    if chance.random() < 0.5:
        local = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return local.astimezone(UTC)


@pytest.fixture(scope="module")
def subscriptions() -> list[Row]:
    chance = random.Random(20250311)
    return [draw_subscription(number, chance) for number in range(SUBSCRIPTIONS)]


@pytest.fixture(scope="module")
def found(subscriptions: list[Row], tmp_path_factory: pytest.TempPathFactory, make_world: Any) -> dict[str, list[Row]]:
    """The rows of the lake by subscription, all months."""
    world = make_world(tmp_path_factory.mktemp("home"))
    world.source.until = AS_OF
    world.put("plans", [{"plan_id": every, "billing_interval": every} for every in ("month", "year")])
    world.put("subscriptions", subscriptions)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LAKE_URL", str(world.lake.root))
        get_settings.cache_clear()
        steps.build_billing_periods(world.source, MONTHS)
    get_settings.cache_clear()
    rows = defaultdict(list)
    for month in MONTHS:
        for row in world.read("billing_periods", month):
            assert f"{row['billing_month']:%Y-%m}" == month
            rows[row["subscription_id"]].append(row)
    return rows


def test_every_period_is_the_one_that_plain_python_gives(subscriptions: list[Row], found: dict[str, list[Row]]) -> None:
    seen: Counter[str] = Counter()
    for row in subscriptions:
        names = ("started_at", "ended_at", "anchor_day", "time_zone", "trial_end", "pause_start", "pause_end")
        expected = billing_periods(Terms(**{name: row[name] for name in names}, interval=row["plan_id"]), AS_OF)
        actual = sorted(found[row["subscription_id"]], key=lambda one: one["period_start"])
        assert [
            (one["period_start"], one["period_end"], one["days_in_service"], one["days_in_period"]) for one in actual
        ] == [(one.start, one.end, one.days_in_service, one.days_in_period) for one in expected], row
        assert [f"{one['billing_month']:%Y-%m}" for one in actual] == [one.billing_month for one in expected]
        seen[row["plan_id"]] += len(expected)
        seen["never served"] += not expected
        seen["no day left"] += sum(one.days_in_service == 0 for one in expected)
        seen["resumed"] += any(earlier.end < later.start for earlier, later in pairwise(expected))
    assert seen["month"] > 10_000
    assert min(seen[kind] for kind in ("year", "never served", "resumed")) > 100, seen
    assert seen["no day left"] > 1, seen


def test_the_parts_of_a_whole_period_are_not_more_than_it(found: dict[str, list[Row]]) -> None:
    for rows in found.values():
        for row in rows:
            served = (row["period_end"] - row["period_start"]).total_seconds()
            assert row["seconds_in_service"] == int(served) <= row["seconds_in_period"]
            share = Decimal(row["days_in_service"]) / row["days_in_period"]
            assert row["fraction"] == share.quantize(Decimal("1e-12"), ROUND_HALF_UP) <= 1
        per_day = sorted(rows, key=lambda row: row["period_start"])
        for earlier, later in pairwise(per_day):
            assert earlier["period_end"] <= later["period_start"]

"""Ingestion gaps from files, and what a season of known numbers lets expect."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from revenue_assets.lake.seasonal import FALSE_ALARMS, lower_tail, watch
from revenue_assets.lake.steps import build_ingestion_gaps
from tests.unit.lake.conftest import World

JANUARY = datetime(2025, 1, 1, tzinfo=UTC)
HOURS, BEGIN = 59 * 24, 31 * 24  # January and February
GAP = BEGIN + 14 * 24 + 9  # 15 February, 9:00


def drawn(seed: int, per_hour: float) -> Any:
    """Counts that follow the hours of the day; half as many at the weekend; February a fifth busier."""
    hours = np.arange(HOURS)
    season = (1 + np.sin(hours % 24 / 24 * 2 * np.pi) * 0.8) * np.where(hours // 24 % 7 < 5, 1.0, 0.5)
    return np.random.default_rng(seed).poisson(per_hour * season * np.where(hours < BEGIN, 1.0, 1.2)).astype(float)


@pytest.mark.parametrize(
    ("seen", "mean", "dispersion", "chance"),
    [
        (0, 5.0, 1.0, 0.006737947),  # Poisson: e^-5
        (2, 5.0, 1.0, 0.124652019),  # e^-5 (1 + 5 + 12.5)
        (0, 4.0, 2.0, 0.0625),  # negative binomial with size 4 and chance 1/2: 1/16
        (1, 4.0, 2.0, 0.1875),  # 1/16 + 4/32
    ],
)
def test_the_chance_of_so_few(seen: int, mean: float, dispersion: float, chance: float) -> None:
    assert lower_tail(seen, mean, dispersion) == pytest.approx(chance)


@pytest.mark.parametrize("length", [2, 7, 40])
def test_a_gap_is_found_with_its_hours_and_what_is_missing(length: int) -> None:
    counts = drawn(3, 60)
    lost = counts[GAP : GAP + length].sum()
    counts[GAP : GAP + length] = 0
    (gap,) = watch(counts, BEGIN).gaps
    assert (gap.first, gap.last, gap.seen) == (GAP, GAP + length, 0)
    assert gap.low <= lost <= gap.high
    assert gap.missing == pytest.approx(lost, rel=0.15)


def test_fewer_events_are_a_gap_too_and_more_are_none() -> None:
    counts = drawn(4, 200)
    counts[GAP : GAP + 5] = counts[GAP : GAP + 5] // 4
    counts[GAP + 50 : GAP + 55] *= 4
    (gap,) = watch(counts, BEGIN).gaps
    assert (gap.first, gap.last) == (GAP, GAP + 5)


def test_false_alarms_are_as_rare_as_stated() -> None:
    alarms = sum(bool(watch(drawn(seed, 30), BEGIN).gaps) for seed in range(60))
    assert alarms <= 3  # FALSE_ALARMS lets expect 0.6; four and more have a chance of 0.3 %
    assert FALSE_ALARMS == 0.01


def test_too_few_events_and_too_few_weeks_are_said() -> None:
    rare = watch(drawn(5, 0.05), BEGIN)
    assert (rare.gaps, rare.judged_hours, rare.reason) == ((), 0, "too_few_events")
    young = drawn(6, 60)
    young[: BEGIN + 10 * 24] = np.nan
    assert (watch(young, BEGIN).judged_hours, watch(young, BEGIN).reason) == (0, "too_few_weeks")


def test_gaps_of_a_source(world: World) -> None:
    """Four events an hour of one unit, copies left out; none at all on 15 February from 6:00 to 18:00."""
    world.contract([{"subscription_id": "s", "account_id": "a", "started_at": JANUARY}])
    times = [JANUARY + timedelta(minutes=15 * quarter + 1) for quarter in range(4 * HOURS)]
    missing = (datetime(2025, 2, 15, 6, tzinfo=UTC), datetime(2025, 2, 15, 18, tzinfo=UTC))
    usage = [
        {"event_id": f"{at:%d%m%H%M}", "account_id": "a", "event_name": "calls", "occurred_at": at, "units": "2"}
        for at in times
        if not missing[0] <= at < missing[1]
    ]
    usage += [{**usage[0], "event_id": "one", "event_name": "jobs"}]
    world.put_events("usage_events", [*usage, *usage[:50]])
    assert build_ingestion_gaps(world.source, ["2025-02"]) == {"2025-02": 1}
    (gap,) = world.read("ingestion_gaps")
    assert (gap["meter_id"], gap["gap_start"], gap["gap_end"], gap["hours"]) == ("calls", *missing, 12)
    assert (gap["events"], gap["missing_events"], gap["missing_units"]) == (0, Decimal(48), Decimal(96))
    watched = {row["meter_id"]: (row["judged_hours"] > 0, row["reason"]) for row in world.read("watched_meters")}
    assert watched == {"calls": (True, None), "jobs": (False, "too_few_events")}
    assert build_ingestion_gaps(world.source, ["2025-01"]) == {"2025-01": 0}

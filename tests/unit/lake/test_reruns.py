"""The same rows whatever the order of the input, of the months, or of the runs."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from revenue_assets.lake import steps

MONTHS = ["2025-01", "2025-02", "2025-03"]
RESULTS: tuple[str, ...] = ("billing_periods", "event_findings", "period_usage", "period_findings", "unclaimed_usage")
RESULTS += ("usage_daily", "period_usage_daily")
START = datetime(2025, 1, 1, tzinfo=UTC)


def draw(chance: random.Random) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Three months of events of ten accounts; a few lost, repeated, copied and changed."""
    usage = [
        {
            "event_id": f"event-{number}",
            "account_id": f"acct_{chance.randrange(11)}",
            "event_name": chance.choice(["calls", "seats"]),
            "occurred_at": START + timedelta(seconds=chance.randrange(90 * 86400)),
            "units": str(chance.randrange(1, 9)),
        }
        for number in range(600)
    ]
    reported = [row | {"units": "9"} if chance.random() < 0.05 else row for row in usage if chance.random() < 0.9]
    reported += [row | {"event_id": f"retry of {row['event_id']}"} for row in reported if chance.random() < 0.05]
    return usage + [row for row in usage if chance.random() < 0.05], reported


@pytest.fixture
def year(world: Any) -> Any:
    anchors = [1, 1, 1, 15, 15, 31, 10, 20, 28, 5]
    world.contract(
        [
            {"subscription_id": f"sub_{number}", "account_id": f"acct_{number}", "anchor_day": anchor}
            | {"started_at": START - timedelta(days=100)}
            for number, anchor in enumerate(anchors)
        ],
        [{"meter_id": "calls"}, {"meter_id": "seats", "aggregation": "max"}],
    )
    world.source.until = START + timedelta(days=90)
    return world


def put(world: Any, usage: list[dict[str, Any]], reported: list[dict[str, Any]]) -> None:
    world.put_events("usage_events", usage, ["2024-12", *MONTHS])
    world.put_events("reported_events", reported, ["2024-12", *MONTHS])


def results(world: Any) -> dict[str, Any]:
    return {f"{dataset} {month}": world.read(dataset, month) for dataset in RESULTS for month in MONTHS}


def test_months_in_any_order_one_by_one_or_as_a_range(year: Any) -> None:
    put(year, *draw(random.Random(1)))
    year.run(MONTHS)
    as_range = results(year)
    assert sum(map(len, as_range.values())) > 500
    for month in ("2025-02", "2025-01", "2025-03", "2025-02"):
        year.run([month])
        assert results(year) == as_range


def test_rows_in_any_order(year: Any) -> None:
    usage, reported = draw(random.Random(2))
    put(year, usage, reported)
    year.run(MONTHS)
    drawn = results(year)
    random.Random(3).shuffle(usage)
    random.Random(4).shuffle(reported)
    put(year, usage, reported)
    year.run(MONTHS)
    assert results(year) == drawn


def test_another_sources_files_do_not_matter(year: Any) -> None:
    put(year, *draw(random.Random(5)))
    year.run(MONTHS)
    alone = results(year)
    name = year.source.name
    year.source.name = "other"
    year.contract([{"subscription_id": "x", "account_id": "acct_1", "started_at": START}])
    put(year, *draw(random.Random(6)))
    year.run(MONTHS)
    year.source.name = name
    year.run(MONTHS)
    assert results(year) == alone


def test_raw_files_that_changed_are_staged_again_where_they_are_read(year: Any) -> None:
    """March needs February of accounts that are anchored later: a stale list of copies would miss the new ones."""
    usage, reported = draw(random.Random(7))
    put(year, usage, reported)
    year.run(MONTHS)
    before = results(year)
    put(year, usage + [row for row in usage if row["occurred_at"].month == 2], reported)
    steps.build_event_findings(year.source, ["2025-03"])
    steps.build_period_usage(year.source, ["2025-03"])
    assert results(year) == before


def test_a_run_that_fails_leaves_the_month_as_it_was(year: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(year, *draw(random.Random(8)))
    year.run(MONTHS)
    before = results(year)

    def full_disk(*_: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    put(year, *draw(random.Random(9)))
    with pytest.raises(OSError, match="No space"):
        steps.build_usage_daily(year.source, MONTHS)
    assert results(year) == before
    assert not list(Path(year.lake.root).rglob("*.writing"))

"""Drawing events and making ids of them: what the company and the benchmarks rely on."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pytest

from revenue_assets.simulation.profiles import profile_named
from revenue_assets.simulation.streams import pick, stream
from revenue_assets.simulation.tables import event_ids, event_table, quantities, write_table
from revenue_assets.simulation.usage import Events, draw_events, microseconds

START, END = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC)
METERS = profile_named("small").organizations[0].meters


def drawn(count: int, seed: int = 1) -> Events:
    return draw_events(stream(seed, "test"), START, END, count, np.array([1.0, 2.0, 0.0, 7.0]), METERS)


def test_events_are_as_many_as_asked_and_in_order_of_time_within_the_window() -> None:
    events = drawn(50_000)
    assert len(events) == 50_000
    assert (np.diff(events.occurred_at) > 0).all()
    assert microseconds(START) <= events.occurred_at[0] < events.occurred_at[-1] < microseconds(END)


def test_accounts_and_meters_get_their_shares() -> None:
    events = drawn(50_000)
    assert np.bincount(events.account) / 50_000 == pytest.approx([0.1, 0.2, 0.0, 0.7], abs=0.01)
    assert np.bincount(events.meter) / 50_000 == pytest.approx([one.event_share for one in METERS], abs=0.01)


def test_nights_and_weekends_are_quieter() -> None:
    events = drawn(50_000)
    moments = [START + timedelta(microseconds=int(at) - microseconds(START)) for at in events.occurred_at[::10]]
    assert sum(one.hour in (2, 3, 4) for one in moments) < sum(one.hour in (14, 15, 16) for one in moments) / 5
    assert sum(one.weekday() == 5 for one in moments) < sum(
        one.weekday() == 4 for one in moments
    )  # 5 Saturdays, 4 Fridays


def test_units_are_positive_and_in_the_meters_decimals() -> None:
    events = drawn(20_000)
    for position, meter in enumerate(METERS):
        units = events.milli_units[events.meter == position]
        assert (units > 0).all()
        assert not (units % 10 ** (3 - meter.decimals)).any()
        assert np.median(units) == pytest.approx(float(meter.median_units) * 1000, rel=0.1)


def test_one_stream_per_purpose() -> None:
    assert (drawn(100).occurred_at == drawn(100).occurred_at).all()
    assert (drawn(100).occurred_at != drawn(100, seed=2).occurred_at).any()
    assert stream(1, "a", "b").random() != stream(1, "b", "a").random()


def test_picks_are_different_and_in_order() -> None:
    chosen = pick(stream(1, "test"), np.arange(100), 40)
    assert (np.diff(chosen) > 0).all()
    assert pick(stream(1, "test"), np.arange(0), 0).size == 0


def test_ids_are_unique_text_and_differ_by_seed() -> None:
    serials = np.concatenate([np.arange(50_000), np.arange(50_000) + (1 << 48)]).astype(np.uint64)
    ids = event_ids(serials, 1).to_pylist()
    assert len(set(ids)) == 100_000
    assert {len(one) for one in ids} == {32}
    assert not set(ids) & set(event_ids(serials, 2).to_pylist())


def test_quantities_are_exact_and_refuse_what_does_not_fit() -> None:
    values = [0, 1, 1_000, 2_345_678, 8_999_999_999]
    expected = ["0", "0.001", "1", "2345.678", "8999999.999"]
    assert quantities(np.array(values)).to_pylist() == [Decimal(one) for one in expected]
    for wrong in (-1, 9_000_000_000):
        with pytest.raises(ValueError, match="milli_units"):
            quantities(np.array([wrong]))


def test_a_batch_can_be_read_with_the_types_of_the_contract(tmp_path: Path) -> None:
    names = [one.event_name for one in METERS]
    write_table(event_table(drawn(1_000), "org", ["a", "b", "c", "d"], names, 1), tmp_path / "month.parquet")
    described = duckdb.sql(f"describe from '{tmp_path}/month.parquet'").fetchall()
    assert [(row[0], row[1]) for row in described] == [
        ("organization_id", "VARCHAR"),
        ("event_id", "VARCHAR"),
        ("account_id", "VARCHAR"),
        ("event_name", "VARCHAR"),
        ("occurred_at", "TIMESTAMP WITH TIME ZONE"),
        ("units", "DECIMAL(38,12)"),
        ("received_at", "TIMESTAMP WITH TIME ZONE"),
    ]


def test_a_profile_runs_over_the_months_asked_for() -> None:
    assert profile_named("small", 6).months == ["2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-02"]
    assert profile_named("demo").as_of == datetime(2026, 1, 9, tzinfo=UTC)

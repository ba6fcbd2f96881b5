"""The sensor of stale sources, and what all of them say of a warehouse that is not there or empty."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from revenue_assets.automation.sensors.stale_sources import WatchedSource, stale_source_conditions, watched_sources
from revenue_assets.contract.delivered import Delivered
from revenue_assets.settings import get_settings
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.loaded_months import note_loaded
from tests.integration.sensors.world import SENSORS, Tick

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def hours_ago(hours: float) -> datetime:
    return NOON - timedelta(hours=hours)


@pytest.mark.parametrize(
    ("latest", "loaded", "level", "cause"),
    [
        (2.0, 1.0, None, ""),
        (6.0, 1.0, None, ""),
        (6.5, 1.0, "6.5", "It was asked, and delivers nothing newer."),
        (20.0, 19.0, "20.0", "It was not asked for as long: its sync does not run, or fails."),
        (None, None, "6", "It was not asked for as long: its sync does not run, or fails."),
    ],
)
def test_a_source_is_stale_when_its_newest_data_is_older_than_it_promises(
    latest: float | None, loaded: float | None, level: str | None, cause: str
) -> None:
    source = WatchedSource("shop", 6, hours_ago(latest) if latest else None, hours_ago(loaded) if loaded else None)
    conditions = stale_source_conditions([source], NOON)
    assert [str(condition.level) for condition in conditions] == ([level] if level else [])
    if conditions:
        assert dict(conditions[0].facts)["Cause"] == cause


def test_only_sources_that_promise_something_are_watched(
    connection: psycopg.Connection, tick: Tick, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("live", "freshness_hours = 6"), ("told", "freshness_hours = 6"), ("history", "")):
        (tmp_path / "sources" / name).mkdir(parents=True)
        (tmp_path / "sources" / name / "source.toml").write_text(text)
        (tmp_path / "sources" / name / "usage_events.sql").write_text("select 1")
    (tmp_path / "sources" / "told" / "as_of.sql").write_text("select now()")
    monkeypatch.setenv("REVENUE_SOURCES_DIR", str(tmp_path / "sources"))
    monkeypatch.setenv("REVENUE_SOURCES", "live,told,history,unknown")
    get_settings.cache_clear()
    delivered = {"2026-10": Delivered(1, "x:1", hours_ago(9)), "2026-11": Delivered(1, "x:2", hours_ago(7))}
    for name in ("live", "told", "history"):
        note_loaded(connection, name, "usage_events", delivered, hours_ago(1))
        connection.execute(
            "insert into raw.organizations (organization_id, source_name, as_of, grace_days, matching, datasets)"
            " values (%s, %s, %s, 3, 'event_id', '{}')",
            [name, name, hours_ago(2)],
        )
    watched, unread = watched_sources(connection)
    assert {source.name: source.latest_at for source in watched} == {"live": hours_ago(7), "told": hours_ago(2)}
    assert unread == [f"There is no source 'unknown' in {tmp_path / 'sources'}; there is history, live, told."]
    assert tick("stale_source").startswith("2 sources watched; There is no source 'unknown'")


def test_a_warehouse_that_does_not_answer_is_one_sentence(
    home: Path, tick: Tick, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVENUE_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")
    get_settings.cache_clear()
    for name in SENSORS:
        assert tick(name).startswith("PostgreSQL at 127.0.0.1:9 does not let us in ("), name


def test_before_anything_was_built_that_is_said(warehouse: DatabaseAddress, tick: Tick) -> None:
    for name in ("leak_over_threshold", "payment_failure_spike"):
        assert tick(name) == "What this looks at has not been built yet: close a month first."

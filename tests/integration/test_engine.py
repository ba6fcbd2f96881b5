"""Sessions share one DuckDB, and nothing else."""

import multiprocessing
from pathlib import Path

import duckdb
import pytest

from revenue_assets.lake import engine
from revenue_assets.lake.engine import duckdb_session
from revenue_assets.settings import get_settings

_SPILLS = "create temp table {} as select range as number, repeat('x', 100) as text from range(2_000_000)"


def test_what_a_session_names_or_sets_is_its_own(home: Path) -> None:
    with duckdb_session() as first, duckdb_session() as second:
        for session, number in ((first, 1), (second, 2)):
            session.execute(f"create view seen as select {number}; create temp table kept as select {number}")
            session.execute(f"set variable told = {number}")
        for session, number in ((first, 1), (second, 2)):
            told = session.execute("select *, getvariable('told'), (from kept) from seen").fetchall()
            assert told == [(number, number, number)]
    with duckdb_session() as third:
        assert third.execute("select getvariable('told')").fetchall() == [(None,)]
        assert third.execute("select count(*) from duckdb_tables()").fetchall() == [(0,)]
        assert third.execute("select count(*) from duckdb_views() where not internal").fetchall() == [(0,)]
        assert third.execute("select current_setting('TimeZone')").fetchall() == [("UTC",)]


def test_one_duckdb_serves_until_the_settings_change(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def running() -> object:
        with duckdb_session():
            return engine._engine

    assert running() is running()
    before = running()
    monkeypatch.setenv("REVENUE_DUCKDB_MEMORY_LIMIT", "1GB")
    get_settings.cache_clear()
    assert running() is not before
    with duckdb_session() as session:
        assert session.execute("select current_setting('memory_limit')").fetchall() == [("953.6 MiB",)]


def test_a_session_that_fails_leaves_nothing_to_the_next(home: Path) -> None:
    with pytest.raises(duckdb.Error, match="no_such_table"), duckdb_session() as session:
        session.execute("create view begun as select 1; begin; from no_such_table")
    assert engine._engine is None, "what cannot be ended is not used again"
    with duckdb_session() as session:
        assert session.execute("select count(*) from duckdb_views() where not internal").fetchall() == [(0,)]


def _spill() -> None:
    with duckdb_session() as session:
        session.execute(_SPILLS.format("large"))
        assert list((get_settings().home / "spill").iterdir())


def test_what_was_spilled_goes_with_the_process(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVENUE_DUCKDB_MEMORY_LIMIT", "50MB")
    get_settings.cache_clear()
    with duckdb_session():  # a copy does not use what it was copied with
        copy = multiprocessing.get_context("fork").Process(target=_spill)
        copy.start()
        copy.join(60)
        assert copy.exitcode == 0
        assert not list((home / "spill").iterdir())

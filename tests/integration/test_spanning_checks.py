"""The checks between files and tables: quiet on the published sample, and each finds the fault that it is there for.

The sample is loaded and matched once; every fault is put right again before the next test.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import psycopg
import pytest
from psycopg import sql

from revenue_assets.assets.lake import publish_output
from revenue_assets.assets.lake_steps import LAKE_STEPS
from revenue_assets.checks import evidence, raw_tables, staged_events
from revenue_assets.checks.comparison import differing_parts
from revenue_assets.checks.completeness import loaded_months, told_until_by_source
from revenue_assets.checks.lake_and_warehouse import PUBLISHED, different_months, month_files
from revenue_assets.checks.raw_events import count_again, known_sources
from revenue_assets.contract.datasets import SNAPSHOT_DATASETS
from revenue_assets.contract.load import load_month_datasets, load_snapshot
from revenue_assets.contract.source import load_source
from revenue_assets.lake.engine import duckdb_session
from revenue_assets.lake.files import Lake
from revenue_assets.settings import Settings, get_settings
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.connection import connect
from revenue_assets.warehouse.raw import load_raw

MONTHS = ["2026-10", "2026-11"]
OURS = ["revmatch"]
USAGE = ("raw", "usage_events", "2026-11", "revmatch")
FINDINGS = ("reconciled", "event_findings", "2026-10", "revmatch")


@pytest.fixture(scope="module", autouse=True)
def sample(
    embedded_server: DatabaseAddress, database_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """An installation of this module with the sample in lake and warehouse, without its marts."""
    with psycopg.connect(embedded_server.url(), autocommit=True) as administration:
        names = {"name": sql.Identifier("spanning"), "template": sql.Identifier(database_template)}
        administration.execute(sql.SQL("create database {name} template {template}").format(**names))
    with pytest.MonkeyPatch.context() as patch:
        for setting in Settings.model_fields.values():
            patch.delenv(str(setting.validation_alias), raising=False)
        patch.setitem(Settings.model_config, "env_file", None)
        patch.setenv("REVENUE_HOME", str(tmp_path_factory.mktemp("spanning")))
        patch.setenv("REVENUE_DATABASE_URL", replace(embedded_server, database="spanning").url())
        get_settings.cache_clear()
        source = load_source("revmatch")
        for dataset in SNAPSHOT_DATASETS:
            if dataset in source.datasets:
                load_snapshot(source, dataset)
        for dataset in ("usage_events", "reported_events"):
            load_month_datasets(source, dataset, MONTHS)
        with connect() as connection:
            load_raw(connection, source)
            for step in LAKE_STEPS:
                step.run(source, MONTHS)
                for output in step.writes:
                    publish_output(connection, source, MONTHS, output)
        yield
        get_settings.cache_clear()


@pytest.fixture
def warehouse() -> Iterator[psycopg.Connection]:
    """A connection whose changes are undone."""
    with connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb_session() as session:
        yield session


@contextmanager
def rewritten(place: tuple[str, str, str, str], select: str) -> Iterator[Path]:
    """Inside the block the file holds what `select` makes of `rows`, which is what it held."""
    file = Lake.from_settings().root / place[0] / place[1] / f"month={place[2]}" / f"{place[3]}.parquet"
    before = file.read_bytes()
    beside = file.with_suffix(".beside")
    with duckdb.connect() as session:
        session.execute(f"create view rows as from read_parquet('{file}', hive_partitioning = false)")
        session.execute(f"copy ({select}) to '{beside}' (format parquet)")
    beside.replace(file)
    try:
        yield file
    finally:
        file.write_bytes(before)


def test_all_tables_hold_what_the_files_hold(warehouse: psycopg.Connection, duck: duckdb.DuckDBPyConnection) -> None:
    raw = {name: raw_tables.snapshot_files(warehouse, name) for name in SNAPSHOT_DATASETS}
    assert {name for name, files in raw.items() if files} == {
        *("accounts", "contract_prices", "invoice_lines", "invoices", "meters", "plans", "subscriptions")
    }
    for name, files in raw.items():
        assert differing_parts(warehouse, duck, f"raw.{name}", files, None, sources=OURS) == []
    for name in PUBLISHED:
        assert different_months(warehouse, duck, name, OURS, MONTHS) == []


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (
            "delete from raw.invoices where invoice_id = (select min(invoice_id) from raw.invoices)",
            "8 rows in the lake",
        ),
        ("update raw.invoice_lines set amount = amount + 0.01 where units > 0", "amount adds up to"),
        ("update raw.organizations set datasets = array['accounts']", "0 rows in the lake"),
    ],
)
def test_a_document_that_the_warehouse_lost_or_changed_is_found(
    warehouse: psycopg.Connection, duck: duckdb.DuckDBPyConnection, change: str, difference: str
) -> None:
    warehouse.execute(change.encode())
    found = [
        text
        for name in ("invoices", "invoice_lines")
        for text in differing_parts(
            warehouse, duck, f"raw.{name}", raw_tables.snapshot_files(warehouse, name), None, sources=OURS
        )
    ]
    assert found
    assert all(text.startswith("revmatch: ") and difference in text for text in found)


def test_a_quantity_that_the_warehouse_has_otherwise_is_found_with_its_month(
    warehouse: psycopg.Connection, duck: duckdb.DuckDBPyConnection
) -> None:
    warehouse.execute("update lake.period_usage set units_actual = units_actual + 1 where billing_month = '2026-11-01'")
    (found,) = different_months(warehouse, duck, "period_usage", OURS, [])
    assert found.startswith("revmatch 2026-11: units_actual adds up to ")
    assert different_months(warehouse, duck, "period_usage", OURS, ["2026-10"]) == []


def test_an_organization_or_a_currency_that_nobody_knows_is_found(warehouse: psycopg.Connection) -> None:
    assert raw_tables.unknown(warehouse, raw_tables.KNOWN_OWNERS) == []
    assert raw_tables.unknown(warehouse, raw_tables.KNOWN_CURRENCIES) == []
    warehouse.execute(
        "update raw.accounts set organization_id = 'stray', currency = 'USX' where account_id = 'acme_saas'"
    )
    assert raw_tables.unknown(warehouse, raw_tables.KNOWN_OWNERS) == ["accounts, stray: row_count 1"]
    assert raw_tables.unknown(warehouse, raw_tables.KNOWN_CURRENCIES) == ["accounts, USX: row_count 1"]


def test_rows_that_are_neither_counted_nor_copies_are_found(
    warehouse: psycopg.Connection, duck: duckdb.DuckDBPyConnection
) -> None:
    assert staged_events.uncounted_rows(warehouse, duck, "usage_events", OURS, []) == []
    assert known_sources(warehouse, ["another"]) == []
    files = month_files("usage_events_counts", MONTHS)
    of = {"dataset": "usage_events"}
    assert (
        differing_parts(warehouse, duck, "lake.event_counts", files, "month", sources=OURS, months=MONTHS, where=of)
        == []
    )
    with rewritten(USAGE, "from rows limit 100"):
        (found,) = staged_events.uncounted_rows(warehouse, duck, "usage_events", OURS, ["2026-11"])
        assert staged_events.uncounted_rows(warehouse, duck, "usage_events", OURS, ["2026-10"]) == []
    assert found.startswith("revmatch 2026-11: 100 rows were delivered, ")


def test_an_id_that_counts_in_two_months_is_found_and_a_copy_within_one_is_not(
    duck: duckdb.DuckDBPyConnection,
) -> None:
    assert staged_events.events_in_two_months(duck, "usage_events", []) == []
    other = Lake.from_settings().month_file("raw", "usage_events", "2026-10", "revmatch")
    again = f"(from read_parquet('{other}', hive_partitioning = false) order by event_id limit 1)"
    with rewritten(USAGE, f"from rows union all by name {again} union all by name (from rows limit 1)"):
        (found,) = staged_events.events_in_two_months(duck, "usage_events", ["2026-11"])
        assert staged_events.events_in_two_months(duck, "usage_events", ["2026-05"]) == []
    assert found.startswith("revmatch: ")
    assert " counts in 2026-10 and 2026-11, " in found


def test_evidence_is_what_the_tables_say_and_was_delivered(
    warehouse: psycopg.Connection, duck: duckdb.DuckDBPyConnection
) -> None:
    said = evidence.stated(warehouse, "stated_period_findings", OURS, MONTHS)
    kept = evidence.kept_events(duck, ["event_findings"], OURS, MONTHS)
    assert sum(events for events, _ in said.values()) == 708 + 97 + 144 + 477
    assert evidence.differing_groups(said, kept, both_ways=True) == []
    assert evidence.undelivered_events(duck, "event_findings", OURS, MONTHS) == []
    assert evidence.undelivered_events(duck, "late_events", OURS, MONTHS) == []


@pytest.mark.parametrize(
    ("select", "difference"),
    [
        ("select * from rows qualify row_number() over (order by event_id) > 1", "events stated"),
        (
            "select * replace ((if(event_id = (select min(event_id) from rows), 2, 1) * units)::decimal(38, 12)"
            " as units) from rows",
            "units stated",
        ),
        ("select * replace (if(event_id = (select min(event_id) from rows), 'U7', code) as code) from rows", "stated"),
    ],
)
def test_evidence_that_was_lost_or_changed_is_found(
    warehouse: psycopg.Connection, duck: duckdb.DuckDBPyConnection, select: str, difference: str
) -> None:
    with rewritten(FINDINGS, select):
        kept = evidence.kept_events(duck, ["event_findings"], OURS, MONTHS)
    said = evidence.stated(warehouse, "stated_period_findings", OURS, MONTHS)
    found = evidence.differing_groups(said, kept, both_ways=True)
    assert found
    assert all(difference in text for text in found)
    assert len(found) == (2 if "U7" in select else 1)


def test_evidence_that_nobody_delivered_is_found(duck: duckdb.DuckDBPyConnection) -> None:
    with rewritten(FINDINGS, "select * replace ('made up' as event_id) from rows limit 1"):
        (found,) = evidence.undelivered_events(duck, "event_findings", OURS, MONTHS)
    assert "event made up of " in found


def test_late_reports_without_their_events_are_found(
    warehouse: psycopg.Connection, duck: duckdb.DuckDBPyConnection
) -> None:
    assert evidence.stated(warehouse, "stated_period_arrivals", OURS, MONTHS) == {}
    warehouse.execute(
        "insert into lake.period_arrivals (source_name, organization_id, account_id, subscription_id, meter_id,"
        " period_start, period_end, billing_month, late_events, units_in_time) values"
        " ('revmatch', 'revmatch', 'a', 's', 'm', '2026-10-01', '2026-11-01', '2026-10-01', 3, 0)"
    )
    said = evidence.stated(warehouse, "stated_period_arrivals", OURS, MONTHS)
    kept = evidence.kept_events(duck, ["late_events"], OURS, MONTHS)
    assert evidence.differing_groups(said, kept, both_ways=True) == [
        "revmatch, s, m, period of 2026-10-01, U4: 3 events stated, 0 kept"
    ]


def test_raw_events_are_those_of_the_periods(warehouse: psycopg.Connection) -> None:
    (source,) = known_sources(warehouse, OURS)
    found = count_again(source, MONTHS)
    assert found.differences == []
    assert found.periods == found.compared_periods > 10
    assert count_again(source, ["2020-01"]).periods == 0


@pytest.mark.parametrize(
    ("place", "select", "difference"),
    [
        (USAGE, "select * from rows order by event_id limit (select count(*) - 1 from rows)", "used_in_files"),
        (
            ("raw", "reported_events", "2026-10", "revmatch"),
            "select * from rows order by event_id limit (select count(*) - 1 from rows)",
            "reported_in_files",
        ),
        (
            ("reconciled", "period_usage", "2026-10", "revmatch"),
            "select * replace (units_actual + 1 as units_actual) from rows",
            "units_used",
        ),
        (FINDINGS, "select * from rows where code <> 'U1' or units > 1", "unreported"),
    ],
)
def test_a_raw_event_that_no_period_counts_is_found(
    warehouse: psycopg.Connection, place: tuple[str, str, str, str], select: str, difference: str
) -> None:
    (source,) = known_sources(warehouse, OURS)
    staged = Lake.from_settings().root / "staged"
    before = {file: file.read_bytes() for file in staged.rglob("*.parquet")}
    with rewritten(place, select):
        found = count_again(source, [])
    for file, content in before.items():  # staging is done again for raw files that have changed
        file.write_bytes(content)
    assert found.differences
    assert all(text.startswith("revmatch, ") and difference in text for text in found.differences)


@pytest.mark.parametrize(
    ("lacking", "as_of", "expected"),
    [
        ("false", "2025-03-05", None),
        ("hour(occurred_at) < 6", "2025-03-05", None),
        ("dayofweek(occurred_at) = 0", "2025-03-05", None),
        ("occurred_at < '2025-02-10'", "2025-03-05", None),
        ("occurred_at between '2025-02-11 04:00' and '2025-02-11 06:59'", "2025-03-05", "3 h from 2025-02-11 04:00"),
        ("occurred_at >= '2025-02-15'", "2025-03-05", "336 h from 2025-02-15 00:00"),
        ("occurred_at >= '2025-02-15'", "2025-02-20 12:30", None),
        ("occurred_at::date = '2025-02-11' or occurred_at >= '2025-02-15'", "2025-02-20", "24 h from 2025-02-11 00:00"),
        ("minute(occurred_at) > 0", "2025-03-05", None),
        ("minute(occurred_at) > 0 or occurred_at::date = '2025-02-28'", "2025-03-05", "24 h from 2025-02-28 00:00"),
    ],
)
def test_hours_without_events_are_missing_where_there_usually_are_some(
    duck: duckdb.DuckDBPyConnection, lacking: str, as_of: str, expected: str | None
) -> None:
    lake = Lake.from_settings()
    every_two_minutes = "unnest(range(timestamptz '2025-01-01', timestamptz '2025-03-01', interval 2 minute))"
    for month in ("2025-01", "2025-02"):
        file = lake.month_file("raw", "usage_events", month, "hours")
        file.parent.mkdir(parents=True, exist_ok=True)
        duck.execute(
            f"copy (select 'org' as organization_id, occurred_at from (select {every_two_minutes} as occurred_at)"
            f" where strftime(occurred_at, '%Y-%m') = '{month}' and not ({lacking})) to '{file}' (format parquet)"
        )
    told = {"org": datetime.fromisoformat(as_of).replace(tzinfo=UTC)}
    (month_found,) = loaded_months(duck, "hours", "usage_events", ["2025-02"], told)
    assert month_found["missing"] == expected
    assert month_found["missing_hours"] == (int(expected.split()[0]) if expected else 0)
    for month in ("2025-01", "2025-02"):
        lake.month_file("raw", "usage_events", month, "hours").unlink()


def test_the_sample_is_complete_until_its_watermark(
    warehouse: psycopg.Connection, duck: duckdb.DuckDBPyConnection
) -> None:
    (told,) = told_until_by_source(warehouse, "usage_events").values()
    months = loaded_months(duck, "revmatch", "usage_events", MONTHS, told)
    assert [month["month"] for month in months] == MONTHS
    assert sum(month["events"] for month in months) == 3961
    assert all(month["missing"] is None for month in months)
    assert told_until_by_source(warehouse, "engagement_events") == {}

"""A source is forgotten as a whole, and nothing of another one with it."""

import threading
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from revenue_assets.assets.lock import one_run_at_a_time
from revenue_assets.automation.forgetting import Forgotten, forget
from revenue_assets.cli import app
from revenue_assets.errors import SourceError
from revenue_assets.lake.files import Lake
from revenue_assets.settings import get_settings
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.connection import connect

# `gone` was delivered by shop once, `moved` is delivered by another source by now; both left rows in the lake.
ROWS = """
insert into raw.organizations
    (organization_id, source_name, as_of, grace_days, matching, datasets)
values
    ('acme', 'shop', '2025-04-01', 3, 'event_id', '{}'),
    ('moved', 'shop2', '2025-04-01', 3, 'event_id', '{}');
insert into raw.plans (source_name, organization_id, plan_id, name, billing_interval, currency)
values ('shop', 'acme', 'p', 'P', 'month', 'USD'), ('shop2', 'moved', 'p', 'P', 'month', 'USD');
insert into lake.event_counts (source_name, organization_id, month, dataset, events, duplicates)
values
    ('shop', 'acme', '2025-01-01', 'usage_events', 1, 0),
    ('shop', 'gone', '2025-01-01', 'usage_events', 1, 0),
    ('shop', 'moved', '2025-01-01', 'usage_events', 1, 0),
    ('shop2', 'moved', '2025-02-01', 'usage_events', 1, 0);
insert into app.finding_versions (finding_id, seen_at, organization_id, billing_month, finding)
select organization_id, '2025-04-01', organization_id, '2025-01-01', '{}'
from unnest(array['acme', 'gone', 'moved']) as given (organization_id);
create schema marts;
create table marts."Odd ""name" (organization_id text, amount numeric);
insert into marts."Odd ""name" values ('acme', 1), ('acme', 2), ('gone', 3), ('moved', 4), (null, 5);
create view marts.of_a_view as select * from marts."Odd ""name";
create schema staging;
create table staging.codes (code text);
insert into staging.codes values ('U1');
"""
KEPT = {
    "raw.organizations": ["moved"],
    "raw.plans": ["moved"],
    "lake.event_counts": ["moved"],
    "app.finding_versions": ["moved"],
    'marts."Odd ""name"': ["moved", None],
}
OF_SHOP = (
    "raw/usage_events/month=2025-01/shop.parquet",
    "staged/usage_events/month=2025-01/shop.parquet",
    "reconciled/period_usage/month=2025-01/shop.parquet",
    "quarantine/usage_events/month=undated/shop.parquet",
    "raw/plans/shop.parquet",
    "raw/plans/.shop.parquet.123.writing",
)
OF_OTHERS = (
    "raw/plans/shop2.parquet",
    "raw/plans/.shop2.parquet.123.writing",
    "raw/plans/shop.parquet.parquet",
    "raw/shop.parquet/month=2025-01/my.shop.parquet",
)


@pytest.fixture
def kept(warehouse: DatabaseAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lake of an installation that keeps sources shop, which has no folder any more, and shop2."""
    monkeypatch.setenv("REVENUE_SOURCES_DIR", str(tmp_path))
    get_settings.cache_clear()
    with connect() as connection:
        connection.execute(ROWS)
    lake = Lake.from_settings().root
    for name in OF_SHOP + OF_OTHERS:
        (lake / name).parent.mkdir(parents=True, exist_ok=True)
        (lake / name).touch()
    return lake


def files(lake: Path) -> set[str]:
    return {str(file.relative_to(lake)) for file in lake.rglob("*") if file.is_file()}


def organizations(connection: psycopg.Connection) -> dict[str, list[str | None]]:
    query = "select organization_id from {} order by organization_id"
    return {table: [row[0] for row in connection.execute(query.format(table).encode()).fetchall()] for table in KEPT}


def test_files_and_rows_of_a_source_go_and_those_of_others_stay(kept: Path) -> None:
    # Of raw: an organization and a plan; of marts: two rows of acme and one of gone.
    assert forget("shop") == Forgotten(files=6, rows={"app": 2, "lake": 3, "marts": 3, "raw": 2})
    assert files(kept) == set(OF_OTHERS)
    with connect() as connection:
        assert organizations(connection) == KEPT
        assert connection.execute("select code from staging.codes").fetchall() == [("U1",)]


def test_it_removes_all_rows_or_none(kept: Path) -> None:
    with connect() as connection:
        connection.execute(
            "create table raw.holds (organization_id text references raw.organizations);"
            "insert into raw.holds values ('acme'); alter table raw.holds rename column organization_id to held"
        )
        before = organizations(connection)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        forget("shop")
    assert files(kept) == set(OF_SHOP + OF_OTHERS)
    with connect() as connection:
        assert organizations(connection) == before


@pytest.mark.parametrize("name", ["shp", "", "*", "../shop"])
def test_an_unknown_source_is_refused_in_one_sentence(kept: Path, name: str) -> None:
    with pytest.raises(SourceError) as refused:
        forget(name)
    assert str(refused.value).startswith(f"There is no source '{name}' in ")
    assert str(refused.value).endswith("and nothing is kept of one; there is none.")
    assert files(kept) == set(OF_SHOP + OF_OTHERS)


def test_it_waits_for_the_run_that_changes_the_data(kept: Path) -> None:
    is_waiting = threading.Event()
    with one_run_at_a_time():
        thread = threading.Thread(target=forget, args=["shop", is_waiting.set])
        thread.start()
        assert is_waiting.wait(20)
        assert files(kept) == set(OF_SHOP + OF_OTHERS)
    thread.join(20)
    assert files(kept) == set(OF_OTHERS)


def test_the_command_says_what_it_removed(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "plans.sql").write_text("select 1")
    printed = [CliRunner().invoke(app, ["sources", "forget", "shop"], catch_exceptions=False).output for _ in range(2)]
    assert printed == [
        "Forgot source shop: 6 files of the lake and 10 rows of the warehouse (app 2, lake 3, marts 3, raw 2).\n",
        "Nothing is kept of source shop.\n",
    ]
    assert (tmp_path / "shop" / "plans.sql").exists()


def test_a_warehouse_without_tables_has_nothing_to_forget(warehouse: DatabaseAddress) -> None:
    with connect() as connection:
        connection.execute("drop schema raw, lake, app cascade")
    assert forget("revmatch") == Forgotten(0, {})

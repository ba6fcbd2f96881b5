"""The money datasets in PostgreSQL: replaced whole, nothing lost, and one organization from one source."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from revenue_assets.contract.datasets import SNAPSHOT_DATASETS
from revenue_assets.contract.load import load_snapshot
from revenue_assets.contract.source import Source, load_source
from revenue_assets.errors import CloseError, SourceError
from revenue_assets.lake.files import Lake
from revenue_assets.settings import get_settings
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.connection import connect
from revenue_assets.warehouse.copy import replace_rows
from revenue_assets.warehouse.raw import load_raw
from revenue_assets.warehouse.tables import ensure_tables

MakeSource = Callable[..., Source]
ACCOUNTS = (
    "select account_id, name, 'EUR' as currency, date '2025-01-01' as created_at, cost as acquisition_cost, "
    "{'crm': name} as external_ids from (values %s) as given (account_id, name, cost)"
)
PLANS = "select 'p' as plan_id, 'P' as name, 'year' as billing_interval, 'JPY' as currency"
AWKWARD = [
    ("a1", r"\N", "0.000000000001"),
    ("a2", 'say "hi", \n\\.', "99999999999999999999999999"),
    ("a3", "NULL", None),
]


@pytest.fixture
def make_source(warehouse: DatabaseAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeSource:
    monkeypatch.setenv("REVENUE_SOURCES_DIR", str(tmp_path / "sources"))
    get_settings.cache_clear()

    def make(name: str = "shop", organization: str = "org", **selects: str) -> Source:
        folder = tmp_path / "sources" / name
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.sql"):
            old.unlink()
        (folder / "source.toml").write_text(f'organization_id = "{organization}"\n')
        (folder / "as_of.sql").write_text("select timestamptz '2025-04-01 00:00:00+00'")
        for dataset, select in selects.items():
            (folder / f"{dataset}.sql").write_text(select)
        source = load_source(name)
        for dataset in source.datasets:
            load_snapshot(source, dataset)
        return source

    return make


def accounts(*rows: tuple[str, str, str | None]) -> str:
    def quoted(value: str | None) -> str:
        return "null" if value is None else "'" + value.replace("'", "''") + "'"

    return ACCOUNTS % ", ".join(f"({', '.join(map(quoted, row))})" for row in rows)


def query(statement: str) -> list[tuple[Any, ...]]:
    with connect() as connection:
        return connection.execute(statement.encode()).fetchall()


def load(source: Source) -> dict[str, int]:
    with connect() as connection:
        return load_raw(connection, source)


def test_every_value_arrives_as_it_was_delivered(make_source: MakeSource) -> None:
    assert load(make_source(accounts=accounts(*AWKWARD))) == {"accounts": 3}
    rows = query(
        "select account_id, name, acquisition_cost, external_ids ->> 'crm', is_internal from raw.accounts order by 1"
    )
    assert rows == [
        (account, name, None if cost is None else Decimal(cost), name, False) for account, name, cost in AWKWARD
    ]


def test_the_same_load_twice_gives_the_same_tables(make_source: MakeSource) -> None:
    source = make_source(accounts=accounts(*AWKWARD), plans=PLANS)
    load(source)
    before = [query(f"select * from raw.{name} order by 1, 2, 3") for name in (*SNAPSHOT_DATASETS, "organizations")]
    load(load_source("shop"))
    assert [
        query(f"select * from raw.{name} order by 1, 2, 3") for name in (*SNAPSHOT_DATASETS, "organizations")
    ] == before
    assert query("select organization_id, source_name, grace_days, matching, datasets from raw.organizations") == [
        ("org", "shop", 3, "event_id", ["accounts", "plans"])
    ]


def test_rows_and_datasets_that_are_no_longer_delivered_go(make_source: MakeSource) -> None:
    load(make_source(accounts=accounts(*AWKWARD), plans=PLANS))
    load(make_source("other", "org2", plans=PLANS))
    assert load(make_source(accounts=accounts(AWKWARD[0]))) == {"accounts": 1}
    assert query("select account_id from raw.accounts") == [("a1",)]
    assert query("select organization_id from raw.plans") == [("org2",)]


def test_an_organization_belongs_to_one_source(make_source: MakeSource) -> None:
    load(make_source(accounts=accounts(AWKWARD[0])))
    other = make_source("other", accounts=accounts(AWKWARD[1]))
    with pytest.raises(SourceError, match="Organization org of source other is delivered by source shop already"):
        load(other)
    assert query("select account_id, source_name from raw.accounts") == [("a1", "shop")]
    load(make_source(organization="elsewhere", accounts=accounts(AWKWARD[0])))
    assert load(other) == {"accounts": 1}


def test_a_dataset_that_is_not_in_the_lake_yet_is_one_sentence(make_source: MakeSource) -> None:
    source = make_source(accounts=accounts(AWKWARD[0]))
    load(source)
    Lake.from_settings().snapshot_file("raw", "accounts", "shop").unlink()
    with pytest.raises(CloseError, match="Dataset accounts of source shop is not in the lake yet"):
        load(source)
    assert query("select count(*) from raw.accounts") == [(1,)]


def test_a_row_that_postgresql_refuses_is_one_sentence_and_changes_nothing(make_source: MakeSource) -> None:
    load(make_source(accounts=accounts(AWKWARD[0])))
    twice = make_source(accounts=accounts(*AWKWARD))
    file = Lake.from_settings().snapshot_file("raw", "accounts", "shop")
    with pytest.raises(CloseError, match=r"PostgreSQL refuses a row of raw\.accounts"), connect() as connection:
        replace_rows(connection, "raw.accounts", [file, file], {"source_name": twice.name})
    assert query("select count(*) from raw.accounts") == [(1,)]


def test_rows_are_replaced_where_asked_and_nowhere_else(make_source: MakeSource) -> None:
    source = make_source(accounts=accounts(*AWKWARD))
    load(source)
    file = Lake.from_settings().snapshot_file("raw", "accounts", "shop")
    where = {"source_name": "shop", "account_id": ["a1", "a2"]}
    with connect() as connection:
        assert replace_rows(connection, "raw.accounts", [file], where, keep="account_id = 'a1'") == 1
    assert query("select account_id from raw.accounts order by 1") == [("a1",), ("a3",)]
    with connect() as connection:
        assert replace_rows(connection, "raw.accounts", [], where) == 0
    assert query("select account_id from raw.accounts") == [("a3",)]
    with pytest.raises(CloseError, match=r"do not fit the table raw\.plans"), connect() as connection:
        replace_rows(connection, "raw.plans", [file], {"source_name": "shop"})


def test_processes_that_start_at_once_all_find_the_tables(embedded_server: DatabaseAddress) -> None:
    with psycopg.connect(embedded_server.url(), autocommit=True) as administration:
        administration.execute(sql.SQL("create database {}").format(sql.Identifier("tables_at_once")))
    keywords = embedded_server.keywords() | {"dbname": "tables_at_once"}

    def ensure(_: int) -> int:
        with psycopg.connect(**keywords) as connection:  # type: ignore[arg-type]  # libpq takes text
            ensure_tables(connection)
            found = connection.execute(
                "select count(*) from raw.currencies where currency in ('JPY', 'USD')"
            ).fetchone()
            return found[0] if found else 0

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ensure, range(4))) == [2] * 4


def test_tables_of_an_earlier_version_get_the_columns_that_they_lack(make_source: MakeSource) -> None:
    price = "select 'pr' as price_id, 'p' as plan_id, 'per_unit' as charge_model, 'USD' as currency, "
    load(make_source(contract_prices=price + "date '2025-01-01' as valid_from, 0.1 as unit_amount"))
    columns = "select * from information_schema.columns where table_schema = 'raw' and table_name = 'contract_prices'"
    described = "select column_name, data_type, is_nullable from (%s) as columns order by column_name"
    before = query(described % columns)
    with connect() as connection:
        connection.execute("alter table raw.contract_prices drop column free_events, drop column included_units")
    with connect() as connection:
        ensure_tables(connection)
    assert query(described % columns) == before
    found = query("select price_id, unit_amount, free_events, included_units from raw.contract_prices")
    assert found == [("pr", Decimal("0.1"), None, 0)]
    load(make_source(contract_prices=price + "date '2025-01-01' as valid_from, 0.1 as unit_amount, 3 as free_events"))
    assert query("select free_events from raw.contract_prices") == [(3,)]

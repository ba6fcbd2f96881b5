"""The tables that loads write into: schema `raw` from the contract, schema `lake` from lake_tables.sql.

Beside them the functions of schema `rating` (rating.sql), by which everything in SQL is priced, and what outlives every
rebuild, schema `app` (migrations.py). What dbt builds (staging, intermediate, marts) is not created here.
"""

from pathlib import Path

import psycopg
from psycopg import sql

from revenue_assets.contract.currencies import minor_units
from revenue_assets.contract.datasets import DATASETS, SNAPSHOT_DATASETS
from revenue_assets.contract.model import POSTGRES_TYPES, Dataset
from revenue_assets.warehouse.migrations import migrate

LAKE_TABLES = Path(__file__).with_name("lake_tables.sql")
BUILD_RANGE = Path(__file__).with_name("build_range.sql")
RATING_FUNCTIONS = Path(__file__).with_name("rating.sql")
_LOCK = 20_260_101  # any constant: processes that start at once wait here for each other

_ORGANIZATIONS = """
create table if not exists raw.organizations (
    organization_id text primary key,
    source_name text not null,
    as_of timestamptz not null,
    grace_days integer not null,
    matching text not null,
    datasets text[] not null,
    billing_vendor text not null default 'generic'
)
"""
_CURRENCIES = "create table if not exists raw.currencies (currency text primary key, minor_unit integer not null)"


def ensure_tables(connection: psycopg.Connection) -> None:
    """Create the schemas raw, lake and app with their tables, and the functions of rating; safe to call at any time.

    Tables of an earlier version get the columns that the contract has since been given; their rows keep null or the
    default there until their source is loaded again. Raise CloseError when a later version has been here.
    """
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        connection.execute("set local client_min_messages = warning")
        for schema in ("raw", "lake", "app"):
            connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema)))
        migrate(connection)
        connection.execute(_ORGANIZATIONS)
        if "billing_vendor" not in _columns_of(connection, "organizations"):
            connection.execute(
                "alter table raw.organizations add column billing_vendor text not null default 'generic'"
            )
        connection.execute(_CURRENCIES)
        for name in SNAPSHOT_DATASETS:
            connection.execute(raw_table(DATASETS[name]))
            for statement in new_columns(connection, DATASETS[name]):
                connection.execute(statement)
        connection.execute(LAKE_TABLES.read_bytes())
        connection.execute(BUILD_RANGE.read_bytes())
        connection.execute(RATING_FUNCTIONS.read_bytes())
        currencies = minor_units()
        connection.execute(
            "insert into raw.currencies select * from unnest(%s::text[], %s::int[]) on conflict do nothing",
            [list(currencies), list(currencies.values())],
        )


def raw_table(dataset: Dataset) -> sql.Composed:
    """The definition of `raw.<dataset>`: its source and organization, then the contract's columns."""
    columns = [sql.Composed([sql.SQL(f"{name} text not null")]) for name in ("source_name", "organization_id")]
    for column in dataset.columns:
        null = "not null" if column.required or column.key or column.default is not None else ""
        definition = sql.SQL(f"{POSTGRES_TYPES[column.type]} {null}")
        columns.append(sql.Composed([sql.Identifier(column.name), sql.SQL(" "), definition]))
    keys = sql.SQL(", ").join(map(sql.Identifier, ("organization_id", *dataset.keys)))
    columns.append(sql.SQL("primary key ({})").format(keys))
    return sql.SQL("create table if not exists raw.{} ({})").format(
        sql.Identifier(dataset.name), sql.SQL(", ").join(columns)
    )


def new_columns(connection: psycopg.Connection, dataset: Dataset) -> list[sql.Composed]:
    """What adds the columns that the contract has and `raw.<dataset>`, made by an earlier version, has not.

    Rows are there, so a column is `not null` only if it has a default. Asked first, because an `alter table` that has
    nothing to do still waits for all readers of the table.
    """
    known = _columns_of(connection, dataset.name)
    return [
        sql.SQL("alter table raw.{} add column {} {}{}").format(
            sql.Identifier(dataset.name),
            sql.Identifier(column.name),
            sql.SQL(POSTGRES_TYPES[column.type]),
            sql.SQL("") if column.default is None else sql.SQL(" not null default {}").format(column.default),
        )
        for column in dataset.columns
        if column.name not in known
    ]


def _columns_of(connection: psycopg.Connection, table: str) -> set[str]:
    found = connection.execute(
        "select column_name from information_schema.columns where table_schema = 'raw' and table_name = %s", [table]
    ).fetchall()
    return {row[0] for row in found}

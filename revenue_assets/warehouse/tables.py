"""The tables that loads write into: schema `raw` from the contract, schema `lake` from lake_tables.sql.

What dbt builds (staging, intermediate, marts) and what Alembic migrates (app) is not created here.
"""

from pathlib import Path

import psycopg
from psycopg import sql

from revenue_assets.contract.currencies import minor_units
from revenue_assets.contract.datasets import DATASETS, SNAPSHOT_DATASETS
from revenue_assets.contract.model import POSTGRES_TYPES, Dataset

LAKE_TABLES = Path(__file__).with_name("lake_tables.sql")
_LOCK = 20_260_101  # any constant: processes that start at once wait here for each other

_ORGANIZATIONS = """
create table if not exists raw.organizations (
    organization_id text primary key,
    source_name text not null,
    as_of timestamptz not null,
    grace_days integer not null,
    matching text not null,
    datasets text[] not null
)
"""
_CURRENCIES = "create table if not exists raw.currencies (currency text primary key, minor_unit integer not null)"


def ensure_tables(connection: psycopg.Connection) -> None:
    """Create the schemas raw and lake with all their tables where they are missing; safe to call at any time."""
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        connection.execute("set local client_min_messages = warning")
        connection.execute("create schema if not exists raw")
        connection.execute("create schema if not exists lake")
        connection.execute(_ORGANIZATIONS)
        connection.execute(_CURRENCIES)
        for name in SNAPSHOT_DATASETS:
            connection.execute(raw_table(DATASETS[name]))
        connection.execute(LAKE_TABLES.read_bytes())
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

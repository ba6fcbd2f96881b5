"""What an earlier version has built is told from what this one builds."""

import psycopg

from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.outdated import outdated_models


def _model(name: str, materialized: str, **columns: str) -> dict[str, object]:
    return {
        "resource_type": "model",
        "schema": "marts",
        "alias": name,
        "config": {"materialized": materialized},
        "columns": {column: {"data_type": kind} for column, kind in columns.items()},
    }


def test_other_columns_and_views_of_what_is_a_table_now_are_outdated(warehouse: DatabaseAddress) -> None:
    models = {
        "same": _model("same", "table", amount="numeric(38, 12)", told_at="timestamptz"),
        "wider": _model("wider", "incremental", amount="numeric", currency="text"),
        "was_a_view": _model("was_a_view", "incremental", amount="numeric"),
        "view": _model("view", "view", amount="numeric"),
        "not_built_yet": _model("not_built_yet", "table", amount="numeric"),
    }
    with psycopg.connect(warehouse.url()) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute("create table marts.same (amount numeric(38, 12), told_at timestamptz)")
        connection.execute("create table marts.wider (amount numeric)")
        connection.execute("create view marts.was_a_view as select 1::numeric as amount")
        connection.execute("create view marts.view as select 1::numeric as amount")
        assert outdated_models(connection, {"nodes": models}) == ["marts.was_a_view", "marts.wider"]

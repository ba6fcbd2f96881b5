"""What stands in PostgreSQL after dbt has built it: columns of every relation, rows per month of every table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import psycopg
from psycopg import sql

from revenue_assets.months import first_day, month_of

_COLUMNS = """
select table_schema, table_name, column_name, data_type, is_nullable = 'YES'
from information_schema.columns
where table_schema = any(%s)
order by table_schema, table_name, ordinal_position
"""


@dataclass(frozen=True)
class Relation:
    """A model's columns, and its rows by month; None for what has no months, such as a view that is never counted."""

    schema: dg.TableSchema
    rows: Mapping[str, int] | None


def describe_relations(
    connection: psycopg.Connection, models: Sequence[Mapping[str, Any]], months: Sequence[str]
) -> dict[str, Relation]:
    """The relations of these models (nodes of dbt's manifest), by unique id."""
    columns: dict[tuple[str, str], list[dg.TableColumn]] = {}
    texts = {(model["schema"], model["alias"]): model["columns"] for model in models}
    for schema, table, name, data_type, is_nullable in connection.execute(
        _COLUMNS, [sorted({schema for schema, _ in texts})]
    ):
        known = texts.get((schema, table), {}).get(name, {})
        constraints = dg.TableColumnConstraints(nullable=is_nullable)
        column = dg.TableColumn(name, data_type, known.get("description") or None, constraints)
        columns.setdefault((schema, table), []).append(column)
    described = {}
    for model in models:
        found = columns.get((model["schema"], model["alias"]), [])
        is_monthly = model["config"]["materialized"] != "view" and any(c.name == "billing_month" for c in found)
        rows = _rows_by_month(connection, model, months) if is_monthly else None
        described[model["unique_id"]] = Relation(dg.TableSchema(found), rows)
    return described


def _rows_by_month(connection: psycopg.Connection, model: Mapping[str, Any], months: Sequence[str]) -> dict[str, int]:
    table = sql.Identifier(model["schema"], model["alias"])
    query = sql.SQL("select billing_month, count(*) from {} where billing_month = any(%s) group by 1").format(table)
    rows = connection.execute(query, [[first_day(month) for month in months]]).fetchall()
    return {month_of(month): count for month, count in rows}

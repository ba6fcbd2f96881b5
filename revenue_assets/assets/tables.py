"""What stands in PostgreSQL and in the lake after a step: the columns and rows that Dagster shows of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
from psycopg import sql

from revenue_assets.lake.engine import duckdb_session
from revenue_assets.months import first_day, month_of

_COLUMNS = """
select table_schema, table_name, column_name, data_type, is_nullable = 'YES'
from information_schema.columns
where table_schema = any(%s)
order by table_schema, table_name, ordinal_position
"""


def read_columns(
    connection: psycopg.Connection, manifest: Mapping[str, Any]
) -> dict[tuple[str, str], list[dg.TableColumn]]:
    """The columns of everything in the schemas that the project reads or writes, described as dbt's manifest does."""
    relations = [*manifest["nodes"].values(), *manifest["sources"].values()]
    texts = {(node["schema"], node.get("alias") or node["name"]): node["columns"] for node in relations}
    columns: dict[tuple[str, str], list[dg.TableColumn]] = {}
    rows = connection.execute(_COLUMNS, [sorted({schema for schema, _ in texts})])
    for schema, table, name, data_type, is_nullable in rows:
        text = texts.get((schema, table), {}).get(name, {}).get("description")
        column = dg.TableColumn(name, data_type, text or None, dg.TableColumnConstraints(nullable=is_nullable))
        columns.setdefault((schema, table), []).append(column)
    return columns


def describe_table(connection: psycopg.Connection, schema: str, name: str) -> dict[str, dg.MetadataValue]:
    """Columns and number of rows of one table, as metadata."""
    found = connection.execute(_COLUMNS, [[schema]]).fetchall()
    columns = [
        dg.TableColumn(column, kind, constraints=dg.TableColumnConstraints(nullable=is_nullable))
        for _, table, column, kind, is_nullable in found
        if table == name
    ]
    query = sql.SQL("select count(*) from {}").format(sql.Identifier(schema, name))
    counted = connection.execute(query).fetchone()
    return {
        "dagster/column_schema": dg.MetadataValue.table_schema(dg.TableSchema(columns)),
        "dagster/row_count": dg.MetadataValue.int(counted[0] if counted else 0),
    }


def file_schema(file: Path) -> dg.TableSchema:
    """The columns of a Parquet file of the lake."""
    with duckdb_session() as duck:
        relation = duck.read_parquet(str(file), hive_partitioning=False)
        columns = zip(relation.columns, relation.types, strict=True)
    return dg.TableSchema([dg.TableColumn(name, str(kind).lower()) for name, kind in columns])


def month_column(columns: Sequence[dg.TableColumn]) -> str | None:
    """The column that says to which month a row belongs; None for what is not by month."""
    names = [column.name for column in columns]
    return next((name for name in ("billing_month", "month") if name in names), None)


def rows_by_month(
    connection: psycopg.Connection, model: Mapping[str, Any], column: str, months: Sequence[str]
) -> dict[str, int]:
    """The rows of a model for each of these months, by its `month_column`."""
    query = sql.SQL("select {column}, count(*) from {table} where {column} = any(%s) group by 1").format(
        column=sql.Identifier(column), table=sql.Identifier(model["schema"], model["alias"])
    )
    rows = connection.execute(query, [[first_day(month) for month in months]]).fetchall()
    return dict.fromkeys(months, 0) | {month_of(month): count for month, count in rows}

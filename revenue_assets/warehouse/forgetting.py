"""Takes the rows of one source out of the warehouse, whatever tables there are: none is named here.

A table that says `source_name` gives the rows of the source; one that says only `organization_id` those of its
organizations. Files of the lake and the lock of the installation are not looked at: `automation/forgetting.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from revenue_assets.warehouse.outdated import DERIVED_SCHEMAS

SCHEMAS = ("raw", *DERIVED_SCHEMAS, "app")

_TABLES = """
select columns.table_schema, columns.table_name, array_agg(columns.column_name::text)
from information_schema.columns as columns
inner join information_schema.tables as tables
    on tables.table_schema = columns.table_schema and tables.table_name = columns.table_name
where
    tables.table_type = 'BASE TABLE'
    and columns.table_schema = any(%s)
    and columns.column_name in ('source_name', 'organization_id')
group by columns.table_schema, columns.table_name
order by columns.table_schema, columns.table_name
"""


@dataclass(frozen=True)
class _Table:
    schema: str
    name: str
    columns: frozenset[str]

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)

    @property
    def says_source(self) -> bool:
        return "source_name" in self.columns


def forget_rows(connection: psycopg.Connection, source_name: str) -> dict[str, int]:
    """Delete all rows of a source, in one transaction; return how many per schema, of those that had any."""
    removed: dict[str, int] = {}
    with connection.transaction():
        tables = [_Table(schema, name, frozenset(columns)) for schema, name, columns in _tables(connection)]
        organizations = _organizations(connection, tables, source_name)
        for table in tables:
            column, value = ("source_name", [source_name]) if table.says_source else ("organization_id", organizations)
            statement = sql.SQL("delete from {} where {} = any(%s)").format(table.identifier, sql.Identifier(column))
            rows = connection.execute(statement, [value]).rowcount
            removed[table.schema] = removed.get(table.schema, 0) + rows
    return {schema: rows for schema, rows in removed.items() if rows}


def _tables(connection: psycopg.Connection) -> list[tuple[str, str, list[str]]]:
    return connection.execute(_TABLES, [list(SCHEMAS)]).fetchall()


def _organizations(connection: psycopg.Connection, tables: Sequence[_Table], source_name: str) -> list[str]:
    """Those that any table knows of the source, also when it does not deliver them any more.

    Without those that another source delivers since: what is computed of them is no longer this source's.
    """
    theirs: set[str] = set()
    others: set[str] = set()
    for table in tables:
        if table.columns >= {"source_name", "organization_id"}:
            statement = sql.SQL("select distinct source_name, organization_id from {}").format(table.identifier)
            for owner, organization in connection.execute(statement).fetchall():
                (theirs if owner == source_name else others).add(organization)
    return sorted(theirs - others)

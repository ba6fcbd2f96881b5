"""Tables that an earlier version of this program built: their columns are not those that this version writes.

What dbt builds follows from the schemas `raw` and `lake`, so it can be built anew at any time. A table of `lake`
follows from the files of each month, so the months have to be closed again; until then nothing may be added to it.
"""

from collections.abc import Mapping
from typing import Any

import psycopg

from revenue_assets.errors import CloseError
from revenue_assets.warehouse.tables import LAKE_TABLES

DERIVED_SCHEMAS = ("lake", "staging", "intermediate", "marts")

_Columns = frozenset[tuple[str, str]]
_SCRATCH = "lake_of_this_version"
_COLUMNS = """
select
    tables.relname,
    columns.attname,
    replace(format_type(columns.atttypid, columns.atttypmod), 'timestamp with time zone', 'timestamptz')
from pg_class as tables
inner join pg_attribute as columns on columns.attrelid = tables.oid
where
    tables.relnamespace = to_regnamespace(%s)
    and tables.relkind = 'r'
    and columns.attnum > 0
    and not columns.attisdropped
"""

_VIEWS = "select schemaname, viewname from pg_views where schemaname = any(%s)"


def outdated_models(connection: psycopg.Connection, manifest: Mapping[str, Any]) -> list[str]:
    """The tables of dbt that exist with other columns than the manifest describes, or as views."""
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    stands = {schema: _columns(connection, schema) for schema in {node["schema"] for node in nodes}}
    views = {(schema, name) for schema, name in connection.execute(_VIEWS, [list(stands)])}
    outdated = []
    for node in nodes:
        is_view = (node["schema"], node["alias"]) in views
        described = frozenset((name, column["data_type"].replace(" ", "")) for name, column in node["columns"].items())
        is_other = stands[node["schema"]].get(node["alias"], described) != described
        if is_other or (is_view and node["config"]["materialized"] != "view"):
            outdated.append(f"{node['schema']}.{node['alias']}")
    return sorted(outdated)


def outdated_lake_tables(connection: psycopg.Connection) -> list[str]:
    """The tables of schema `lake` that exist with other columns than this version creates."""
    stands = _columns(connection, "lake")
    with connection.transaction(force_rollback=True):
        connection.execute("set local client_min_messages = warning")
        connection.execute(f"create schema {_SCRATCH}".encode())
        connection.execute(LAKE_TABLES.read_bytes().replace(b" lake.", f" {_SCRATCH}.".encode()))
        created = _columns(connection, _SCRATCH)
    return sorted(f"lake.{name}" for name, columns in created.items() if stands.get(name, columns) != columns)


def refuse_outdated_lake(connection: psycopg.Connection) -> None:
    """Raise CloseError, saying what to do, when a table of the lake is of an earlier version."""
    outdated = outdated_lake_tables(connection)
    if not outdated:
        return
    found = connection.execute("select distinct source_name from raw.organizations order by 1").fetchall()
    first, *others = [name for (name,) in found] or ["NAME"]
    then = f", then close {', '.join(others)} again" if others else ""
    raise CloseError(
        f"This warehouse was filled by an earlier version of revenue-assets ({', '.join(outdated)} has other columns): "
        f"run `revenue close --source {first} --rebuild`{then}. What was loaded and the history of findings stay."
    )


def drop_derived(connection: psycopg.Connection) -> list[str]:
    """Drop all that closes have computed; return the sources that were closed. Loaded rows and the history stay."""
    for schema in DERIVED_SCHEMAS:
        connection.execute(f"drop schema if exists {schema} cascade".encode())
    if not connection.execute("select to_regclass('raw.organizations')::text").fetchall()[0][0]:
        return []
    found = connection.execute("select distinct source_name from raw.organizations order by 1").fetchall()
    return [name for (name,) in found]


def _columns(connection: psycopg.Connection, schema: str) -> dict[str, _Columns]:
    """The columns of every table of a schema; none when there is no such schema."""
    found: dict[str, set[tuple[str, str]]] = {}
    for table, name, kind in connection.execute(_COLUMNS, [schema]).fetchall():
        found.setdefault(table, set()).add((name, kind.replace(" ", "")))
    return {table: frozenset(columns) for table, columns in found.items()}

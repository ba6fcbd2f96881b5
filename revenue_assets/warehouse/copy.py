"""Rows from the lake's Parquet files into PostgreSQL: delete what they replace, then COPY, in the caller's transaction.

Shared by the loads of `raw` and `lake` tables. Types travel as text, so decimals arrive digit by digit.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import psycopg
from psycopg import sql

from revenue_assets.errors import CloseError
from revenue_assets.lake.engine import duckdb_session

STATISTICS_TARGET = 30
"""Of every ANALYZE of what a close replaces: a third of PostgreSQL's usual sample tells its next reader as much."""
_CHUNK = 1 << 20


def replace_rows(
    connection: psycopg.Connection,
    table: str,
    files: Sequence[Path],
    where: Mapping[str, object],
    *,
    keep: str = "true",
) -> int:
    """Delete the rows of `table` ("schema.name") that match `where`, insert those of `files`, return how many came in.

    `where` maps columns to the value they must have, or to a list of values one of which they must have. The Parquet
    files must have every column of the table, found by name; others are ignored. `keep` is a DuckDB condition on the
    files' rows, a constant of the caller's code. Nothing is committed. CloseError when a file lacks a column
    or PostgreSQL refuses a row; the transaction is then broken and must be rolled back.
    """
    schema, name = table.split(".")
    target = sql.Identifier(schema, name)
    conditions = [
        sql.SQL("{} = any({})" if isinstance(value, list) else "{} = {}").format(sql.Identifier(column), value)
        for column, value in where.items()
    ]
    connection.execute(sql.SQL("delete from {} where {}").format(target, sql.SQL(" and ").join(conditions)))
    if not files:
        return 0
    columns = _columns_of(connection, target)
    command = sql.SQL(r"copy {} ({}) from stdin (format csv, null '\N')").format(
        target, sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with tempfile.TemporaryDirectory() as folder, connection.cursor() as cursor:
        rows = Path(folder) / "rows.csv"
        _write_csv(rows, table, columns, files, keep)
        try:
            with cursor.copy(command) as copy, rows.open("rb") as text:
                while chunk := text.read(_CHUNK):
                    copy.write(chunk)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            reason = error.diag.message_detail or error.diag.message_primary
            raise CloseError(f"PostgreSQL refuses a row of {table}, so nothing was changed: {reason}") from None
        rows_in = cursor.rowcount
        # The models run right after a load: without statistics their joins are planned for a handful of rows.
        cursor.execute(f"set local default_statistics_target = {STATISTICS_TARGET}".encode())
        cursor.execute(sql.SQL("analyze {}").format(target))
        return rows_in


def _columns_of(connection: psycopg.Connection, table: sql.Identifier) -> list[str]:
    told = connection.execute(sql.SQL("select * from {} limit 0").format(table)).description
    return [column.name for column in told or ()]


def _write_csv(target: Path, table: str, columns: Sequence[str], files: Sequence[Path], keep: str) -> None:
    """Write the columns in order; DuckDB quotes a text that looks like the null marker, so it stays a text."""
    selected = ", ".join('"' + column.replace('"', '""') + '"' for column in columns)
    with duckdb_session() as duck:
        read = duck.read_parquet([str(file) for file in files], union_by_name=True, hive_partitioning=False)
        try:
            read.filter(keep).project(selected).write_csv(str(target), header=False, na_rep=r"\N")
        except duckdb.BinderException as error:
            reason = str(error).splitlines()[0]
            raise CloseError(f"The lake files {files[0].parent} do not fit the table {table}: {reason}.") from None

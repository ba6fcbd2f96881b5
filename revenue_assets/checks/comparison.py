"""Whether a table of PostgreSQL holds what the lake's files hold: as many rows, and the same sum of every number.

Tolerance: none; decimals are compared exactly. Null: adds nothing to a sum, on either side. Zero: a month without rows
is the same on both sides and agrees.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg
from psycopg import sql

from revenue_assets.contract.quoting import identifier, literals
from revenue_assets.months import first_day, month_of

_NUMBERS = """
select column_name from information_schema.columns
where table_schema = %s and table_name = %s and data_type in ('numeric', 'bigint', 'integer')
order by ordinal_position
"""
Part = tuple[str, str | None]
"""A source and a month; no month of what is kept whole."""
Sums = Mapping[Part, tuple[Any, ...]]


def differing_parts(
    connection: psycopg.Connection,
    duck: duckdb.DuckDBPyConnection,
    table: str,
    files: Mapping[Part, Path],
    by_month: str | None,
    *,
    sources: Sequence[str],
    months: Sequence[str] = (),
    where: Mapping[str, str] | None = None,
) -> list[str]:
    """Sources and months of which `table` ("schema.name") and these files do not hold the same, in words.

    Only of these `sources`, because a run answers for its own, and of `months` (all when empty), of which `by_month` is
    the table's column; `where` narrows the table to rows with these values.
    """
    schema, name = table.split(".")
    numbers = [column for (column,) in connection.execute(_NUMBERS, [schema, name])]
    values: dict[str, object] = {"source_name": list(sources), **(where or {})}
    if by_month and months:
        values[by_month] = [first_day(month) for month in months]
    in_table = _table_sums(connection, sql.Identifier(schema, name), numbers, by_month, values)
    in_files = _file_sums(duck, {part: file for part, file in files.items() if part[0] in sources}, numbers)
    nothing = (0, *(None for _ in numbers))
    different = []
    for part in sorted({*in_table, *in_files}, key=lambda part: (part[0], part[1] or "")):
        computed, held = in_files.get(part, nothing), in_table.get(part, nothing)
        words = _difference(numbers, computed, held)
        if words:
            different.append(f"{' '.join(filter(None, part))}: {words}")
    return different


def _difference(numbers: Sequence[str], computed: tuple[Any, ...], held: tuple[Any, ...]) -> str | None:
    if computed[0] != held[0]:
        return f"{computed[0]:,} rows in the lake, {held[0]:,} in PostgreSQL"
    for name, one, other in zip(numbers, computed[1:], held[1:], strict=True):
        if Decimal(one or 0) != Decimal(other or 0):
            return f"{name} adds up to {one or 0} in the lake, {other or 0} in PostgreSQL"
    return None


def _table_sums(
    connection: psycopg.Connection,
    table: sql.Identifier,
    numbers: Sequence[str],
    by_month: str | None,
    values: Mapping[str, object],
) -> Sums:
    sums = [sql.SQL("count(*)"), *(sql.SQL("sum({})").format(sql.Identifier(number)) for number in numbers)]
    conditions = [sql.SQL("true"), *(_condition(name, value) for name, value in values.items())]
    query = sql.SQL("select source_name, {month}, {sums} from {table} where {where} group by 1, 2").format(
        month=sql.Identifier(by_month) if by_month else sql.SQL("null::date"),
        sums=sql.SQL(", ").join(sums),
        table=table,
        where=sql.SQL(" and ").join(conditions),
    )
    rows = connection.execute(query).fetchall()
    return {(source, month_of(month) if month else None): tuple(found) for source, month, *found in rows}


def _condition(column: str, value: object) -> sql.Composed:
    comparison = "{} = any({})" if isinstance(value, list) else "{} = {}"
    return sql.SQL(comparison).format(sql.Identifier(column), value)


def _file_sums(duck: duckdb.DuckDBPyConnection, files: Mapping[Part, Path], numbers: Sequence[str]) -> Sums:
    there = {str(file): part for part, file in files.items() if file.exists()}
    if not there:
        return {}
    sums = ", ".join(["count(*)", *(f"sum({identifier(number)})" for number in numbers)])
    rows = duck.execute(
        f"select filename, {sums} from read_parquet([{literals(there)}], filename = true, union_by_name = true,"
        " hive_partitioning = false) group by filename"
    ).fetchall()
    return {there[file]: tuple(sums) for file, *sums in rows}

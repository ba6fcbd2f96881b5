"""Which columns of the tables that a query reads each of its columns is made from: plain SQL, nothing of Dagster.

sqlglot resolves the query once, and follows all of its columns through the same common table expressions.
"""

from collections.abc import Mapping

from sqlglot import MappingSchema, exp, to_table
from sqlglot.errors import SqlglotError
from sqlglot.expressions import normalize_table_name
from sqlglot.lineage import Node, lineage

_DIALECT = "postgres"
Origin = tuple[str, str]
"""A table, as it was named, and a column of it."""


def column_origins(sql: str, tables: Mapping[str, Mapping[str, str]]) -> dict[str, set[Origin]]:
    """By column of the query, what it is made from; nothing when sqlglot cannot read the query.

    `tables`: the types of the columns of every table that it reads, by the table's quoted name.
    """
    schema, named = MappingSchema(dialect=_DIALECT), {}
    for name, kinds in tables.items():
        table = to_table(name, dialect=_DIALECT)
        schema.add_table(table, dict(kinds), dialect=_DIALECT)
        named[normalize_table_name(table, dialect=_DIALECT)] = name
    try:
        found = lineage(None, sql, schema, dialect=_DIALECT, trim_selects=False)
    except (SqlglotError, KeyError, ValueError):
        return {}
    return {
        column: {(named[table], name) for table, name in map(_read_by, _leaves(node)) if table in named}
        for column, node in found.items()
    }


def _leaves(node: Node) -> list[Node]:
    """What nothing else leads to; columns share much of what they come from."""
    seen, waiting, leaves = {id(node)}, [node], []
    while waiting:
        here = waiting.pop()
        if not here.downstream:
            leaves.append(here)
        new = [each for each in here.downstream if id(each) not in seen]
        seen |= {id(each) for each in new}
        waiting += new
    return leaves


def _read_by(leaf: Node) -> Origin:
    """The table of a leaf and the name of its column; empty when it is a constant."""
    table = leaf.expression.find(exp.Table)
    if table is None:
        return "", ""
    return normalize_table_name(table, dialect=_DIALECT), exp.to_column(leaf.name).name.lower()

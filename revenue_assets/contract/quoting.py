"""Identifiers and literals for the SQL that is generated from the contract; nothing else puts text into SQL."""

from collections.abc import Iterable
from datetime import UTC, datetime


def identifier(name: str) -> str:
    """A column or table name, quoted."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | int | float | bool | datetime | None) -> str:
    """A value as DuckDB writes it; a timestamp must have a zone and is written in UTC."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case datetime():
            if value.tzinfo is None:
                raise ValueError("a timestamp without zone has no one meaning")
            return f"timestamptz '{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00'"
        case _:
            return "'" + value.replace("'", "''") + "'"


def literals(values: Iterable[str]) -> str:
    """A list for `in (...)`."""
    return ", ".join(literal(value) for value in values)

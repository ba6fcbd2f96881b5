"""How many rows the last accepted load of each snapshot had, so that the next one can be compared with it."""

from collections.abc import Mapping

import psycopg

_NOTE = """
insert into app.delivered_rows (source_name, dataset, rows)
values (%s, %s, %s)
on conflict (source_name, dataset) do update set rows = excluded.rows
"""


def rows_of_last_load(connection: psycopg.Connection, source: str) -> dict[str, int]:
    """Rows by dataset, of those that a close of this source has accepted before."""
    query = "select dataset, rows from app.delivered_rows where source_name = %s"
    return dict(connection.execute(query, [source]).fetchall())


def note_rows(connection: psycopg.Connection, source: str, rows: Mapping[str, int]) -> None:
    """Remember these as the last load."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(_NOTE, [(source, dataset, count) for dataset, count in rows.items()])

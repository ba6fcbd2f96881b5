"""Keeps every version of every finding as months are closed again; the table is `app.finding_versions`.

Time is the source's `as_of`. A close goes back to its own as_of first: what was noted of the same months at that
instant or later is undone, so that a close that is repeated, or one of an earlier state, notes the same again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from revenue_assets.months import first_day

_STEPS = ("undo_later", "reopen_ended", "end_gone", "begin_new")
_COUNTS = "count_versions"


@dataclass(frozen=True)
class Noted:
    """What a close has noted of its months: versions that began or ended at its as_of, by what became of them."""

    reported: int
    began: int
    changed: int
    superseded: int
    resolved: int


def note_findings(connection: psycopg.Connection, sources: Sequence[str], months: Sequence[str]) -> Noted:
    """Compare `revmatch_leaks` of these sources' months with what was noted before; nothing is committed."""
    parameters = {"sources": list(sources), "months": [first_day(month) for month in months]}
    for step in _STEPS:
        connection.execute(_statement(step), parameters)
    counts = connection.execute(_statement(_COUNTS), parameters).fetchone()
    return Noted(*(counts or (0, 0, 0, 0, 0)))


def _statement(name: str) -> bytes:
    return Path(__file__).with_name(f"{name}.sql").read_bytes()

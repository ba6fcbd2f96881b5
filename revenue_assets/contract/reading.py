"""Asking a source's SELECTs through DuckDB, and saying in one sentence why one cannot be read.

What is validated and where rows go is `validation` and `load`; here is only the first contact with the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import duckdb

from revenue_assets.contract.model import EARLIEST
from revenue_assets.contract.parameters import names_in
from revenue_assets.contract.quoting import identifier, literal
from revenue_assets.errors import SourceError
from revenue_assets.lake.engine import duckdb_session
from revenue_assets.lake.faults import UNREADABLE, fault_behind
from revenue_assets.months import month_of, month_range
from revenue_assets.settings import get_settings

if TYPE_CHECKING:
    from revenue_assets.contract.source import Source

CLOCKS_DIFFER = timedelta(days=1)  # at most, between two machines that are both right
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The first of these groups that a source has says which months it covers.
_MONTHS_FROM = (
    (("usage_events", "occurred_at"), ("reported_events", "occurred_at")),
    (("reported_usage", "window_start"),),
    (("invoices", "issued_at"), ("subscriptions", "started_at")),
)


@contextmanager
def explained(source: Source, dataset: str) -> Iterator[None]:
    """Turn what DuckDB says about a SELECT into a SourceError that says what, where and what to do.

    A fault of the machine is not the SELECT's: it is raised as such (`lake.faults`).
    """
    try:
        yield
    except duckdb.Error as error:
        fault = fault_behind(error, get_settings().lake_dir)
        raise (fault or SourceError(_sentence(source, dataset, str(error)))) from None


def delivered_columns(source: Source, dataset: str) -> dict[str, str]:
    """Names (in lower case) and DuckDB types of the SELECT's columns."""
    with duckdb_session() as duck, explained(source, dataset):
        described = duck.execute(f"describe select * from (\n{as_subquery(source.select(dataset))}\n)").fetchall()
    return {str(row[0]).lower(): str(row[1]) for row in described}


def as_subquery(select: str) -> str:
    """A statement without the semicolon at its end, so that it can stand in parentheses."""
    return re.sub(r"(;|\s|--[^\n]*(?=\Z))+\Z", "", select)


def read_as_of(source: Source, at: datetime | None = None) -> datetime:
    """The one timestamp of as_of.sql, or `at`: the clock, if not told otherwise.

    SourceError when it lies in the future: nobody has told everything until then, and what is still to come would
    count as missing.
    """
    at = at or datetime.now(UTC)
    if source.as_of_select is None:
        return at
    statement = f"select epoch_us(cast(moment as timestamptz)) from (\n{as_subquery(source.as_of_select)}\n) t (moment)"
    with duckdb_session() as duck, explained(source, "as_of"):
        rows = duck.execute(statement).fetchall()
    if len(rows) != 1 or rows[0][0] is None:
        raise SourceError(f"{source.folder / 'as_of.sql'} should give one row with one timestamp.")
    as_of = _EPOCH + timedelta(microseconds=rows[0][0])
    if as_of > at + CLOCKS_DIFFER:
        raise SourceError(
            f"Source {source.name} says that it has told everything until {as_of:%Y-%m-%d %H:%M} UTC, but the clock of "
            f"this machine says {at:%Y-%m-%d %H:%M}: correct {source.folder / 'as_of.sql'} or the clock."
        )
    return as_of


def latest(source: Source) -> datetime:
    """The time after which nothing can have happened: a clock may be a day ahead of the source's as_of."""
    return source.as_of() + CLOCKS_DIFFER


def read_months(source: Source) -> list[str]:
    """From the month of the first event to the month of the last one, or to the last month that as_of.sql completes.

    A source without events is measured by its totals, else by its invoices and subscriptions. Times that the
    contract refuses do not count.
    """
    as_of = source.as_of()
    for group in _MONTHS_FROM:
        spans = [span for name, column in group if name in source.datasets if (span := _span(source, name, column))]
        if spans:
            first, last = min(span[0] for span in spans), max(span[1] for span in spans)
            if source.as_of_select:
                last = max(last, as_of - timedelta(microseconds=1))
            return month_range(month_of(first), month_of(last))
    return []


def _span(source: Source, dataset: str, column: str) -> tuple[datetime, datetime] | None:
    if column not in source.columns(dataset):
        return None
    statement = f"""
        select epoch_us(min(moment)), epoch_us(max(moment))
        from (select try_cast({identifier(column)} as timestamptz) as moment from (
        {as_subquery(source.select(dataset))}
        ))
        where moment >= {literal(EARLIEST)} and moment <= {literal(latest(source))}
    """
    with duckdb_session() as duck, explained(source, dataset):
        first, last = duck.execute(statement).fetchall()[0]
    return None if first is None else (_EPOCH + timedelta(microseconds=first), _EPOCH + timedelta(microseconds=last))


def _sentence(source: Source, dataset: str, message: str) -> str:
    where = f"Source {source.name}, dataset {dataset}"
    missing = re.search(r'No files found that match the pattern "([^"]+)"', message)
    if missing:
        path = missing[1]
        folders = [key for key, value in source.parameters.items() if isinstance(value, str) and value in path]
        remedy = f"--set {folders[0]}=FOLDER" if folders else f"the path in {source.folder / dataset}.sql"
        return f"{where}: there is no file {path}; put it there or correct the place with {remedy}."
    first = message.splitlines()[0].rstrip(".: ") if message else "no reason given"
    written = source.written.get(dataset, "")
    # What is read as text needs no sniffing: then it is the file that has no form.
    is_no_csv = "sniffing file" in message and "all_varchar" in written
    if is_no_csv or "Parquet file" in first or "Malformed JSON" in first or UNREADABLE.search(first):
        return f"{where}: {first}; deliver that file again, it is damaged or was read while it was being written."
    unknown = sorted(names_in(written) - set(source.parameters))
    if unknown and "syntax error" in message:
        known = ", ".join(source.parameters) or "none"
        return f"{where}: the SELECT uses :{unknown[0]}, but the parameters are {known}; add it to source.toml."
    if "CSV Error" in message or "sniffing file" in message:
        return f"{where}: {first}; read the file with all_varchar = true, so that only the bad rows are set aside."
    or_file = ", or deliver the file again if it lacks that column" if "Referenced column" in first else ""
    return f"{where}: the SELECT fails ({first}); correct {source.folder / dataset}.sql{or_file}."

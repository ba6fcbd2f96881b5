"""What is counted of a dataset for its suite: one row per organization and month, one column per expectation.

Everything is counted on all rows, by DuckDB, over views that are named as the datasets are. How an expectation says
what is to be counted: `meta` in expectations/vocabulary.py. What is counted of the months before: `suite_history`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb

from revenue_assets.contract.datasets import Dataset
from revenue_assets.contract.quoting import identifier
from revenue_assets.settings import PROJECT_DIR

EXAMPLES = 5
_LAST_LOAD_COUNTS_FROM = 20
Example = dict[str, str]


@dataclass(frozen=True)
class Occasion:
    """On what occasion a suite is judged. `months` are those of the run (empty: all that are there).

    A month is judged by its rows when it is over at `as_of`; `last_rows` are those of the last load that was accepted.
    """

    months: tuple[str, ...] = ()
    as_of: datetime = datetime(9999, 1, 1, tzinfo=UTC)
    last_rows: int | None = None


@dataclass
class Facts:
    """`columns` is the frame, `rows` how many there are in all; `broken` counts rows, `examples` show some of them."""

    columns: dict[str, list[Any]]
    rows: int
    broken: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[Example]] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """One expectation's fact, as its `meta` gives it."""

    name: str
    fact: str
    where: str | None
    shows: tuple[str, ...]


def rows_select(dataset: str) -> str:
    """The rows of a dataset, with what other datasets say of them where expectations/<dataset>.sql adds that."""
    file = PROJECT_DIR / "expectations" / f"{dataset}.sql"
    return file.read_text(encoding="utf-8") if file.exists() else f"select * from {identifier(dataset)}"


def month_of_row(dataset: Dataset) -> str:
    """The month of a row as SQL: that of its file, or for documents that of their time; null where there is none."""
    if dataset.is_monthly:
        return "month"
    return f"strftime({dataset.month_column}, '%Y-%m')" if dataset.month_column else "null"


def wrong_columns(duck: duckdb.DuckDBPyConnection, dataset: Dataset) -> list[Example]:
    """The columns that are missing, of another type, or unknown."""
    found = {name: kind for name, kind, *_ in duck.execute(f"describe {identifier(dataset.name)}").fetchall()}
    declared = dataset.stored_columns() | ({"month": "VARCHAR"} if dataset.is_monthly else {})
    return [
        {"column": name, "contract": declared.get(name, "none"), "found": found.get(name, "none")}
        for name in {**declared, **found}
        if declared.get(name) != found.get(name)
    ]


def count_rows(duck: duckdb.DuckDBPyConnection, dataset: Dataset, wanted: Sequence[Wanted]) -> Facts:
    """The rows of each organization and month, and how many of them fulfil each condition."""
    conditions = [each for each in wanted if each.where is not None]
    sums = [f"count(*) filter (where {each.where})" for each in conditions]
    duck.execute(f"create or replace temp view given_rows as {rows_select(dataset.name)}")
    counted = duck.execute(
        f"select organization_id, {month_of_row(dataset)} as month, {', '.join(['count(*)', *sums])} "
        "from given_rows group by all order by all"
    ).fetchall() or [(None, None, 0, *(0 for _ in sums))]
    organizations, months, rows, *facts = (list(column) for column in zip(*counted, strict=True))
    result = Facts({"organization_id": organizations, "month": months, "rows": rows}, sum(rows))
    for each, column in zip(conditions, facts, strict=True):
        result.broken[each.name] = sum(column)
        result.columns[each.name] = column if each.fact == "rows" else shares(column, result.columns)
    return result


def shares(broken: Sequence[int], columns: Mapping[str, Sequence[Any]]) -> list[float]:
    """Of each organization, over all its months, in each of its rows of the frame."""
    totals: dict[str, tuple[int, int]] = {}
    for organization, rows, found in zip(columns["organization_id"], columns["rows"], broken, strict=True):
        before = totals.get(organization, (0, 0))
        totals[organization] = (before[0] + found, before[1] + rows)
    parts = [totals[organization] for organization in columns["organization_id"]]
    return [found / rows if rows else 0.0 for found, rows in parts]


def count_copies(duck: duckdb.DuckDBPyConnection, dataset: Dataset, wanted: Wanted, facts: Facts) -> None:
    """Rows beyond the first of their key. A hash of 64 bits stands for the key: with text, memory would not do."""
    keys = ", ".join(identifier(name) for name in wanted.shows)
    are_given = " and ".join(f"{identifier(name)} is not null" for name in wanted.shows)
    found = duck.execute(
        f"select organization_id, count(*) - count(distinct hash({keys})) from given_rows where {are_given} "
        "group by all"
    ).fetchall()
    copies = dict(found)
    first: dict[str, int] = {}
    column: list[float] = [0] * len(facts.columns["rows"])
    for index, organization in enumerate(facts.columns["organization_id"]):
        if first.setdefault(organization, index) == index:  # a copy may be in another month: counted once
            column[index] = copies.get(organization, 0)
    facts.broken[wanted.name] = sum(copies.values())
    facts.columns[wanted.name] = shares([int(n) for n in column], facts.columns) if "share" in wanted.fact else column


def against_the_last_load(facts: Facts, last_rows: int | None) -> Iterator[tuple[str, float, list[Example]]]:
    """What the last accepted load says of this one, where it had rows enough to say something."""
    is_comparable = last_rows is not None and last_rows >= _LAST_LOAD_COUNTS_FROM
    example = [{"rows": f"{facts.rows:,}", "rows of the last load": f"{last_rows:,}"}] if is_comparable else []
    yield "emptied", float(is_comparable and facts.rows == 0), example
    yield "rows_against_the_last_load", facts.rows / last_rows if is_comparable and last_rows else 1.0, example


def examples_of(duck: duckdb.DuckDBPyConnection, dataset: Dataset, wanted: Wanted) -> list[Example]:
    """A few rows that break an expectation: the key, and the columns that tell what is wrong."""
    keys = ["organization_id", *(dataset.keys or ("event_id",))]
    if wanted.where is None:
        shown = list(dict.fromkeys(["organization_id", *wanted.shows]))
        are_given = " and ".join(f"{identifier(name)} is not null" for name in wanted.shows)
        query = f"select {_names(shown)}, count(*) as copies from given_rows where {are_given} group by all "
        query += f"having count(*) > 1 order by copies desc, {_names(shown)}"
    else:
        shown = list(dict.fromkeys([*keys, *wanted.shows]))
        query = f"select {_names(shown)} from given_rows where {wanted.where} order by {_names(shown)}"
    found = duck.execute(f"{query} limit {EXAMPLES}")
    names = [name for name, *_ in found.description]
    return [{name: text(value) for name, value in zip(names, row, strict=True)} for row in found.fetchall()]


def _names(columns: Sequence[str]) -> str:
    return ", ".join(identifier(name) for name in columns)


def text(value: Any) -> str:
    """A value as people read it: no zeros behind a decimal, times in UTC, a null as such."""
    match value:
        case None:
            return "null"
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z".replace(" 00:00:00Z", "")
        case str():
            return value if value else "''"
        case _:
            written = f"{value:f}" if hasattr(value, "as_tuple") else str(value)
            return written.rstrip("0").rstrip(".") if "." in written else written

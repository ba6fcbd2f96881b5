"""Dividing a SELECT's rows into the parts that a load writes: one per month, and the rows without a usable time.

Measured with 12 million events of 12 months: Parquet is read month by month (the files' statistics skip the other
months, and only one month is at work at a time); anything else is read once into a temporary table, which for CSV
costs 5 s where reading it for every month costs a minute, and which a live table cannot change under.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from revenue_assets.contract.checks import converted
from revenue_assets.contract.model import EARLIEST
from revenue_assets.contract.quoting import identifier, literal, literals
from revenue_assets.contract.reading import as_subquery
from revenue_assets.contract.validation import Validation
from revenue_assets.months import month_bounds

UNDATED = "undated"
_LABEL = identifier("month of the load")
_RELATION = "delivered_rows"
_CHEAP_TO_REPEAT = {"PROJECTION", "FILTER", "UNION", "READ_PARQUET", "PARQUET_SCAN"}


@dataclass(frozen=True)
class Part:
    """The rows of `validation.relation` that fulfil `condition`; they belong to `month` (empty: a snapshot)."""

    validation: Validation
    condition: str
    month: str = ""


def whole(duck: duckdb.DuckDBPyConnection, validation: Validation, select: str) -> Part:
    """All rows, read once; which of several with one key is the good one is not asked when no key comes twice."""
    duck.execute(f"create temp table {_RELATION} as select * from (\n{as_subquery(select)}\n)")
    kept = replace(validation, relation=_RELATION)
    if kept.unique_key and not duck.execute(kept.repeats_keys()).fetchall()[0][0]:
        kept = replace(kept, unique_key=False)
    return Part(kept, "true")


def monthly_parts(
    duck: duckdb.DuckDBPyConnection, validation: Validation, select: str, months: Sequence[str]
) -> Iterator[Part]:
    """One part for each month, in order, then the undated rows; rows of other months are left alone."""
    rows = f"(\n{as_subquery(select)}\n)"
    moment = _moment(validation)
    undated = _undated(validation)
    if _is_cheap_to_repeat(duck, rows):
        direct = replace(validation, relation=rows)
        for month in months:
            start, end = month_bounds(month)
            yield Part(direct, f"{_between(validation, moment, start, end)} and ({undated}) is not true", month)
        yield Part(direct, undated, UNDATED)
        return
    label = f"case when {undated} then '{UNDATED}' else strftime(make_timestamp(epoch_us({moment})), '%Y-%m') end"
    duck.execute(
        f"create temp table {_RELATION} as select * from (select *, {label} as {_LABEL} from {rows}) "
        f"where {_LABEL} in ({literals([*months, UNDATED])})"
    )
    kept = replace(validation, relation=_RELATION)
    for month in (*months, UNDATED):
        yield Part(kept, f"{_LABEL} = {literal(month)}", month)


def months_of(validation: Validation, select: str, months: Sequence[str]) -> Part:
    """The rows that `monthly_parts` gives to any month from the first to the last of these, as one part."""
    start, end = month_bounds(months[0])[0], month_bounds(months[-1])[1]
    dated = f"{_between(validation, _moment(validation), start, end)} and ({_undated(validation)}) is not true"
    return Part(replace(validation, relation=f"(\n{as_subquery(select)}\n)"), dated)


def _undated(validation: Validation) -> str:
    """The condition of rows that belong to no month."""
    moment = _moment(validation)
    return f"{moment} is null or {moment} < {literal(EARLIEST)} or {moment} > {literal(validation.latest)}"


def _moment(validation: Validation) -> str:
    """The time that decides about the month, as a timestamptz, on the delivered columns."""
    column = validation.dataset.column(validation.dataset.month_column or "")
    return converted(column, validation.given[column.name], identifier(column.name))


def _between(validation: Validation, moment: str, start: datetime, end: datetime) -> str:
    """A condition on the delivered column itself where it has a type of time: only then Parquet files are skipped."""
    name = validation.dataset.month_column or ""
    if validation.given[name] == "TIMESTAMP":
        bounds = [f"timestamp '{bound:%Y-%m-%d %H:%M:%S}'" for bound in (start, end)]
        return f"{identifier(name)} >= {bounds[0]} and {identifier(name)} < {bounds[1]}"
    return f"{moment} >= {literal(start)} and {moment} < {literal(end)}"


def _is_cheap_to_repeat(duck: duckdb.DuckDBPyConnection, rows: str) -> bool:
    """Whether the SELECT only reads Parquet files, without joins, sorts or sums."""
    plan = json.loads(duck.execute(f"explain (format json) select * from {rows}").fetchall()[0][1])
    operators = set(_operators(plan))
    return bool(operators & {"READ_PARQUET", "PARQUET_SCAN"}) and operators <= _CHEAP_TO_REPEAT


def _operators(nodes: list[dict[str, object]]) -> Iterator[str]:
    for node in nodes:
        yield str(node["name"]).strip()
        children = node.get("children")
        if isinstance(children, list):
            yield from _operators(children)

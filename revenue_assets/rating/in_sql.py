"""The rater in SQL: all cases in one statement of the warehouse, by the functions that price the ladder (rating.sql).

Percentages of single events are added up first by the lake's percentage_amounts.sql in DuckDB, where events live.
The other opinion, in plain Decimal: `rater.py`.
"""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa

from revenue_assets import lake
from revenue_assets.errors import RevenueError
from revenue_assets.lake.engine import duckdb_session
from revenue_assets.rating.terms import ZERO, Case, Terms
from revenue_assets.warehouse.connection import connect
from revenue_assets.warehouse.tables import ensure_tables

AMOUNTS = Path(__file__).with_name("amounts.sql")
PERCENTAGE_AMOUNTS = Path(lake.__file__).with_name("percentage_amounts.sql")
_MONEY = pa.decimal128(38, 12)

_TABLE = """
create temporary table rated_cases (
    case_id text, minor_unit integer, quantity numeric, quantity_before numeric, billed_before numeric,
    events_amount numeric, served bigint, whole bigint, charge_model text, unit_amount numeric,
    included_units numeric, package_size numeric, package_amount numeric, rounding text, tiers jsonb,
    zero_usage_flat_fee boolean, minimum_amount numeric, maximum_amount numeric, percent_off numeric
) on commit drop
"""


def amounts(cases: Sequence[Case]) -> dict[str, Decimal]:
    """The amount of each case by its id, exact but for the last digits of an unrounded share (30 decimals).

    RevenueError when terms are missing that a charge model needs.
    """
    events_amounts = _percentage_amounts([case for case in cases if case.terms.charge_model == "percentage"])
    with connect() as connection:
        ensure_tables(connection)
        connection.execute(_TABLE)
        _copy(connection, cases, events_amounts)
        rows = connection.execute(AMOUNTS.read_bytes()).fetchall()
    found: dict[str, Decimal] = dict(rows)
    if missing := sorted(case_id for case_id, amount in found.items() if amount is None):
        raise RevenueError(f"Case {missing[0]} cannot be priced: its terms lack what its charge model needs.")
    return found


def _copy(connection: psycopg.Connection, cases: Sequence[Case], events_amounts: dict[str, Decimal]) -> None:
    with connection.cursor() as cursor, cursor.copy("copy rated_cases from stdin") as copy:
        for case in cases:
            copy.write_row(_row(case, events_amounts))
    connection.execute("analyze rated_cases")


def _row(case: Case, events_amounts: dict[str, Decimal]) -> tuple[object, ...]:
    """The case in the order of the table's columns."""
    terms = case.terms
    is_dynamic = terms.charge_model == "dynamic"
    events_amount = sum(case.event_amounts, ZERO) if is_dynamic else events_amounts.get(case.case_id, ZERO)
    return (
        *(case.case_id, case.minor_unit, case.quantity, case.quantity_before, case.billed_before),
        *(events_amount, case.served, case.whole, terms.charge_model),
        *(terms.unit_amount, terms.included_units, terms.package_size, terms.package_amount, terms.rounding),
        *(_tiers(terms), terms.zero_usage_flat_fee, terms.minimum_amount, terms.maximum_amount, terms.percent_off),
    )


def _tiers(terms: Terms) -> str | None:
    """The tiers as the contract delivers them, with decimals as text."""
    if not terms.tiers:
        return None
    return json.dumps(
        [{name: value for name, value in vars(tier).items() if value} for tier in terms.tiers], default=str
    )


def _percentage_amounts(cases: Sequence[Case]) -> dict[str, Decimal]:
    """What the events of these cases come to, by case id; a case without events is left out."""
    events = pa.Table.from_pylist(list(_events(cases)), _EVENTS)
    with duckdb_session() as duck:
        duck.register("charged_events", events)
        try:
            rows = duck.execute(PERCENTAGE_AMOUNTS.read_text(encoding="utf-8")).fetchall()
        except (duckdb.ConversionException, duckdb.OutOfRangeException):
            raise RevenueError(
                "The events of a percentage do not fit the lake's 38 digits: "
                "amounts should be below 10^12 and rates below 10,000 percent."
            ) from None
    return {charge_id: amount for charge_id, _, amount in rows}


_EVENTS = pa.schema(
    {
        "charge_id": pa.string(),
        "event_number": pa.int64(),
        "amount": _MONEY,
        "rate_percent": _MONEY,
        "fixed_amount": _MONEY,
        "free_events": pa.int64(),
        "free_amount": _MONEY,
        "transaction_minimum": _MONEY,
        "transaction_maximum": _MONEY,
    }
)


def _events(cases: Sequence[Case]) -> Iterator[dict[str, object]]:
    for case in cases:
        terms = {name: getattr(case.terms, name) for name in _EVENTS.names[3:]}
        for number, amount in enumerate(case.event_amounts):
            yield {"charge_id": case.case_id, "event_number": number, "amount": amount} | terms

"""Conversion of delivered values, against Python's own decimals and times."""

from datetime import UTC, datetime
from decimal import Decimal, localcontext
from functools import cache

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revenue_assets.contract.currencies import minor_units
from revenue_assets.contract.datasets import DATASETS
from revenue_assets.contract.model import DUCKDB_TYPES, POSTGRES_TYPES, Dataset
from revenue_assets.contract.validation import NO_BAD_ROWS, Validation

LATEST = datetime(2026, 1, 2, tzinfo=UTC)
NUMBERS = ["DOUBLE", "FLOAT", "BIGINT", "HUGEINT", "UTINYINT", "DECIMAL(38,18)"]
OTHERS = ["VARCHAR", "TIMESTAMP", "TIMESTAMP_NS", "DATE", "TIME", "BOOLEAN", "JSON", "UUID", "BLOB", "INTEGER[]"]
AS_CONTRACT = "contract"


@cache
def utc() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    return connection


def validated(duck: duckdb.DuckDBPyConnection, dataset: Dataset, relation: str) -> Validation:
    given = {row[0]: row[1] for row in duck.execute(f"describe from {relation}").fetchall()}
    return Validation(dataset, "shop", "org", given, LATEST, relation)


def quantity(text: str) -> tuple[Decimal | None, str | None]:
    """The units that an event delivered as text gets, or the reason why it is refused."""
    duck = utc()
    row = (
        "'e' as event_id, 'a' as account_id, 'x' as event_name, date '2025-01-01' as occurred_at, cast(null as varchar)"
    )
    duck.execute(f"create or replace table delivered as select {row} as units")
    duck.execute("update delivered set units = ?", [text])
    validation = validated(duck, DATASETS["usage_events"], "delivered")
    good = duck.execute(f"select units from ({validation.good_rows()})").fetchall()
    bad = duck.execute(f"select reason from ({validation.bad_rows()})").fetchall()
    assert len(good) + len(bad) == 1
    return (good[0][0], None) if good else (None, bad[0][0])


@settings(max_examples=60, deadline=None)
@given(st.decimals(min_value=0, max_value=Decimal(10) ** 30, allow_nan=False), st.sampled_from(["f", "E", ""]))
def test_a_number_of_text_arrives_exactly_or_not_at_all(number: Decimal, form: str) -> None:
    text = format(number, form) if form else str(number)
    exact = Decimal(text)
    with localcontext(prec=200):
        fits = exact < 10**26 and exact * 10**12 % 1 == 0
    units, reason = quantity(text)
    assert (units == exact) if fits else reason is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("999999.999999999999", "999999.999999999999"),
        ("1000000.000000000001", "1000000.000000000001"),
        ("99999999999999999999999999.999999999999", "99999999999999999999999999.999999999999"),
        ("0.1000000000000000000", "0.1"),
        ("1e-12", "0.000000000001"),
        (" 7 ", "7"),
    ],
)
def test_numbers_at_the_edges(text: str, expected: str) -> None:
    assert quantity(text) == (Decimal(expected), None)


@pytest.mark.parametrize(
    ("delivered", "expected"),
    [
        ("'2025-06-01 12:00:00.1234567'", "2025-06-01 12:00:00.123456"),
        ("'2025-06-01T12:00:00+02:00'", "2025-06-01 10:00:00"),
        ("'2025-06-01T12:00:00Z'", "2025-06-01 12:00:00"),
        ("timestamp '2025-06-01 12:00:00'", "2025-06-01 12:00:00"),
        ("timestamp_ns '2025-06-01 12:00:00.123456789'", "2025-06-01 12:00:00.123456"),
        ("timestamptz '2025-06-01 12:00:00-05'", "2025-06-01 17:00:00"),
        ("date '2025-06-01'", "2025-06-01 00:00:00"),
    ],
)
def test_times_are_utc_cut_to_microseconds(delivered: str, expected: str) -> None:
    duck = utc()
    relation = f"(select 'e' event_id, 'a' account_id, 'x' event_name, {delivered} occurred_at)"
    validation = validated(duck, DATASETS["usage_events"], relation)
    got = duck.execute(f"select cast(occurred_at as timestamp) from ({validation.good_rows()})").fetchall()
    assert got == [(datetime.fromisoformat(expected),)]


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)
def test_a_dataset_can_be_asked_of_any_delivered_type(dataset: Dataset) -> None:
    duck = utc()
    for delivered in [*NUMBERS, *OTHERS, AS_CONTRACT]:
        types = {c.name: DUCKDB_TYPES[c.type] if delivered == AS_CONTRACT else delivered for c in dataset.columns}
        relation = f"(select {', '.join(f'cast(null as {kind}) as {name}' for name, kind in types.items())})"
        validation = validated(duck, dataset, relation)
        assert duck.execute(validation.count_rows()).fetchall() == [(1, 1)]
        assert len(duck.execute(validation.bad_rows()).fetchall()) == 1
        stored = duck.execute(f"describe {validation.good_rows()}").fetchall()
        assert {row[0]: row[1] for row in stored} == dataset.stored_columns()


@pytest.mark.parametrize(
    ("dataset", "column", "value", "reason"),
    [
        ("subscriptions", "anchor_day", "'32'", "anchor_day: '32' is above 31"),
        ("subscriptions", "anchor_day", "15.5", "anchor_day: '15.5' is not a whole number"),
        (
            "subscriptions",
            "time_zone",
            "'Mars/Olympus'",
            "time_zone: 'Mars/Olympus' is not a time zone such as Europe/Berlin",
        ),
        (
            "subscriptions",
            "status",
            "'gone'",
            "status: 'gone' is not one of trialing, active, past_due, paused, canceled, unpaid",
        ),
        ("subscriptions", "pause_end", "timestamptz '2025-01-31'", "pause_end is before pause_start"),
        ("accounts", "currency", "'usd'", "currency: 'usd' is not an ISO 4217 currency"),
        ("accounts", "is_internal", "'perhaps'", "is_internal: 'perhaps' is not true or false"),
        ("event_mappings", "multiplier", "'x'", "multiplier: 'x' is not a number"),
        ("accounts", "external_ids", "'{'", "external_ids: '{' is not valid JSON"),
        ("accounts", "name", "'a' || chr(0)", "name contains a NUL character"),
        ("fx_rates", "rate", "0", "rate: '0' is below 0.000000000001"),
        ("discounts", "percent_off", "101", "percent_off: '101' is above 100"),
        ("credit_notes", "amount", "-1", "amount: '-1' is negative"),
    ],
)
def test_a_value_that_breaks_its_columns_rule(dataset: str, column: str, value: str, reason: str) -> None:
    ids = ("subscription_id", "account_id", "plan_id", "discount_id", "credit_note_id", "invoice_id", "meter_id")
    good = dict.fromkeys((*ids, "name", "event_name", "amount", "rate", "percent_off"), "'1'")
    good |= {"currency": "'USD'", "base": "'USD'", "quote": "'EUR'", "status": "'active'", "day": "date '2025-01-01'"}
    good |= dict.fromkeys(("started_at", "created_at", "valid_from"), "timestamptz '2025-01-01'")
    good["pause_start"] = "timestamptz '2025-02-01'"
    names = {c.name for c in DATASETS[dataset].columns}
    row = {name: text for name, text in (good | {column: value}).items() if name in names}
    duck = utc()
    relation = f"(select {', '.join(f'{text} as {name}' for name, text in row.items())})"
    validation = validated(duck, DATASETS[dataset], relation)
    assert duck.execute(f"select reason from ({validation.bad_rows()})").fetchall() == [(reason,)]


def test_minor_units_follow_iso_4217() -> None:
    units = minor_units()
    assert [units[code] for code in ("JPY", "ISK", "USD", "EUR", "KWD", "CLF")] == [0, 0, 2, 2, 3, 4]
    assert "XXX" not in units
    assert "XAU" not in units


def test_every_type_has_a_form_in_the_lake_and_in_the_warehouse() -> None:
    assert DUCKDB_TYPES.keys() == POSTGRES_TYPES.keys()


def test_a_quarantine_without_rows_has_the_columns_of_one_with_rows() -> None:
    duck = utc()
    duck.execute("create or replace table delivered as select 'a' as account_id")
    bad_rows = validated(duck, DATASETS["accounts"], "delivered").bad_rows(month="2025-01")
    assert duck.execute(f"describe {NO_BAD_ROWS}").fetchall() == duck.execute(f"describe {bad_rows}").fetchall()

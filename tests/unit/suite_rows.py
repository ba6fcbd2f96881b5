"""Good rows of every dataset, for the tests of the suites: a thousand a month for four months, in memory.

The columns and types are the contract's; a value is that of its type, or the one given here where the type says too
little. Every time is the row's own moment, so that no order of times is broken, and every key is numbered.
"""

import duckdb

from revenue_assets.checks.suite_worker import show_currencies
from revenue_assets.contract.datasets import DATASETS
from revenue_assets.contract.model import Column

ROWS = 4000
MONTHS = ("2025-01", "2025-02", "2025-03", "2025-04")
MOMENT = "timestamptz '2025-01-10 00:00:00+00' + to_months(cast(number % 4 as integer)) + to_seconds(number)"
_BY_TYPE = {
    "text": "'text'",
    "ts": MOMENT,
    "qty": "1",
    "money": "10",
    "ccy": "'USD'",
    "bool": "false",
    "int": "1",
    "date": "date '2015-01-01' + cast(number as integer)",
    "json": "null",
}
_BY_COLUMN = {
    "aggregation": "'sum'",
    "charge_model": "'per_unit'",
    "country": "'DE'",
    "email": "'somebody@example.com'",
    "event_name": "'call'",
    "included_units": "0",
    "quote": "'EUR'",
    "replaces_invoice_id": "null",
    "valid_to": f"{MOMENT} + interval 1 day",
    "window_end": f"{MOMENT} + interval 1 day",
}
_OF_A_DATASET = {
    ("event_mappings", "event_name"): "'name_' || number",
    ("reported_usage", "meter_id"): "'meter'",
    ("reported_usage", "reported_at"): f"{MOMENT} + interval 2 days",
    ("invoices", "status"): "'open'",
    ("invoice_lines", "kind"): "'usage'",
    ("subscriptions", "status"): "'active'",
    ("contract_prices", "subscription_id"): "null",
    ("billing_prices", "subscription_id"): "null",
    ("discounts", "amount_off"): "null",
}


def good_rows() -> duckdb.DuckDBPyConnection:
    """A session with a table `good_<dataset>`, and a view of it that is named as the dataset is."""
    duck = duckdb.connect()
    duck.execute("set TimeZone = 'UTC'")
    show_currencies(duck)
    for name, dataset in DATASETS.items():
        values = {"source_name": "'src'", "organization_id": "'org'"}
        values |= {column.name: _value(name, column) for column in dataset.columns}
        typed = [f"cast({values[column]} as {kind}) as {column}" for column, kind in dataset.stored_columns().items()]
        if dataset.is_monthly:
            typed.append(f"strftime({MOMENT}, '%Y-%m') as month")
        duck.execute(f"create table good_{name} as select {', '.join(typed)} from range({ROWS}) as numbers (number)")
        duck.execute(f"create view {name} as from good_{name}")
    return duck


def _value(dataset: str, column: Column) -> str:
    if (dataset, column.name) in _OF_A_DATASET:
        return _OF_A_DATASET[dataset, column.name]
    if column.name in _BY_COLUMN:
        return _BY_COLUMN[column.name]
    if column.allowed:
        return f"'{column.allowed[0]}'"
    return f"'{column.name}_' || number" if column.type == "id" else _BY_TYPE[column.type]

"""A month is rebuilt with those that may charge what came too late in it."""

import psycopg
import pytest

from revenue_assets.assets.later_months import with_later_months
from tests.integration.conftest import Books


@pytest.fixture(scope="module")
def connection(books: Books) -> psycopg.Connection:
    """January to March are closed; something of January was late."""
    for start, end in (("2025-01-01", "2025-02-01"), ("2025-02-01", "2025-03-01"), ("2025-03-01", "2025-04-01")):
        books.period("late", start, end)
    row = {"account_id": "a", "subscription_id": "s", "meter_id": "calls", "late_events": 1, "units_in_time": 1}
    row |= {"period_start": "2025-01-01", "period_end": "2025-02-01", "billing_month": "2025-01-01"}
    books.add("lake.period_arrivals", "late", **row)
    return books.connection


@pytest.mark.parametrize(
    ("months", "built"),
    [
        (["2025-01"], ["2025-01", "2025-02", "2025-03"]),
        (["2025-01", "2025-02"], ["2025-01", "2025-02", "2025-03"]),
        (["2025-02"], ["2025-02"]),
        (["2025-03"], ["2025-03"]),
        (["2025-04"], ["2025-04"]),
    ],
)
def test_later_months_that_are_closed(connection: psycopg.Connection, months: list[str], built: list[str]) -> None:
    assert with_later_months(connection, months) == built

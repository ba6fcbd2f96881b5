"""Percentages of single events: the lake has rated the events of each step, the ladder compares the amounts."""

from decimal import Decimal
from typing import Any

import pytest

from tests.integration.conftest import Books

PARTS = ("actual", "less_rejected", "less_unreported", "requantified", "with_reported_twice", "reported")
TERMS: dict[str, Any] = {"meter_id": "calls", "charge_model": "percentage", "rate_percent": "2", "fixed_amount": "0.10"}


def d(text: str) -> Decimal:
    return Decimal(text)


def company(books: Books, organization: str, units: str, amounts: str, line: str, billing: str = "") -> None:
    """A January of calls at a percentage: quantities and amounts of each step, and an invoice of one usage line."""
    books.company(organization, call=None)
    books.price(organization, "c", **TERMS)
    books.period(organization)
    books.usage(organization, units)
    events(books, organization, "contract", "c", amounts)
    if billing:
        books.price(organization, "b", "billing_prices", **(TERMS | {"rate_percent": "1"}))
        events(books, organization, "billing", "b", billing)
    books.invoice(organization, "i", f"usage {line}" if line else "")


def events(books: Books, organization: str, side: str, price_id: str, amounts: str) -> None:
    """What the events cost: one amount for every step, or six in their order."""
    parts = amounts.split() * (6 if len(amounts.split()) == 1 else 1)
    row: dict[str, Any] = {f"{part}_amount": amount for part, amount in zip(PARTS, parts, strict=True)}
    row |= {"account_id": "a", "subscription_id": "s", "meter_id": "calls", "side": side, "price_id": price_id}
    row |= {"period_start": "2025-01-01", "period_end": "2025-02-01", "billing_month": "2025-01-01"}
    row["in_time_amount"] = row["reported_amount"]  # nothing was late
    books.add("lake.period_amounts", organization, **row)


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once. An event of 100 costs 2.10, one of 50 costs 1.10."""
    company(books, "matched", "150", "3.20", "150 3.20")
    # Of 100, 50, 50 and 100 the first was refused and the second forgotten; the third came twice, one without usage.
    steps = "300 200 150 150 150 200 220"
    company(books, "every_step", steps, "6.40 4.30 3.20 3.20 4.30 4.80", "220 4.80")
    # One event of 100 lost and two of 50 that nobody used: the units are the same, the money is not.
    company(books, "same_units", "100 100 0 0 0 0 100", "2.10 2.10 0 0 0 2.20", "100 2.20")
    company(books, "rounded", "0.33", "0.10660000000000000000000001", "0.33 0.11")
    company(books, "other_units_billed", "150", "3.20", "100 2.10")
    company(books, "no_line", "150", "3.20", "")
    company(books, "wrong_rate", "150", "3.20", "150 1.70", billing="1.70")
    company(books, "wrong_rate_and_sum", "150", "3.20", "150 1.50", billing="1.70")
    books.company("billed_unused", call=None)
    books.price("billed_unused", "c", **TERMS)
    books.period("billed_unused")
    books.invoice("billed_unused", "i", "usage 100 2.10")
    assert set(books.build_ladder().values()) == {"success", "pass"}
    return books


@pytest.mark.parametrize(
    ("organization", "leaks"),
    [
        ("matched", {}),
        ("every_step", {"U3": "2.10", "U1": "1.10", "U8": "-1.10", "U9": "-0.50"}),
        ("same_units", {"U1": "2.10", "U9": "-2.20"}),
        ("rounded", {}),
        ("other_units_billed", {"unposted": "1.10"}),
        ("no_line", {"B1": "3.20"}),
        ("wrong_rate", {"R1": "1.50"}),
        ("wrong_rate_and_sum", {"R1": "1.50", "R8": "0.20"}),
        ("billed_unused", {"unposted": "-2.10"}),
    ],
)
def test_a_leak_is_the_difference_of_what_the_events_cost(
    books: Books, organization: str, leaks: dict[str, str]
) -> None:
    found = {code: amount for (_, code), amount in books.causes(organization).items()}
    assert found == {code: d(amount) for code, amount in leaks.items()}

"""What is potential is in no sum of what is confirmed, and its evidence is not that of other usage."""

from decimal import Decimal

import pytest

from revenue_assets.findings.evidence import OUTSIDE, gather
from revenue_assets.findings.queries import Row, Totals, totals

d = Decimal


def row(amount: str, certainty: str, currency: str = "USD") -> Row:
    return {"leak_amount": d(amount), "certainty": certainty, "currency": currency, "minor_unit": 2, "bucket": OUTSIDE}


def test_totals_count_each_certainty_by_itself() -> None:
    found = [row("5", "confirmed"), row("-2", "confirmed"), row("100", "potential"), row("7", "potential", "EUR")]
    assert totals(found) == [Totals("USD", 2, d("5"), d("2"))]
    assert totals(found, "potential") == [Totals("EUR", 2, d("7"), d("0")), Totals("USD", 2, d("100"), d("0"))]


@pytest.mark.parametrize("certainty", ["potential", "confirmed"])
def test_usage_outside_of_the_ladder_is_not_shown_with_the_claimed_usage_of_its_month(certainty: str) -> None:
    evidence = gather(row("100", certainty), limit=10)
    assert (evidence.events, evidence.lines, evidence.unit_amount) == ([], [], None)

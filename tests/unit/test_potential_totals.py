"""What is potential is in no sum of what is confirmed."""

from decimal import Decimal

from revenue_assets.findings.queries import Row, Totals, totals

d = Decimal


def row(amount: str, certainty: str, currency: str = "USD") -> Row:
    return {"leak_amount": d(amount), "certainty": certainty, "currency": currency, "minor_unit": 2}


def test_totals_count_each_certainty_by_itself() -> None:
    found = [row("5", "confirmed"), row("-2", "confirmed"), row("100", "potential"), row("7", "potential", "EUR")]
    assert totals(found) == [Totals("USD", 2, d("5"), d("2"))]
    assert totals(found, "potential") == [Totals("EUR", 2, d("7"), d("0")), Totals("USD", 2, d("100"), d("0"))]

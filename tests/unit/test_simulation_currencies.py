"""Simulated invoices in another currency: the rates of days, and what an old rate makes of an amount."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from revenue_assets.simulation.company import ServedPeriod
from revenue_assets.simulation.converting import in_other_currency, rate_of, rate_rows, worth
from revenue_assets.simulation.customers import draw_company
from revenue_assets.simulation.fates import Draft
from revenue_assets.simulation.periods import Period
from revenue_assets.simulation.profiles import profile_named

SMALL = profile_named("small")
DOLLARS = replace(SMALL.organizations[0], other_currency="EUR", other_rate=Decimal("1.10"))
ISSUED_AT = datetime(2025, 10, 8, 23, 59, tzinfo=UTC)


def draft(variant: int) -> Draft:
    served = ServedPeriod(0, 0, Period(ISSUED_AT, ISSUED_AT, 1, 1))
    return Draft(None, served, ISSUED_AT, [], "R7", variant)


def test_a_rate_differs_a_little_from_day_to_day() -> None:
    days = [date(2025, 10, 6 + number) for number in range(7)]
    assert {rate_of(DOLLARS, day) for day in days} == {
        Decimal(thousandths) * Decimal("1.10") / 1000 for thousandths in (993, 1003, 1000, 1008, 996, 1005, 999)
    }


def test_an_old_rate_charges_a_tenth_too_little_or_too_much() -> None:
    rate = rate_of(DOLLARS, ISSUED_AT.date())
    for variant, old in ((0, Decimal("1.1")), (1, Decimal("0.9"))):
        charged = in_other_currency(DOLLARS, draft(variant), Decimal("100.00"))
        assert charged == (100 / (rate * old)).quantize(Decimal("0.01"))
        assert worth(DOLLARS, draft(variant), charged) == (charged * rate).quantize(Decimal("0.01"))
    assert worth(DOLLARS, draft(0), Decimal("100")) > Decimal("100")


def test_there_is_a_rate_of_every_day_on_which_an_invoice_can_be_issued() -> None:
    company = draw_company(SMALL, SMALL.organizations[0], 1)
    days = [row["day"] for row in rate_rows(company)]
    assert days == sorted(set(days))
    assert days[-1] == SMALL.as_of.date()
    assert (days[-1] - days[0]).days + 1 == len(days)
    nothing = replace(company, organization=replace(company.organization, other_currency=None, other_rate=None))
    assert list(rate_rows(nothing)) == []

"""The executive KPIs, worked out by hand: each of one month, with the month before and the change."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from revenue_assets.findings.history.versions import note_findings
from tests.integration.conftest import Books, Row

d = Decimal
JANUARY, FEBRUARY, MARCH = (date(2025, month, 1) for month in (1, 2, 3))
ENDS = {JANUARY: "2025-02-01", FEBRUARY: "2025-03-01", MARCH: "2025-04-01"}
BUILT = "mart_executive_kpis mart_revenue_monthly"
CONSERVATION = "executive_figures_that_differ_from_their_marts"


def month_of(books: Books, organization: str, month: date, calls: str = "100") -> dict[str, Any]:
    """A fee of 10.00 and calls at 0.10 in a month, not billed; gives what an invoice of it says of its period."""
    start, end = month.isoformat(), ENDS[month]
    days = (date.fromisoformat(end) - month).days
    books.period(organization, start, end, days=(days, days))
    books.usage(organization, calls, start, end)
    return {"period_start": start, "period_end": end, "issued_at": end}


def billed(books: Books, organization: str, month: date, calls: str = "100") -> None:
    """The same, billed rightly and paid when it is issued; the invoice is named as the month."""
    of = month_of(books, organization, month, calls)
    usage = int(calls) / d(10)
    books.invoice(organization, month.isoformat(), f"recurring - 10.00, usage {calls} {usage}", **of)
    books.payment(organization, month.isoformat(), str(10 + usage), attempted_at=of["issued_at"])


def intent(books: Books, organization: str, account: str, name: str = "cancel_intent") -> None:
    """Something that an account did in January."""
    of = {"event_name": name, "day": "2025-01-20", "month": "2025-01-01", "events": 2}
    books.add("lake.engagement_daily", organization, account_id=account, **of)


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    everything: dict[str, Any] = {"fee": "10.00", "without": ""}
    books.company("two_months", **everything)
    billed(books, "two_months", JANUARY)
    billed(books, "two_months", FEBRUARY, "50")

    books.company("gap", **everything)
    billed(books, "gap", JANUARY)
    billed(books, "gap", MARCH)

    books.company("running", **everything, as_of="2025-02-20")
    billed(books, "running", JANUARY)
    of = month_of(books, "running", FEBRUARY)
    books.invoice("running", "now", "recurring - 10.00", **of)

    # Two invoices are first tried in February; one of them is declined, and paid in March.
    books.company("fails", **everything)
    of = month_of(books, "fails", JANUARY)
    for invoice, line in (("fee", "recurring - 10.00"), ("calls", "usage 100 10.00")):
        books.invoice("fails", invoice, line, **of)
        declined = invoice == "calls"
        books.payment(
            "fails", invoice, "10.00", attempted_at="2025-02-28", status="failed" if declined else "succeeded"
        )
    again = {"attempt_id": "again", "attempt_number": 2, "attempted_at": "2025-03-03"}
    books.payment("fails", "calls", "10.00", **again)
    billed(books, "fails", FEBRUARY)

    books.company("used_and_not_billed", **everything)
    month_of(books, "used_and_not_billed", JANUARY)

    # 100 calls for 10.00, charged as 150 for 15.00.
    books.company("overbilled", **everything)
    of = month_of(books, "overbilled", JANUARY)
    books.invoice("overbilled", "i", "recurring - 10.00, usage 150 15.00", **of)

    # Beside 20.00 in dollars, a line of 30.00 in yen and one of 5.00 that no subscription claims.
    books.company("two_currencies", **everything)
    billed(books, "two_currencies", JANUARY)
    books.invoice("two_currencies", "yen", "other - 30", currency="JPY", subscription_id=None, account_id="b")
    books.payment("two_currencies", "yen", "30", currency="JPY")
    books.invoice("two_currencies", "stray", "other - 5.00", subscription_id=None, account_id="b")

    # Two customers, of whom one means to cancel, as does somebody who is no customer.
    books.company("cancels", **everything, also="engagement_events")
    billed(books, "cancels", JANUARY)
    billed(books, "cancels", FEBRUARY)
    other = {"currency": "USD", "created_at": "2024-01-01", "is_internal": False}
    books.add("accounts", "cancels", account_id="b", name="B", **other)
    books.subscription("cancels", "t", account_id="b")
    for account, name in (("a", "login"), ("b", "cancel_intent"), ("nobody", "cancel_intent")):
        intent(books, "cancels", account, name)

    books.company("usage_only", without="reported_events invoices invoice_lines payment_attempts")
    month_of(books, "usage_only", JANUARY)

    # Nothing is billed at first; a week later there is a paid invoice of the fee alone.
    books.company("recovers", **everything, as_of="2025-03-01")
    of = month_of(books, "recovers", JANUARY)
    books.build(only=BUILT)
    note_findings(books.connection, ["test"], ["2025-01"])
    books.connection.execute("update raw.organizations set as_of = '2025-03-08' where organization_id = 'recovers'")
    books.invoice("recovers", "late", "recurring - 10.00", **(of | {"issued_at": "2025-03-05"}))
    books.payment("recovers", "late", "10.00", attempted_at="2025-03-06")
    books.build(only=BUILT)
    note_findings(books.connection, ["test"], ["2025-01"])
    books.connection.commit()
    return books


def kpis(books: Books, organization: str, currency: str = "USD") -> dict[date, Row]:
    """The rows of an organization in a currency, by month."""
    query = "select * from marts.mart_executive_kpis where organization_id = %s and currency = %s"
    return {row["month"]: row for row in books.rows(query, organization, currency)}


def with_change(row: Row, kpi: str) -> tuple[Any, Any, Any]:
    """A figure, the same of the month before, and the change."""
    return row[kpi], row[f"{kpi}_previous"], row[f"{kpi}_change"]


def test_the_first_month_is_compared_with_nothing(books: Books) -> None:
    first = kpis(books, "two_months")[JANUARY]
    assert with_change(first, "total_revenue_amount") == (20, None, None)
    assert with_change(first, "paying_customers") == (1, None, None)


def test_a_month_stands_beside_the_one_before(books: Books) -> None:
    second = kpis(books, "two_months")[FEBRUARY]
    assert with_change(second, "total_revenue_amount") == (15, 20, -5)
    assert with_change(second, "paying_customers") == (1, 1, 0)
    assert with_change(second, "leak_under_rate") == (0, 0, 0)
    assert with_change(second, "assurance_coverage_rate") == (1, 1, 0)


def test_a_month_after_one_that_was_not_closed_has_none_before_it(books: Books) -> None:
    assert sorted(kpis(books, "gap")) == [JANUARY, MARCH]
    assert with_change(kpis(books, "gap")[MARCH], "total_revenue_amount") == (20, None, None)


def test_half_a_month_is_not_compared_with_a_whole_one(books: Books) -> None:
    row = kpis(books, "running")[FEBRUARY]
    assert not row["is_complete"]
    assert with_change(row, "total_revenue_amount") == (10, 20, None)


def test_a_failure_paid_next_month_is_one_failed_invoice_of_its_first_try(books: Books) -> None:
    months = kpis(books, "fails")
    assert (months[JANUARY]["payment_failure_rate"], months[JANUARY]["average_payment_attempts"]) == (None, None)
    # One of two invoices declined; three tries for two invoices.
    assert with_change(months[FEBRUARY], "payment_failure_rate") == (d("0.5"), None, None)
    assert months[FEBRUARY]["average_payment_attempts"] == d("1.5")
    assert months[JANUARY]["paying_customers"] == 1


def test_usage_without_an_invoice_leaks_all_of_it(books: Books) -> None:
    row = kpis(books, "used_and_not_billed")[JANUARY]
    assert (row["total_revenue_amount"], row["paying_customers"]) == (0, 0)
    assert (row["leak_under_amount"], row["leak_under_rate"], row["leak_over_rate"]) == (20, 1, 0)
    assert row["assurance_coverage_rate"] is None  # nothing was invoiced that could have been checked


def test_under_and_over_are_rates_of_what_was_entitled(books: Books) -> None:
    # Entitled to 20.00; 5.00 billed too much; nothing of 25.00 was paid or tried: under.
    row = kpis(books, "overbilled")[JANUARY]
    assert (row["leak_over_rate"], row["leak_under_rate"]) == (d("0.25"), d("1.25"))


def test_currencies_stand_apart_and_what_no_contract_knows_is_not_covered(books: Books) -> None:
    yen, dollars = (kpis(books, "two_currencies", currency) for currency in ("JPY", "USD"))
    assert (yen[JANUARY]["total_revenue_amount"], yen[JANUARY]["paying_customers"]) == (30, 1)
    assert yen[JANUARY]["leak_over_rate"] is None  # nothing was entitled in yen
    assert yen[JANUARY]["assurance_coverage_rate"] == 0
    assert dollars[JANUARY]["total_revenue_amount"] == 25
    assert dollars[JANUARY]["assurance_coverage_rate"] == d("0.8")  # 20 of 25


def test_cancel_intents_are_of_customers(books: Books) -> None:
    months = kpis(books, "cancels")
    assert (months[JANUARY]["served_customers"], months[JANUARY]["cancel_intent_customers"]) == (2, 1)
    assert months[JANUARY]["cancel_intent_rate"] == d("0.5")
    assert months[FEBRUARY]["cancel_intent_rate"] is None  # nothing is known of February
    assert kpis(books, "two_months")[JANUARY]["cancel_intent_rate"] is None


def test_what_is_not_delivered_is_null(books: Books) -> None:
    row = kpis(books, "usage_only")[JANUARY]
    names = ("total_revenue_amount", "paying_customers", "payment_failure_rate", "leak_under_rate", "leak_over_rate")
    assert {row[name] for name in names} == {None}


def test_a_loss_that_a_document_resolved_is_recovered(books: Books) -> None:
    # 10.00 for the fee was billed late; 10.00 for calls is still missing, under another code now, and counts once.
    row = kpis(books, "recovers")[JANUARY]
    assert (row["noted_leak_amount"], row["resolved_leak_amount"]) == (20, 10)
    assert row["leak_recovery_rate"] == d("0.5")


def test_figures_that_are_not_those_of_the_marts_are_found(books: Books) -> None:
    assert books.dbt("test", "--select", CONSERVATION) == {CONSERVATION: "pass"}
    books.connection.execute("update marts.mart_revenue_monthly set credited_amount = credited_amount + 0.01")
    assert books.dbt("test", "--select", CONSERVATION) == {CONSERVATION: "fail"}
    books.connection.execute("update marts.mart_revenue_monthly set credited_amount = credited_amount - 0.01")


@pytest.mark.parametrize("change", ["checked_amount = checkable_amount + 1", "checked_amount = -1"])
def test_a_coverage_outside_of_its_bounds_is_found(books: Books, change: str) -> None:
    test = "checked_revenue_above_what_was_invoiced"
    books.connection.execute(f"update intermediate.int_checked_revenue set {change}".encode())
    assert books.dbt("test", "--select", test) == {test: "fail"}

"""Revenue by month, plan and country, worked out by hand: cash counts in the month of the period that it pays for."""

from datetime import date
from decimal import Decimal

import pytest

from tests.integration.conftest import Books, Row

d = Decimal
JANUARY = date(2025, 1, 1)
FEBRUARY = date(2025, 2, 1)
CONSERVATION = "monthly_revenue_that_differs_from_the_ladder"


def billed(
    books: Books, organization: str, lines: str = "recurring - 10.00, usage 100 10.00", **invoice: object
) -> None:
    """A company that owes 20.00 for January (a fee of 10.00 and 100 calls at 0.10), with one invoice `i`."""
    books.company(organization, fee="10.00", without="", currency=str(invoice.get("currency", "USD")))
    books.period(organization, currency=invoice.get("currency", "USD"))
    books.usage(organization, "100")
    books.invoice(organization, "i", lines, **invoice)


def refund(books: Books, organization: str, amount: str, day: str, **columns: object) -> None:
    """A refund of invoice `i`, with a reason."""
    row = {"refund_id": "r", "invoice_id": "i", "currency": "USD", "reason": "outage"}
    books.add("refunds", organization, amount=amount, created_at=day, **(row | columns))


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    billed(books, "paid_next_month")
    books.payment("paid_next_month", "i", "20.00", attempt_id="f", status="failed", attempted_at="2025-01-31")
    books.payment("paid_next_month", "i", "20.00", attempt_number=2, attempted_at="2025-02-20")

    billed(books, "refunded_in_part", "recurring - 10.00, usage 100 10.00, tax - 5.00")
    books.payment("refunded_in_part", "i", "25.00")
    refund(books, "refunded_in_part", "5.00", "2025-04-10")
    dispute = {"dispute_id": "d", "attempt_id": "pay-i", "currency": "USD", "status": "lost", "amount": "2.50"}
    books.add("disputes", "refunded_in_part", created_at="2025-03-01", **dispute)

    billed(books, "refunded_wholly")
    books.payment("refunded_wholly", "i", "20.00")
    refund(books, "refunded_wholly", "20.00", "2025-02-03")

    billed(books, "credited")
    note = {"credit_note_id": "c", "invoice_id": "i", "currency": "USD", "reason": "outage", "approved_by": "cfo"}
    books.add("credit_notes", "credited", amount="4.00", created_at="2025-02-09", **note)
    books.payment("credited", "i", "16.00")

    billed(books, "prepaid")
    use = {"application_id": "u", "grant_id": "g", "invoice_id": "i", "applied_at": "2025-02-01"}
    books.add("credit_applications", "prepaid", amount="20.00", **use)

    # A second customer, in another country, on the same plan, pays in yen; a third one is our own.
    billed(books, "two_currencies")
    books.payment("two_currencies", "i", "20.00")
    other = {"currency": "JPY", "created_at": "2024-01-01", "is_internal": False}
    books.add("accounts", "two_currencies", account_id="b", name="B", country="JP", **other)
    books.add("accounts", "two_currencies", account_id="own", name="Own", **(other | {"is_internal": True}))
    yen = {"currency": "JPY", "subscription_id": None}
    books.invoice("two_currencies", "j", "recurring - 1500", account_id="b", **yen)
    books.payment("two_currencies", "j", "1500", currency="JPY")
    books.invoice("two_currencies", "k", "recurring - 99", account_id="own", **yen)

    books.company("used_and_not_billed", without="", as_of="2025-02-02")
    books.period("used_and_not_billed")
    books.usage("used_and_not_billed", "100")

    books.company("without_payments")
    books.period("without_payments")
    books.usage("without_payments", "100")
    books.invoice("without_payments", "i", "usage 100 10.00")

    # Two periods, of which the second one's month is not among those that are closed.
    billed(books, "february_not_closed")
    books.period("february_not_closed", "2025-02-01", "2025-03-01", days=(28, 28))
    books.usage("february_not_closed", "50", "2025-02-01", "2025-03-01")
    books.build("2025-01", "2025-01", only="mart_revenue_monthly")
    return books


def revenue(books: Books, organization: str) -> list[Row]:
    """The rows of an organization, by currency."""
    query = "select * from marts.mart_revenue_monthly where organization_id = %s order by currency"
    return books.rows(query, organization)


def amounts(row: Row) -> dict[str, Decimal | None]:
    """The amounts of a row without their ending."""
    return {name.removesuffix("_amount"): value for name, value in row.items() if name.endswith("_amount")}


def test_cash_of_february_for_january_is_january_s(books: Books) -> None:
    (row,) = revenue(books, "paid_next_month")
    assert (row["plan_id"], row["country"], row["billing_month"]) == ("p", "", JANUARY)
    assert (row["paying_customers"], row["collected_amount"]) == (1, 20)


def test_a_refund_lessens_what_its_items_brought_before_tax(books: Books) -> None:
    # The invoice asks for 25.00 with tax, its items for 20.00: four fifths of the 5.00 and of the 2.50 are theirs.
    (row,) = revenue(books, "refunded_in_part")
    assert amounts(row) == {
        "entitled": 20,
        "invoiced": 20,
        "credit": 0,
        "credited": 20,
        "prepaid": 0,
        "collected": 14,  # 20 - 4 - 2
        "refunded": 4,
        "disputed": 2,
        "unrated_invoiced": 0,
    }
    assert row["paying_customers"] == 1


def test_who_got_everything_back_is_no_paying_customer(books: Books) -> None:
    (row,) = revenue(books, "refunded_wholly")
    assert (row["paying_customers"], row["collected_amount"], row["refunded_amount"]) == (0, 0, 20)


def test_credit_notes_stand_between_invoiced_and_credited(books: Books) -> None:
    (row,) = revenue(books, "credited")
    assert (row["invoiced_amount"], row["credit_amount"], row["credited_amount"]) == (20, 4, 16)


def test_who_uses_a_prepaid_balance_pays(books: Books) -> None:
    (row,) = revenue(books, "prepaid")
    assert (row["paying_customers"], row["prepaid_amount"], row["collected_amount"]) == (1, 20, 0)


def test_currencies_and_countries_stand_apart_and_internal_accounts_nowhere(books: Books) -> None:
    yen, dollars = revenue(books, "two_currencies")
    assert (yen["currency"], yen["country"], yen["plan_id"], yen["invoiced_amount"]) == ("JPY", "JP", "", 1500)
    assert (dollars["currency"], dollars["country"], dollars["plan_id"], dollars["invoiced_amount"]) == (
        ("USD", "", "p", 20)
    )
    assert yen["entitled_amount"] == 0  # of no subscription, so nothing was owed


def test_usage_without_an_invoice_is_entitled_and_nothing_else(books: Books) -> None:
    (row,) = revenue(books, "used_and_not_billed")
    assert (row["entitled_amount"], row["invoiced_amount"], row["collected_amount"]) == (10, 0, 0)
    assert row["paying_customers"] == 0


def test_what_is_not_delivered_is_null(books: Books) -> None:
    (row,) = revenue(books, "without_payments")
    unknown = ("paying_customers", "collected_amount", "refunded_amount", "disputed_amount")
    assert {row[name] for name in unknown} == {None}
    assert row["invoiced_amount"] == 10


def test_a_month_that_was_not_closed_has_no_row_until_it_is(books: Books) -> None:
    assert [row["billing_month"] for row in revenue(books, "february_not_closed")] == [JANUARY]
    books.build("2025-02", "2025-02", only="mart_revenue_monthly")
    rows = {row["billing_month"]: row["entitled_amount"] for row in revenue(books, "february_not_closed")}
    assert rows == {JANUARY: 20, FEBRUARY: 15}  # February: the fee and 50 calls


@pytest.mark.parametrize(
    "column", ["entitled", "invoiced", "credited", "prepaid", "collected", "refunded", "disputed", "unrated_invoiced"]
)
def test_an_amount_that_is_not_the_ladder_s_fails_the_conservation(books: Books, column: str) -> None:
    change = f"update marts.mart_revenue_monthly set {column}_amount = {column}_amount {{}} 0.01 where country = 'JP'"
    books.connection.execute(change.format("+"))
    assert books.dbt("test", "--select", CONSERVATION) == {CONSERVATION: "fail"}
    books.connection.execute(change.format("-"))


def test_credits_that_do_not_lead_to_what_is_credited_are_found(books: Books) -> None:
    test = "revenue_whose_credits_do_not_lead_from_invoiced_to_credited"
    change = "update marts.mart_revenue_monthly set credit_amount = credit_amount {} 0.01 where country = 'JP'"
    books.connection.execute(change.format("+").encode())
    assert books.dbt("test", "--select", test) == {test: "fail"}
    books.connection.execute(change.format("-").encode())
    assert books.dbt("test", "--select", test) == {test: "pass"}


def test_all_amounts_are_the_ladder_s(books: Books) -> None:
    assert books.dbt("test", "--select", CONSERVATION) == {CONSERVATION: "pass"}


def test_a_refund_that_lines_do_not_share_is_found(books: Books) -> None:
    test = "invoice_money_that_lines_do_not_share"
    assert books.dbt("test", "--select", test) == {test: "pass"}
    books.connection.execute("update raw.refunds set amount = amount - 1, reason = reason")
    books.connection.execute(
        "update raw.payment_attempts set amount = amount - 1 where invoice_id in (select invoice_id "
        "from raw.refunds where refunds.organization_id = payment_attempts.organization_id)"
    )
    assert books.dbt("test", "--select", test) == {test: "fail"}

"""Payments by the month of their first try, worked out by hand: each invoice counts once, and its outcome late."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.integration.conftest import Books, Row

d = Decimal
JANUARY = date(2025, 1, 1)
RATES = ("attempt_failure", "invoice_failure", "first_attempt_success", "terminal_failure", "recovery", "net_loss")


def company(books: Books, organization: str, is_internal: bool = False) -> None:
    """A company whose invoices are of no period and all that matters is whether they are paid; as of June 2025."""
    books.company(organization, without="", call=None, is_internal=is_internal)


def owed(books: Books, organization: str, invoice: str = "i", amount: str = "10.00", **columns: object) -> None:
    """An invoice that is due since January."""
    books.invoice(organization, invoice, f"other - {amount}", **({"status": "open", "due_at": "2025-01-05"} | columns))


def tried(
    books: Books, organization: str, *tries: tuple[str, str | None], invoice: str = "i", **columns: object
) -> None:
    """Tries of (day, decline code or None where it succeeded), of 10.00 unless the columns say otherwise."""
    for number, (day, code) in enumerate(tries, start=1):
        row: Row = {"attempt_id": f"{invoice}-{number}", "attempt_number": number, "attempted_at": day}
        row |= {"status": "failed" if code else "succeeded", "decline_code": code}
        amount = str(columns.get("amount", "10.00"))
        books.payment(organization, invoice, **({"amount": amount} | row | columns))  # type: ignore[arg-type]


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    company(books, "paid_next_month")
    owed(books, "paid_next_month", status="paid")
    tried(books, "paid_next_month", ("2025-01-28", "insufficient_funds"), ("2025-02-03", None))

    company(books, "refunded_in_part")
    owed(books, "refunded_in_part", status="paid")
    tried(books, "refunded_in_part", ("2025-01-10", None))
    refund = {"refund_id": "r", "invoice_id": "i", "currency": "USD", "reason": "outage"}
    books.add("refunds", "refunded_in_part", amount="4.00", created_at="2025-02-10", **refund)

    company(books, "two_currencies")
    owed(books, "two_currencies")
    tried(books, "two_currencies", ("2025-01-10", "do_not_honor"), ("2025-01-13", "do_not_honor"))
    owed(books, "two_currencies", "j", "1000", currency="JPY", status="paid")
    tried(books, "two_currencies", ("2025-01-10", None), invoice="j", amount="1000", currency="JPY")

    company(books, "held_back")
    owed(books, "held_back", status="paid")
    held = {"attempt_id": "held", "status": "failed", "network_status": "not_sent_to_network"}
    books.payment("held_back", "i", "10.00", attempted_at="2024-12-30", **held, decline_code="highest_risk_level")
    tried(books, "held_back", ("2025-01-02", None))
    owed(books, "held_back", "j")
    books.payment("held_back", "j", "10.00", **(held | {"attempt_id": "j"}), attempted_at="2025-01-09")

    company(books, "immature")  # as of 1 June
    owed(books, "immature", due_at="2025-05-05")
    tried(books, "immature", ("2025-05-26", "insufficient_funds"))  # six days ago: a retry may come
    owed(books, "immature", "j", status="paid")
    tried(books, "immature", ("2025-05-10", None), invoice="j")  # paid, but as young: it would flatter the rest
    owed(books, "immature", "k", status="paid")
    tried(books, "immature", ("2025-05-01", "do_not_honor"), ("2025-05-04", None), invoice="k")
    owed(books, "immature", "l")
    tried(books, "immature", ("2025-05-11", None), invoice="l", status="pending")

    company(books, "never_paid")
    for invoice, last in {"i": None, "j": None, "k": None, "l": "insufficient_funds"}.items():
        owed(books, "never_paid", invoice, status="open" if last else "paid")
        tried(books, "never_paid", ("2025-01-10", last), invoice=invoice)
    tried(books, "never_paid", ("2025-01-13", "expired_card"), invoice="l", attempt_id="l-2", attempt_number=2)

    company(books, "zero_failures")
    owed(books, "zero_failures", status="paid")
    tried(books, "zero_failures", ("2025-01-10", None))

    company(books, "voided")
    owed(books, "voided", status="void")
    tried(books, "voided", ("2025-01-10", "lost_card"))

    company(books, "in_two_parts")  # 4.00 at once, of the rest 6.00 only the second try passes
    owed(books, "in_two_parts", status="paid")
    tried(books, "in_two_parts", ("2025-01-10", None), amount="4.00")
    again = {"amount": "6.00", "invoice": "i"}
    tried(books, "in_two_parts", ("2025-01-11", "call_issuer"), attempt_id="b", attempt_number=2, **again)
    tried(books, "in_two_parts", ("2025-01-12", None), attempt_id="c", attempt_number=3, **again)

    company(books, "own", is_internal=True)
    owed(books, "own")
    tried(books, "own", ("2025-01-10", "lost_card"))

    company(books, "masked")  # every month 40 invoices: one declined, from April on 14, and all of them paid in the end
    for month in range(1, 5):
        for number in range(40):
            invoice, day = f"{month}-{number}", f"2025-{month:02}-10"
            owed(books, "masked", invoice, status="paid")
            is_declined = number < (14 if month == 4 else 1)
            tries = ((day, "do_not_honor"), (f"2025-{month:02}-13", None)) if is_declined else ((day, None),)
            tried(books, "masked", *tries, invoice=invoice)

    books.build(only="mart_payment_reliability mart_failure_reason_monthly mart_retry_revenue_monthly")
    return books


def month(books: Books, organization: str, month: date = JANUARY, currency: str = "USD") -> Row:
    """The month's row of an organization and currency."""
    query = "select * from marts.mart_payment_reliability where organization_id = %s and month = %s and currency = %s"
    (row,) = books.rows(query, organization, month, currency)
    return row


def rates(row: Row) -> list[Decimal | None]:
    return [row[f"{name}_rate"] for name in RATES]


def test_a_failure_paid_next_month_is_one_failed_and_recovered_invoice_of_the_first_month(books: Books) -> None:
    found = books.rows("select * from marts.mart_payment_reliability where organization_id = 'paid_next_month'")
    assert [row["month"] for row in found] == [JANUARY]  # nothing in February
    (row,) = found
    assert (row["invoices"], row["failed_invoices"], row["mature_recovered_invoices"]) == (1, 1, 1)
    assert (row["attempts"], row["failed_attempts"], row["attempts_per_invoice"]) == (2, 1, 2)
    # one of two tries failed, one of one invoice failed, none at first, none lost, all recovered
    assert rates(row) == [d("0.5"), 1, 0, 0, 1, 0]
    assert (row["first_attempt_amount"], row["recovered_amount"], row["retry_share_rate"]) == (0, d("10"), 1)
    (payment,) = books.rows("select * from intermediate.int_invoice_payments where organization_id = 'paid_next_month'")
    assert (payment["outcome"], payment["paid_at"]) == ("recovered", datetime(2025, 2, 3, tzinfo=UTC))


def test_a_refund_later_does_not_undo_a_payment(books: Books) -> None:
    row = month(books, "refunded_in_part")
    assert rates(row) == [0, 0, 1, 0, None, 0]
    assert (row["first_attempt_amount"], row["refunded_amount"], row["outstanding_amount"]) == (d("10"), d("4"), 0)


def test_currencies_are_apart(books: Books) -> None:
    lost, paid = month(books, "two_currencies"), month(books, "two_currencies", currency="JPY")
    assert rates(lost) == [1, 1, 0, 1, 0, 1]
    assert (lost["outstanding_amount"], lost["mature_lost_amount"]) == (d("10"), d("10"))
    assert rates(paid) == [0, 0, 1, 0, None, 0]
    assert paid["first_attempt_amount"] == d("1000")


def test_what_was_held_back_is_no_try_and_dates_nothing(books: Books) -> None:
    row = month(books, "held_back")  # the first try that reached the network is of January, not of December
    assert (row["invoices"], row["attempts"], row["failed_attempts"]) == (1, 1, 0)
    assert (row["held_attempts"], row["held_invoices"]) == (2, 2)  # j was held back alone: in no rate
    assert (row["first_attempt_success_rate"], row["due_amount"]) == (1, d("10"))
    reasons = books.rows("select * from marts.mart_failure_reason_monthly where organization_id = 'held_back'")
    assert sorted((one["decline_code"], one["failed_attempts"], one["held_attempts"]) for one in reasons) == [
        ("", 0, 1),
        ("highest_risk_level", 0, 1),
    ]


def test_an_immature_cohort_is_marked_and_in_no_rate_of_the_outcome(books: Books) -> None:
    row = month(books, "immature", date(2025, 5, 1))
    assert not row["is_mature"]
    # i may be retried, j and l are younger than 30 days on 1 June; k's first try is 31 days ago
    assert (row["invoices"], row["mature_invoices"], row["immature_invoices"]) == (4, 1, 3)
    # of the five tries four have an answer, two of them failed; of four invoices three have an answer
    assert (row["attempts"], row["pending_attempts"], row["attempt_failure_rate"]) == (5, 1, d("0.5"))
    assert row["invoice_failure_rate"] == d("0.666666666667")
    assert (row["terminal_failure_rate"], row["recovery_rate"], row["net_loss_rate"]) == (0, 1, 0)
    assert row["outstanding_amount"] == d("20")  # i and l, whose try is pending
    query = "select invoice_id, outcome from intermediate.int_invoice_payments where organization_id = 'immature'"
    outcomes = {one["invoice_id"]: one["outcome"] for one in books.rows(query)}
    assert outcomes == {"i": "open", "j": "paid_first", "k": "recovered", "l": "open"}


def test_a_payment_that_never_comes_is_lost(books: Books) -> None:
    row = month(books, "never_paid")
    assert row["is_mature"]
    # five tries, two failed; one of four invoices failed and was lost: 10 of 40
    assert rates(row) == [d("0.4"), d("0.25"), d("0.75"), d("0.25"), 0, d("0.25")]
    reasons = books.rows("select * from marts.mart_failure_reason_monthly where organization_id = 'never_paid'")
    found = {
        one["decline_code"]: (one["reason_class"], one["failed_attempts"], one["failed_invoices"]) for one in reasons
    }
    # the invoice belongs to the reason that it failed for first
    assert found == {"insufficient_funds": ("soft", 1, 1), "expired_card": ("customer_action", 1, 0)}
    assert {one["decline_code"]: one["recovery_rate"] for one in reasons} == {
        "insufficient_funds": 0,
        "expired_card": None,
    }
    assert {one["failed_attempt_share_rate"] for one in reasons} == {d("0.5")}


def test_without_a_failure_rates_are_zero_and_there_is_nothing_to_recover(books: Books) -> None:
    row = month(books, "zero_failures")
    assert rates(row) == [0, 0, 1, 0, None, 0]
    assert (row["recovery_amount_rate"], row["retry_share_rate"]) == (None, 0)
    assert books.rows("select * from marts.mart_failure_reason_monthly where organization_id = 'zero_failures'") == []


def test_an_invoice_that_was_withdrawn_failed_and_is_neither_recovered_nor_lost(books: Books) -> None:
    row = month(books, "voided")
    assert (row["invoices"], row["withdrawn_invoices"], row["mature_invoices"]) == (1, 1, 0)
    assert rates(row) == [1, 1, 0, None, None, None]
    assert (row["due_amount"], row["outstanding_amount"]) == (0, 0)


def test_what_came_before_the_first_decline_is_not_recovered(books: Books) -> None:
    row = month(books, "in_two_parts")
    assert (row["first_attempt_amount"], row["recovered_amount"]) == (d("4"), d("6"))
    assert (row["mature_at_stake_amount"], row["recovery_amount_rate"]) == (d("6"), 1)
    assert row["retry_share_rate"] == d("0.6")


def test_internal_accounts_are_left_out(books: Books) -> None:
    assert books.rows("select * from intermediate.int_invoice_payments where organization_id = 'own'") == []


def test_retries_that_hide_more_declines_are_seen(books: Books) -> None:
    query = "select * from marts.mart_retry_revenue_monthly where organization_id = 'masked' order by month"
    first, *_, march, april = books.rows(query)
    assert (first["usual_undeclined_rate"], first["is_masked_by_retries"]) == (None, None)  # nothing is usual yet
    assert (march["usual_undeclined_rate"], march["undeclined_rate"]) == (d("0.975"), d("0.975"))  # 39 of 40
    assert march["is_masked_by_retries"] is False
    # 26 of 40 undeclined, whose interval ends at 0.78; usual are 117 of 120, whose interval begins at 0.93
    assert (april["undeclined_rate"], april["kept_rate"], april["retry_share_rate"]) == (d("0.65"), 1, d("0.35"))
    assert (april["is_declined_more"], april["is_lost_more"], april["is_masked_by_retries"]) == (True, False, True)
    assert (april["first_attempt_collection_rate"], april["collection_rate"]) == (d("0.65"), 1)


def test_plans_add_up_to_months_and_a_break_is_found(books: Books) -> None:
    breaks = {
        "update marts.mart_payment_reliability_plan_monthly set outstanding_amount = outstanding_amount + 1": (
            "plans_of_a_month_conserve_outstanding_amount"
        ),
        "update marts.mart_payment_reliability set failed_attempts = failed_attempts + 1": (
            "month_of_payments_conserves_failed_attempts"
        ),
        "update marts.mart_payment_reliability set immature_invoices = immature_invoices + 1": (
            "month_of_payments_whose_invoices_are_not_each_counted_once"
        ),
        "update marts.mart_payment_reliability set mature_lost_amount = mature_lost_amount + 1000": (
            "month_of_payments_whose_money_does_not_add_up"
        ),
        "update marts.mart_failure_reason_monthly set failed_invoices = failed_invoices + 1": (
            "reasons_of_a_month_conserve_failed_invoices"
        ),
        "update marts.mart_retry_revenue_monthly set lost_amount = lost_amount + 1000": (
            "revenue_after_retries_that_exceeds_what_was_asked"
        ),
        "update intermediate.int_invoice_payments set outstanding_amount = outstanding_amount + 1": (
            "payment_that_is_neither_collected_nor_outstanding"
        ),
        "update marts.mart_payment_reliability set recovery_rate = 1.5 where recovery_rate = 1": (
            "rates_mart_payment_reliability"
        ),
    }
    names = sorted(breaks.values())
    assert set(books.dbt("test", "--select", *names).values()) == {"pass"}
    assert len(books.dbt("test", "--select", *names)) == len(names)
    for statement in breaks:
        books.connection.execute(statement)
    found = books.dbt("test", "--select", *names)
    assert {name: found[name] for name in names} == dict.fromkeys(names, "fail")

"""From the documents to cash: what counts as documented, invoiced, credited and collected, shared out to the cent."""

from decimal import Decimal
from typing import Any

import pytest

from tests.integration.conftest import LADDER, UNPAID, Books

d = Decimal
TRIES = {
    "never_tried": [],
    "failed_twice": [("2025-02-02", "failed"), ("2025-02-09", "failed")],
    "failed_this_week": [("2025-02-02", "failed"), ("2025-05-25", "failed")],
    "pending": [("2025-02-02", "failed"), ("2025-02-09", "pending")],
    "written_off": [("2025-02-02", "failed")],
}
MISDRAWN: dict[str, dict[str, object]] = {
    "drawn": {},
    "expired": {"expires_at": "2025-01-31"},
    "not_yet_granted": {"granted_at": "2025-02-02"},
    "of_another": {"account_id": "b"},
    "too_small": {"amount": "2.00"},
    "drawn_twice": {},
}
UNJUSTIFIED: dict[str, dict[str, object]] = {
    "without_reason": {"reason": None},
    "blank_reason": {"reason": " "},
    "without_approval": {"approved_by": None},
}


def invoiced(
    books: Books, organization: str, lines: str, without: str = "", ended_at: str | None = None, **invoice: object
) -> None:
    """A company that used 100 calls (10.00) and owes a fee of 10.00 in January, with one invoice `i`."""
    dates: dict[str, Any] = {} if ended_at is None else {"ended_at": ended_at}
    books.company(organization, fee="10.00", without=without, **dates)
    books.period(organization)
    books.usage(organization, "100")
    books.invoice(organization, "i", lines, **invoice)


def credit(books: Books, organization: str, amount: str, line: str | None = None, **columns: object) -> None:
    """A credit note on invoice `i`, or on one of its lines, with reason and approval."""
    row = {"invoice_id": "i", "invoice_line_id": line, "amount": amount, "currency": "USD", "created_at": "2025-02-09"}
    row |= {"credit_note_id": f"c-{line}", "reason": "outage", "approved_by": "cfo"}
    books.add("credit_notes", organization, **(row | columns))


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    both = "recurring - 10.00, usage 100 10.00"
    taxed = f"{both}, tax - 3.80"
    invoiced(books, "credited", f"{both}, other - 10.00")
    credit(books, "credited", "10.00")
    invoiced(books, "line_credited", both, UNPAID)
    credit(books, "line_credited", "4.00", "i-l2")
    invoiced(books, "tax_not_credited", taxed)
    credit(books, "tax_not_credited", "5.00")
    invoiced(books, "paid", taxed)
    books.payment("paid", "i", "23.80")
    invoiced(books, "short_paid", taxed)
    books.payment("short_paid", "i", "10.00")
    invoiced(books, "failed", taxed)
    books.payment("failed", "i", "23.80", status="failed")
    invoiced(books, "given_back", both)
    books.payment("given_back", "i", "20.00")
    of = {"currency": "USD", "created_at": "2025-02-20"}
    books.add("refunds", "given_back", refund_id="r", invoice_id="i", amount="1.00", **of)
    books.add("disputes", "given_back", dispute_id="d", attempt_id="pay-i", amount="2.00", status="lost", **of)
    books.add("disputes", "given_back", dispute_id="w", attempt_id="pay-i", amount="9.00", status="won", **of)
    invoiced(books, "refunded", both)
    books.payment("refunded", "i", "20.00")
    books.add("refunds", "refunded", refund_id="r", invoice_id="i", amount="2.00", reason="outage", **of)
    invoiced(books, "overpaid", both)
    books.payment("overpaid", "i", "22.00")
    invoiced(books, "credited_and_paid", both)
    credit(books, "credited_and_paid", "4.00", "i-l2")
    books.payment("credited_and_paid", "i", "16.00")
    for organization, tries in TRIES.items():
        invoiced(books, organization, both, status="uncollectible" if organization == "written_off" else "open")
        for number, (day, status) in enumerate(tries, start=1):
            row = {"attempt_number": number, "attempted_at": day, "status": status}
            books.payment(organization, "i", "20.00", attempt_id=f"pay-{number}", **row)
    sent = {"status": "open", "collection": "send_invoice"}
    invoiced(books, "sent_long_ago", both, due_at="2025-05-01", **sent)
    invoiced(books, "sent_and_ended", both, ended_at="2025-06-01", due_at="2025-05-01", **sent)
    invoiced(books, "sent_and_not_ended_yet", both, ended_at="2025-06-02", due_at="2025-05-01", **sent)
    invoiced(books, "sent_and_elsewhere_served", both, ended_at="2025-03-01", due_at="2025-05-01", **sent)
    books.subscription("sent_and_elsewhere_served", "t", started_at="2025-03-01")
    invoiced(books, "sent_lately", both, due_at="2025-05-03", **sent)
    invoiced(books, "not_due", both, due_at="2025-05-30", status="open")
    invoiced(books, "prepaid", both)
    use = {"grant_id": "g", "invoice_id": "i", "amount": "5.00", "applied_at": "2025-02-01"}
    books.add("credit_applications", "prepaid", application_id="u", **use)
    books.payment("prepaid", "i", "15.00")

    for organization, columns in UNJUSTIFIED.items():
        invoiced(books, organization, both, UNPAID)
        credit(books, organization, "4.00", "i-l2", **columns)
    invoiced(books, "credited_twice", both, UNPAID)
    credit(books, "credited_twice", "4.00", "i-l2")
    credit(books, "credited_twice", "4.00", "i-l2", credit_note_id="again", created_at="2025-02-10")
    invoiced(books, "credited_for_two_reasons", both, UNPAID)
    credit(books, "credited_for_two_reasons", "4.00", "i-l2")
    credit(books, "credited_for_two_reasons", "4.00", "i-l2", credit_note_id="other", reason="late delivery")
    invoiced(books, "credited_above", both, UNPAID)
    credit(books, "credited_above", "12.50", "i-l2")

    granted = {"account_id": "a", "currency": "USD", "granted_at": "2025-01-01", "amount": "5.00"}
    for organization, columns in MISDRAWN.items():
        books.company(organization, fee="10.00", also="credit_grants")
        books.period(organization)
        books.usage(organization, "100")
        books.invoice(organization, "i", both)
        books.add("credit_grants", organization, grant_id="g", **(granted | columns))
        books.add("credit_applications", organization, application_id="u", **use)
    books.add("credit_applications", "drawn_twice", application_id="v", **use)

    invoiced(books, "draft", both, UNPAID, status="draft")
    invoiced(books, "fresh_draft", both, UNPAID, status="draft", issued_at="2025-05-30")
    invoiced(books, "voided", both, UNPAID, status="void")
    invoiced(books, "voided_twin", both, UNPAID)
    books.invoice("voided_twin", "j", both, status="void")
    invoiced(books, "voided_after_end", both, UNPAID)
    books.add(
        "accounts",
        "voided_after_end",
        account_id="b",
        name="B",
        currency="USD",
        created_at="2024-01-01",
        is_internal=False,
    )
    books.invoice("voided_after_end", "j", "recurring - 10.00", status="void", account_id="b", subscription_id=None)
    invoiced(books, "replaced", both, status="void")
    books.invoice("replaced", "j", both, replaces_invoice_id="i")
    invoiced(books, "off_by_a_cent", "recurring - 10.00, usage 100 10.01", UNPAID)
    invoiced(books, "miscalculated", "recurring - 10.00, usage 100 10.02", UNPAID)
    invoiced(books, "fee_charged_twice", both, UNPAID)
    books.invoice("fee_charged_twice", "j", "recurring - 10.00")
    books.company("unprorated", fee="10.00", call=None, without=UNPAID)
    books.period("unprorated", "2025-01-17", days=(15, 31))
    books.invoice("unprorated", "i", "recurring - 10.00", period_start="2025-01-17")
    invoiced(books, "no_lines", both)
    books.invoice("no_lines", "bare", "")
    books.payment("no_lines", "bare", "3.00")
    invoiced(books, "zero_lines", "recurring - 10.00, usage 100 10.00, discount - -20.00")
    books.payment("zero_lines", "i", "6.00")
    invoiced(books, "given_away", "recurring - 10.00, usage 100 10.00, discount - -20.00")
    invoiced(books, "given_away_in_a_draft", "recurring - 10.00, usage 100 10.00, discount - -20.00", status="draft")

    invoiced(books, "without_payments", both, without="payment_attempts")
    invoiced(books, "without_credits", both, without="credit_notes credit_applications")
    books.payment("without_credits", "i", "20.00")
    invoiced(books, "without_reports", both, without="reported_events")
    books.company("without_invoices", without="invoices invoice_lines payment_attempts")
    books.period("without_invoices")
    books.usage("without_invoices", "100 100 90 90 90 90 90")
    books.company("with_usage_only", without="invoices invoice_lines payment_attempts reported_events")
    books.period("with_usage_only")
    books.usage("with_usage_only", "100")
    results = books.dbt(*LADDER, "--exclude", "test_type:generic")
    assert not {name: status for name, status in results.items() if status not in ("success", "pass")}
    return books


def shares(books: Books, organization: str, kind: str) -> list[Decimal]:
    """The shares of the lines of an organization in the order of the lines."""
    query = "select * from intermediate.int_line_money where organization_id = %s order by invoice_line_id"
    return [row[f"{kind}_amount"] for row in books.rows(query, organization)]


def test_a_credit_of_an_invoice_is_shared_to_the_cent(books: Books) -> None:
    # thirds of 10.00, cumulated: 3.33, 6.67, 10.00
    assert shares(books, "credited", "credit") == [d("3.33"), d("3.34"), d("3.33")]
    assert books.ladder("credited")[5:7] == [d("10"), d("6.66")]


def test_a_credit_of_a_line_stays_on_it(books: Books) -> None:
    assert shares(books, "line_credited", "credit") == [0, 4]
    assert books.causes("line_credited") == {("calls", "justified_credit"): 4}


def test_credits_are_before_tax_and_cash_pays_the_tax_too(books: Books) -> None:
    assert shares(books, "tax_not_credited", "credit") == [d("2.5"), d("2.5"), 0]
    assert shares(books, "paid", "cash") == [10, 10, d("3.8")]
    assert books.ladder("paid") == [d("10")] * 9
    assert books.causes("paid") == {}


def test_a_part_payment_pays_every_line_its_share(books: Books) -> None:
    # 10 x 10 / 23.80 = 4.2017, twice that 8.4034
    assert shares(books, "short_paid", "cash") == [d("4.20"), d("4.20"), d("1.60")]
    assert books.leaks("short_paid") == {("calls", "C6"): d("5.80"), ("recurring", "C6"): d("5.80")}


def test_cash_pays_what_a_line_still_asks_for(books: Books) -> None:
    assert shares(books, "credited_and_paid", "cash") == [10, 6]
    assert books.causes("credited_and_paid") == {("calls", "justified_credit"): 4}


@pytest.mark.parametrize(
    ("organization", "code"),
    [
        ("failed", "C2"),
        ("failed_twice", "C1"),
        ("failed_this_week", "not_yet_collected"),
        ("never_tried", "C2"),
        ("pending", "not_yet_collected"),
        ("written_off", "C1"),
        ("sent_long_ago", "C3"),
        ("sent_and_ended", "C7"),
        ("sent_and_not_ended_yet", "C3"),
        ("sent_and_elsewhere_served", "C3"),
        ("sent_lately", "not_yet_collected"),
        ("not_due", "not_yet_collected"),
    ],
)
def test_an_open_invoice_says_why_it_is_not_collected(books: Books, organization: str, code: str) -> None:
    assert books.causes(organization) == {("calls", code): 10, ("recurring", code): 10}


def test_money_that_went_back_is_lost_unless_there_was_a_reason(books: Books) -> None:
    assert books.leaks("given_back") == {("calls", "C5"): d("1.5"), ("recurring", "C5"): d("1.5")}
    assert books.causes("refunded") == {("calls", "justified_refund"): 1, ("recurring", "justified_refund"): 1}


def test_cash_above_what_was_asked_for_is_no_leak(books: Books) -> None:
    assert books.causes("overpaid") == {("calls", "overpaid"): -1, ("recurring", "overpaid"): -1}


@pytest.mark.parametrize(
    ("organization", "amount"),
    [("drawn", 0), ("expired", 5), ("not_yet_granted", 5), ("of_another", 5), ("too_small", 3), ("drawn_twice", 5)],
)
def test_prepaid_balance_that_no_grant_covers_is_lost(books: Books, organization: str, amount: int) -> None:
    assert sum(books.leaks(organization).values()) == amount
    assert {code for _, code in books.leaks(organization)} == ({"B8"} if amount else set())


def test_a_failed_payment_is_no_cash(books: Books) -> None:
    assert books.ladder("failed")[8] == 0


def test_refunds_and_lost_disputes_lessen_cash_but_won_ones_do_not(books: Books) -> None:
    assert shares(books, "given_back", "cash") == [d("8.5"), d("8.5")]


def test_prepaid_balance_lessens_what_cash_must_cover(books: Books) -> None:
    assert books.ladder("prepaid")[5:] == [d("10"), d("10"), d("7.5"), d("7.5")]
    assert books.causes("prepaid")["calls", "prepaid_balance_used"] == d("2.5")


@pytest.mark.parametrize("organization", [*UNJUSTIFIED, "credited_twice"])
def test_a_credit_without_reason_or_approval_or_given_twice_is_lost(books: Books, organization: str) -> None:
    assert books.leaks(organization) == {("calls", "B7"): 4}


def test_a_credit_for_another_reason_is_another_credit(books: Books) -> None:
    assert books.leaks("credited_for_two_reasons") == {}


def test_what_is_credited_above_the_line_is_lost(books: Books) -> None:
    assert books.causes("credited_above") == {("calls", "B7"): d("2.5"), ("calls", "justified_credit"): 10}


@pytest.mark.parametrize(
    ("organization", "code"), [("draft", "B2"), ("voided", "B9"), ("fresh_draft", "not_yet_invoiced")]
)
def test_drafts_and_voids_are_documented_but_not_invoiced(books: Books, organization: str, code: str) -> None:
    assert books.ladder(organization)[4:6] == [10, 0]
    assert books.causes(organization) == {("calls", code): 10, ("recurring", code): 10}


@pytest.mark.parametrize("organization", ["voided_twin", "voided_after_end"])
def test_a_void_that_corrected_a_wrong_charge_leaves_no_trace(books: Books, organization: str) -> None:
    assert books.leaks(organization) == {}


def test_a_replaced_invoice_counts_once(books: Books) -> None:
    assert books.ladder("replaced")[2:7] == [10] * 5


def test_a_line_off_by_one_minor_unit_is_rounding_and_no_finding(books: Books) -> None:
    assert books.causes("off_by_a_cent") == {("calls", "rounding"): d("-0.01")}
    assert books.leaks("off_by_a_cent") == {}


def test_a_line_that_is_not_its_units_at_its_price_is_a_finding(books: Books) -> None:
    assert books.leaks("miscalculated") == {("calls", "R8"): d("-0.02")}


def test_a_fee_on_two_invoices_was_charged_twice(books: Books) -> None:
    assert books.leaks("fee_charged_twice") == {("recurring", "B6"): -10}


def test_a_partial_period_charged_whole_is_a_proration_error(books: Books) -> None:
    # 10.00 x 15 / 31 = 4.8387: 4.84 is owed, 10.00 was charged
    assert books.leaks("unprorated") == {("recurring", "R6"): d("-5.16")}


def test_cash_without_lines_does_not_vanish(books: Books) -> None:
    assert books.ladder("no_lines", "other") == [0] * 8 + [3]
    assert shares(books, "zero_lines", "cash") == [10, 10, -14]  # -20 of the discount, and 6


def test_lines_of_a_standing_invoice_that_asks_for_nothing_pay_each_other(books: Books) -> None:
    assert books.ladder("given_away", "calls") == books.ladder("given_away", "recurring") == [10] * 9
    assert not set(books.causes("given_away")) & {("calls", "justified_refund"), ("recurring", "justified_refund")}
    assert shares(books, "given_away_in_a_draft", "cash") == [0, 0, 0]


@pytest.mark.parametrize(
    ("organization", "ladder"),
    [
        ("without_payments", [10] * 8 + [None]),
        ("without_credits", [10] * 6 + [None, None, 10]),
        ("without_reports", [10, None] + [10] * 5 + [10, 0]),
        ("without_invoices", [10, 9] + [None] * 7),
        ("with_usage_only", [10] + [None] * 8),
    ],
)
def test_a_rung_that_a_source_does_not_have_is_null(
    books: Books, organization: str, ladder: list[Decimal | None]
) -> None:
    assert books.ladder(organization) == ladder
    rungs = books.rungs(organization)
    assert [row["is_available"] for row in rungs] == [amount is not None for amount in ladder]
    assert all(row["leak_net_amount"] is None for row in rungs if not row["is_available"])


def test_a_source_without_invoices_is_reconciled_with_what_was_metered(books: Books) -> None:
    rows = books.rows("select * from marts.mart_account_reconciliation where organization_id like 'with%%' order by 1")
    found = {row["organization_id"]: (row["status"], row["billed_rung"], row["leak_under_amount"]) for row in rows}
    assert found["without_invoices"] == ("underbilled", "metered", 1)
    assert found["with_usage_only"] == ("unknown", None, None)

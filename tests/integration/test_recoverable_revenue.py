"""What is still to come, worked out by hand: which retry the card networks allow and when, and what a debt is worth."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.integration.conftest import Books, Row

d = Decimal
AS_OF = datetime(2025, 6, 1, tzinfo=UTC)
CARD = {"method": "visa", "card_fingerprint": "f"}


def owed(books: Books, organization: str, invoice: str = "i", lines: str = "other - 10.00", **columns: object) -> None:
    """An invoice that is due since May."""
    books.invoice(organization, invoice, lines, **({"status": "open", "due_at": "2025-05-01"} | columns))


def tried(
    books: Books, organization: str, *tries: tuple[float, str | None], invoice: str = "i", **columns: object
) -> None:
    """Tries of (days before as_of, decline code or None where it succeeded), of 10.00 unless told otherwise."""
    for number, (days, code) in enumerate(tries, start=1):
        row: Row = {
            "attempt_id": f"{invoice}-{days}",
            "attempt_number": number,
            "decline_code": code,
            "amount": "10.00",
        }
        row |= {"status": "failed" if code else "succeeded", "attempted_at": AS_OF - timedelta(days=days)}
        row = row | CARD | columns
        books.payment(organization, invoice, row.pop("amount"), **row)


def case(books: Books, organization: str, *tries: tuple[float, str | None], **columns: object) -> None:
    """A company with one open invoice."""
    books.company(organization, without="", call=None)
    owed(books, organization)
    tried(books, organization, *tries, invoice="i", **columns)


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    case(books, "may_pass", (10, "insufficient_funds"))
    case(books, "just_tried", (3, "do_not_honor"), (0.5, "do_not_honor"))
    case(books, "hard", (10, "stolen_card"))
    case(books, "hard_and_a_new_card", (10, "stolen_card"))
    tried(books, "hard_and_a_new_card", (5, "insufficient_funds"), card_fingerprint="g")
    case(books, "hard_long_ago", (10, "stolen_card"), (5, "insufficient_funds"))
    case(books, "expired", (10, "expired_card"))
    case(books, "to_authenticate", (10, "authentication_required"))
    case(books, "wrong_code", (10, "incorrect_cvc"))
    case(books, "too_old", (61, "insufficient_funds"))
    case(books, "held_back", (10, "highest_risk_level"), network_status="not_sent_to_network")
    case(books, "pending", (10, "insufficient_funds"))
    tried(books, "pending", (4, None), status="pending")
    case(books, "written_off", (40, "do_not_honor"), (37, "do_not_honor"))
    books.connection.execute("update raw.invoices set status = 'uncollectible' where organization_id = 'written_off'")
    books.company("never_tried", without="", call=None)
    owed(books, "never_tried")
    case(books, "short_paid", (10, None), amount="6.00")
    case(books, "direct_debit", (10, "insufficient_funds"), method="sepa_debit", card_fingerprint=None)
    # Visa: 16 declines on an invoice in 30 days, every day since 16 days ago
    case(books, "visa_cap", *((16 - number, "insufficient_funds") for number in range(16)))
    # one less: one retry is left
    case(books, "visa_before_cap", *((18 - number, "insufficient_funds") for number in range(15)))
    # Mastercard: 35 declines of the card and amount in 30 days, every 12 hours since 20 days ago, on two invoices
    books.company("mastercard_cap", without="", call=None)
    for invoice, since, count in (("i", 20, 20), ("j", 10, 15)):
        owed(books, "mastercard_cap", invoice)
        often = [(since - number / 2, "do_not_honor") for number in range(count)]
        tried(books, "mastercard_cap", *often, invoice=invoice, method="mastercard")

    # Of one class: 12 invoices that failed in January. 4 are paid after 2 days, 4 after 10 days, 4 never.
    books.company("measured", without="", call=None)
    for number in range(12):
        invoice, later = f"m{number}", {0: 128.0, 1: 120.0}.get(number // 4)
        owed(books, "measured", invoice, status="paid" if later else "open", due_at="2025-01-05")
        tries: list[tuple[float, str | None]] = [(130, "insufficient_funds")]
        tried(books, "measured", *tries, *([(later, None)] if later else []), invoice=invoice)
    owed(books, "measured", "fresh", "other - 100.00", due_at="2025-05-25")  # 1 day old: 8 of 12 were paid later
    tried(books, "measured", (1, "insufficient_funds"), invoice="fresh", amount="100.00")
    owed(books, "measured", "older", "other - 100.00")  # 8 days old: 4 of 8, fewer than ten of this class
    tried(books, "measured", (8.5, "insufficient_funds"), invoice="older", amount="100.00")
    owed(books, "measured", "other", "other - 100.00")  # no case of its class: all of that age
    tried(books, "measured", (1, "stolen_card"), invoice="other", amount="100.00")
    owed(books, "measured", "yen", "other - 1000", currency="JPY")
    tried(books, "measured", (1, "insufficient_funds"), invoice="yen", amount="1000", currency="JPY")

    books.company("with_tax", without="", call=None, fee="10.00")
    books.period("with_tax")
    owed(books, "with_tax", "i", "recurring - 10.00, tax - 2.00", due_at="2025-02-01")
    tried(books, "with_tax", (80, "do_not_honor"), (75, "do_not_honor"), amount="12.00")
    books.build()
    return books


def plan(books: Books, organization: str, invoice: str = "i") -> Row:
    """The row of the retry plan of an invoice."""
    query = "select * from marts.mart_retry_plan where organization_id = %s and invoice_id = %s"
    (row,) = books.rows(query, organization, invoice)
    return row


@pytest.mark.parametrize(
    ("organization", "action", "reason", "reason_class"),
    [
        ("may_pass", "retry", "may_pass", "soft"),
        ("just_tried", "wait", "just_tried", "ambiguous"),
        ("hard", "ask_for_new_method", "hard_decline", "hard"),
        ("hard_and_a_new_card", "retry", "may_pass", "soft"),
        ("hard_long_ago", "ask_for_new_method", "hard_decline", "soft"),  # the same card: it stays forbidden
        ("expired", "ask_for_new_method", "method_is_gone", "customer_action"),
        ("to_authenticate", "authenticate", "customer_action", "customer_action"),
        ("wrong_code", "ask_for_new_method", "customer_action", "customer_action"),
        ("too_old", "contact", "too_old", "soft"),
        ("held_back", "ask_for_new_method", "held", "held"),
        ("pending", "wait", "try_is_pending", "soft"),
        ("written_off", "write_off", "written_off", "ambiguous"),
        ("never_tried", "retry", "never_tried", "never_tried"),
        ("short_paid", "retry", "short_paid", "short_paid"),
        ("direct_debit", "retry", "may_pass", "soft"),
        ("visa_cap", "wait", "cap_is_reached", "soft"),
        ("visa_before_cap", "retry", "may_pass", "soft"),
        ("mastercard_cap", "wait", "cap_is_reached", "ambiguous"),
    ],
)
def test_every_unpaid_invoice_has_one_next_step(
    books: Books, organization: str, action: str, reason: str, reason_class: str
) -> None:
    row = plan(books, organization)
    assert (row["action"], row["reason"], row["reason_class"]) == (action, reason, reason_class)


@pytest.mark.parametrize(
    ("organization", "next_retry_at", "retries_left"),
    [
        ("may_pass", AS_OF, 15),  # one of 16 is used
        ("just_tried", AS_OF - timedelta(days=0.5) + timedelta(days=2), 14),
        ("hard", None, 0),
        ("hard_and_a_new_card", AS_OF, 15),  # the decline of the other card does not count
        ("direct_debit", AS_OF, None),  # no card network
        ("written_off", None, 16),  # its declines are older than 30 days
        # the decline that fills the cap is 16 days old and leaves the window of 30 days in 14
        ("visa_cap", AS_OF + timedelta(days=14, seconds=1), 1),
        ("visa_before_cap", AS_OF + timedelta(days=0), 1),
        ("never_tried", AS_OF, None),
    ],
)
def test_the_next_retry_obeys_the_caps(
    books: Books, organization: str, next_retry_at: datetime | None, retries_left: int | None
) -> None:
    row = plan(books, organization)
    assert (row["next_retry_at"], row["retries_left"]) == (next_retry_at, retries_left)


def test_declines_of_one_card_and_amount_count_on_all_its_invoices(books: Books) -> None:
    for invoice in ("i", "j"):  # neither has 35; the oldest of all leaves the window in ten days
        row = plan(books, "mastercard_cap", invoice)
        assert (row["network"], row["reason"], row["retries_left"]) == ("mastercard", "cap_is_reached", 1)
        assert row["next_retry_at"] == AS_OF + timedelta(days=10, seconds=1)


def test_a_retry_at_the_time_of_the_plan_is_never_found_to_be_forbidden(books: Books) -> None:
    query = "select organization_id, invoice_id, currency, next_retry_at, outstanding_amount from marts.mart_retry_plan"
    planned = [row for row in books.rows(query) if row["next_retry_at"]]
    forbidden = "select coalesce(sum(tries), 0) as tries from intermediate.int_forbidden_retries"
    (before,) = books.rows(forbidden)
    for row in planned:
        card = (
            "select method, card_fingerprint from raw.payment_attempts where organization_id = %s and invoice_id = %s"
        )
        tries = books.rows(f"{card} order by attempted_at desc limit 1", row["organization_id"], row["invoice_id"])
        columns = {"attempted_at": row["next_retry_at"], "attempt_id": f"{row['invoice_id']}-planned"}
        columns |= {
            "status": "failed",
            "attempt_number": 99,
            "currency": row["currency"],
            **(tries[0] if tries else CARD),
        }
        books.payment(row["organization_id"], row["invoice_id"], str(row["outstanding_amount"]), **columns)
    (after,) = books.rows(forbidden)
    books.connection.execute("delete from raw.payment_attempts where attempt_number = 99")
    assert len(planned) >= 12
    assert before["tries"] == 1  # the second one of hard_long_ago
    assert after == before


def recoverable(books: Books, reason: str, age: str, currency: str = "USD") -> Row:
    query = """
        select * from marts.mart_recoverable_revenue
        where organization_id = 'measured' and reason_class = %s and age_bucket = %s and currency = %s
    """
    (row,) = books.rows(query, reason, age, currency)
    return row


def test_a_debt_is_worth_what_such_debts_were_worth_at_that_age(books: Books) -> None:
    fresh = recoverable(books, "soft", "0-2")
    assert (fresh["rate_level"], fresh["measured_invoices"], fresh["recovered_invoices"]) == ("class_and_age", 12, 8)
    assert fresh["expected_amount"] == d("66.6666666667")
    # Wilson's interval of 8 of 12: (8 + 1.920729) / 15.841459 -+ 1.959964 * sqrt(8 / 3 + 0.960365) / 15.841459
    assert fresh["expected_low_amount"].quantize(d("0.01")) == d("39.06")
    assert fresh["expected_high_amount"].quantize(d("0.01")) == d("86.19")
    older = recoverable(books, "soft", "7-13")  # 4 were paid before that age: 4 of the other 8
    assert (older["rate_level"], older["measured_invoices"], older["recovered_invoices"]) == ("age", 8, 4)
    assert older["expected_amount"] == d("50")


def test_of_a_class_without_cases_all_of_that_age_are_taken(books: Books) -> None:
    row = recoverable(books, "hard", "0-2")
    assert (row["rate_level"], row["measured_invoices"], row["recovered_invoices"]) == ("age", 12, 8)


def test_what_is_outstanding_in_two_currencies_is_apart(books: Books) -> None:
    assert recoverable(books, "soft", "0-2")["outstanding_amount"] == d("100")
    yen = recoverable(books, "soft", "0-2", "JPY")
    assert (yen["outstanding_amount"], yen["recovered_invoices"]) == (
        d("1000"),
        8,
    )  # a share of invoices has no currency


def test_what_nobody_measured_is_not_worth_nothing(books: Books) -> None:
    query = "select * from marts.mart_recoverable_revenue where organization_id = 'never_tried'"
    (row,) = books.rows(query)
    assert (row["outstanding_amount"], row["rate_level"], row["expected_amount"]) == (d("10"), "unmeasured", None)


def test_the_plan_agrees_with_the_findings_but_for_tax(books: Books) -> None:
    row = plan(books, "with_tax")
    assert (row["collection_code"], row["outstanding_amount"]) == ("C1", d("12"))
    assert {finding["code"]: finding["leak_amount"] for finding in books.findings("with_tax")} == {"C1": d("10")}


def test_breaks_are_found(books: Books) -> None:
    breaks = {
        "update marts.mart_recoverable_revenue set outstanding_amount = outstanding_amount + 1": (
            "recoverable_revenue_conserves_the_retry_plan"
        ),
        "update marts.mart_recoverable_revenue set expected_amount = expected_high_amount + 1": (
            "expected_amount_outside_of_its_interval"
        ),
        "update marts.mart_retry_plan set action = 'retry' where action = 'ask_for_new_method'": (
            "planned_retry_that_a_network_forbids"
        ),
        "update marts.mart_retry_plan set next_retry_at = null": "planned_retry_without_a_time",
        "delete from marts.mart_retry_plan where organization_id = 'written_off'": "unpaid_invoice_without_a_next_step",
    }
    assert set(books.dbt("test", "--select", *breaks.values()).values()) == {"pass"}
    for statement in breaks:
        books.connection.execute(statement)
    assert books.dbt("test", "--select", *breaks.values()) == dict.fromkeys(breaks.values(), "fail")

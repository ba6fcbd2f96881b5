"""What tries to collect show: retries that card networks forbid, and money to come from a card that is gone."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.integration.conftest import Books

d = Decimal
FIRST = datetime(2025, 2, 2, 12, tzinfo=UTC)
FEBRUARY = {"period_start": "2025-02-01", "period_end": "2025-03-01"}


def owing(books: Books, organization: str, **invoice: object) -> None:
    """A company with a fee of 10.00 in January, on an open invoice `i` that is long due."""
    books.company(organization, call=None, fee="10.00", without="")
    books.period(organization)
    books.invoice(organization, "i", "recurring - 10.00", **({"status": "open", "due_at": "2025-02-02"} | invoice))


def tried(
    books: Books,
    organization: str,
    code: str | None,
    after: timedelta = timedelta(0),
    card: str | None = "f",
    method: str = "visa",
    invoice: str = "i",
    **columns: object,
) -> None:
    """A try so long after the first; it failed with a code, or succeeded without one."""
    row: dict[str, object] = {
        "attempt_id": f"{invoice}-{after}",
        "card_fingerprint": card,
        "method": method,
        "decline_code": code,
    }
    row |= {"status": "failed" if code else "succeeded", "attempted_at": FIRST + after}
    books.payment(organization, invoice, "10.00", **(row | columns))


def tried_often(books: Books, organization: str, times: int, every: timedelta, method: str, card: str = "f") -> None:
    """A company on whose invoice so many tries failed for lack of funds."""
    owing(books, organization)
    for number in range(times):
        tried(books, organization, "insufficient_funds", number * every, card=card, method=method)


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    day, hour = timedelta(days=1), timedelta(hours=1)
    sequences: dict[str, list[tuple[str | None, str | None]]] = {
        "lost": [("lost_card", "f"), ("lost_card", "f"), ("do_not_honor", "f")],
        "new_card": [("lost_card", "f"), (None, "g")],
        "same_answer": [("stolen_card", None), ("stolen_card", None)],
        "perhaps_new_card": [("stolen_card", None), (None, None)],
        "soft": [("insufficient_funds", "f"), ("insufficient_funds", "f"), (None, "f")],
        "expired": [("expired_card", "f"), ("expired_card", "f")],
        "visas_own_code": [("41", "f"), ("51", "f")],
    }
    for organization, tries in sequences.items():
        owing(books, organization)
        for number, (code, card) in enumerate(tries):
            tried(books, organization, code, number * 3 * day, card=card)
    for organization, method in {"advised": "Mastercard", "another_networks_code": "Mastercard"}.items():
        owing(books, organization)
        code = "mac_03" if organization == "advised" else "41"
        tried(books, organization, code, method=method)
        tried(books, organization, "insufficient_funds", day, method=method)
    owing(books, "held_back")
    tried(books, "held_back", "lost_card")
    tried(books, "held_back", "lost_card", day, network_status="not_sent_to_network")
    owing(books, "two_months")
    for days in (0, 3, 29, 40):
        tried(books, "two_months", "lost_card", days * day)

    tried_often(books, "visa_daily", 18, day, "visa")
    tried_often(books, "visa_every_other_day", 18, 2 * day, "visa")
    tried_often(books, "mastercard_hourly", 12, hour, "mastercard")
    tried_often(books, "mastercard_daily", 12, day, "mastercard")
    tried_often(books, "mastercard_for_a_month", 37, 18 * hour, "mastercard")
    tried_often(books, "some_card", 18, day, "card")
    tried_often(books, "direct_debit", 37, 18 * hour, "sepa_debit")
    books.connection.execute("update raw.payment_attempts set card_fingerprint = null where method = 'sepa_debit'")
    owing(books, "two_invoices")
    books.invoice("two_invoices", "j", "other - 10.00", status="open", due_at="2025-02-02")
    for number in range(6):
        for invoice in ("i", "j"):
            tried(books, "two_invoices", "insufficient_funds", number * hour, method="mastercard", invoice=invoice)

    newest = {"card_gone": "expired_card", "no_funds": "insufficient_funds", "paid_since": None}
    for organization, answer in newest.items():
        owing(books, organization, status="paid")
        tried(books, organization, None)
        books.period(organization, "2025-02-01", "2025-03-01", days=(28, 28))
        lines = "recurring - 10.00, tax - 1.90"
        books.invoice(organization, "j", lines, status="open", due_at="2025-06-10", **FEBRUARY)
        books.invoice(organization, "k", "other - 5.00", status="open", due_at="2025-03-02", **FEBRUARY)
        tried(books, organization, "expired_card", 30 * day, invoice="k")
        tried(books, organization, answer, 33 * day, invoice="k")
    books.invoice("card_gone", "l", "other - 3.00", status="draft", issued_at="2025-05-30", **FEBRUARY)
    books.invoice("card_gone", "m", "other - 7.00", status="draft", issued_at="2025-03-30", **FEBRUARY)
    owing(books, "just_tried")
    tried(books, "just_tried", "debit_not_authorized", 115 * day, card=None, method="sepa_debit")
    results = books.build_ladder()
    failed = {name: status for name, status in results.items() if status not in ("success", "pass")}
    assert not failed
    return books


def forbidden(books: Books, organization: str) -> dict[str, Decimal]:
    """The number of forbidden tries of an organization by month."""
    found = [row for row in books.findings(organization) if row["code"] == "C8"]
    return {row["billing_month"].isoformat()[:7]: row["units"] for row in found}


@pytest.mark.parametrize(
    ("organization", "tries"),
    [
        ("lost", {"2025-02": 2}),
        ("new_card", {}),
        ("same_answer", {"2025-02": 1}),
        ("perhaps_new_card", {}),
        ("soft", {}),
        ("expired", {}),  # of no use, but no network forbids it
        ("visas_own_code", {"2025-02": 1}),
        ("advised", {"2025-02": 1}),
        ("another_networks_code", {}),
        ("held_back", {}),
        ("two_months", {"2025-02": 1, "2025-03": 2}),  # after 2 February on the 5th, 3 March and 14 March
    ],
)
def test_a_try_after_a_hard_decline_of_the_same_card_is_against_the_rules(
    books: Books, organization: str, tries: dict[str, int]
) -> None:
    assert forbidden(books, organization) == tries


@pytest.mark.parametrize(
    ("organization", "tries"),
    [
        ("visa_daily", {"2025-02": 2}),  # the first and 15 more are allowed; the 17th and 18th are not
        ("visa_every_other_day", {}),  # in 30 days never more than 15 before
        ("mastercard_hourly", {"2025-02": 2}),  # after ten declines in 24 hours: the 11th and 12th
        ("mastercard_daily", {}),
        # every 18 hours: the 36th comes on 28 February at 18:00, the 37th on 1 March at 12:00
        ("mastercard_for_a_month", {"2025-02": 1, "2025-03": 1}),
        ("some_card", {}),
        ("direct_debit", {}),
        ("two_invoices", {"2025-02": 2}),  # six of each in five hours: the last of each comes after ten
    ],
)
def test_tries_above_the_networks_caps_are_against_the_rules(
    books: Books, organization: str, tries: dict[str, int]
) -> None:
    assert forbidden(books, organization) == tries


def test_forbidden_tries_are_evidence_and_no_amount(books: Books) -> None:
    (finding,) = [row for row in books.findings("lost") if row["code"] == "C8"]
    assert (finding["item"], finding["subscription_id"], finding["leak_amount"]) == ("payment", "s", 0)
    assert (finding["certainty"], finding["remedy"], finding["recoverable_amount"]) == ("confirmed", "stop_retries", 0)
    assert finding["first_event_at"] == FIRST + timedelta(days=3)
    assert finding["last_event_at"] == FIRST + timedelta(days=6)


def test_what_is_to_come_from_a_card_that_is_gone_is_at_risk(books: Books) -> None:
    (finding,) = [row for row in books.findings("card_gone") if row["code"] == "C4"]
    # not due 10.00 and a fresh draft of 3.00, before tax; the old draft and what was tried in vain are losses already
    assert (finding["item"], finding["leak_amount"]) == ("payment", d("13"))
    assert (finding["certainty"], finding["remedy"]) == ("potential", "update_payment_method")
    assert finding["billing_month"].isoformat() == "2025-02-01"
    assert {row["code"] for row in books.findings("card_gone")} >= {"B2", "C1"}


def test_the_try_that_failed_a_few_days_ago_is_at_risk_too(books: Books) -> None:
    found = {row["code"]: row["leak_amount"] for row in books.findings("just_tried")}
    assert found == {"C4": d("10")}


@pytest.mark.parametrize("organization", ["no_funds", "paid_since"])
def test_a_newer_answer_of_another_kind_takes_the_risk_away(books: Books, organization: str) -> None:
    assert "C4" not in {row["code"] for row in books.findings(organization)}


def test_what_is_at_risk_is_in_no_sum(books: Books) -> None:
    assert {code for _, code in books.causes("just_tried")} == {"not_yet_collected"}

"""Lines in another currency than the contract: converted at the rate of the day of issue, or beside if there is none.

The contract is in dollars unless told: 100 calls cost 10.00, the fee is 25.00. A euro was worth 1.08 dollars.
"""

from decimal import Decimal
from typing import Any

import pytest

from tests.integration.conftest import UNPAID, Books

d = Decimal


def billed(
    books: Books,
    organization: str,
    lines: str,
    rate: tuple[str, str, str] | None = ("EUR", "USD", "1.08"),
    day: str = "2025-02-01",
    without: str = UNPAID,
    company: str = "USD",
    call: str | None = "0.10",
    fee: str | None = None,
    **invoice: object,
) -> None:
    """A company with one January of 100 calls, an invoice in euros unless told, and one rate."""
    books.company(organization, without=without, also="fx_rates", currency=company, call=call, fee=fee)
    books.period(organization, currency=company)
    books.usage(organization, "100")
    books.invoice(organization, "i", lines, **({"currency": "EUR"} | invoice))
    if rate is not None:
        base, quote, value = rate
        books.add("fx_rates", organization, base=base, quote=quote, day=day, rate=value)


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    billed(books, "too_little", "usage 100 9.20", without="")
    books.payment("too_little", "i", "9.20", currency="EUR")
    billed(books, "right", "usage 100 9.26")
    billed(books, "a_cent_off", "usage 100 9.27")
    billed(books, "two_cents_off", "usage 100 9.28")
    billed(books, "number_copied", "usage 100 10.00, recurring - 25.00", fee="25.00")
    billed(books, "turned_round", "usage 100 9.00", rate=("USD", "EUR", "0.92"))
    billed(books, "late_in_the_day", "usage 100 9.20", issued_at="2025-02-01 23:59:59")
    billed(books, "rate_of_another_day", "usage 100 9.20", day="2025-02-02")
    billed(books, "no_rate_at_all", "usage 100 9.20", rate=None)
    billed(books, "yen", "usage 100 70.00", ("USD", "JPY", "150.123"), company="JPY", call="100", currency="USD")
    billed(books, "wrong_price_too", "usage 100 9.00")
    books.price("wrong_price_too", "b", "billing_prices", meter_id="calls", unit_amount="0.11")
    billed(books, "draft", "usage 100 10.00", status="draft")

    billed(books, "short_paid", "usage 100 10.00, recurring - 25.00", without="", fee="25.00")
    books.payment("short_paid", "i", "7.00", currency="EUR")
    billed(books, "settled_in_parts", "usage 100 10.00", rate=("EUR", "USD", "1.055"), without="")
    note = {"credit_note_id": "c", "invoice_id": "i", "amount": "3.33", "currency": "EUR", "created_at": "2025-02-09"}
    books.add("credit_notes", "settled_in_parts", reason="outage", approved_by="cfo", **note)
    use = {"application_id": "u", "grant_id": "g", "invoice_id": "i", "amount": "3.34", "applied_at": "2025-02-01"}
    books.add("credit_applications", "settled_in_parts", **use)
    books.payment("settled_in_parts", "i", "3.33", currency="EUR")

    # the subscription's own price is in euros, the plan in dollars: a line in dollars is the foreign one
    for organization, currency in {"own_price": "EUR", "own_price_foreign": "USD"}.items():
        billed(books, organization, "usage 100 7.00", call=None, currency=currency)
        own: dict[str, Any] = {"plan_id": None, "subscription_id": "s", "meter_id": "calls", "currency": "EUR"}
        books.price(organization, "own", unit_amount="0.07", **own)
    results = books.build_ladder()
    failed = {name: status for name, status in results.items() if status not in ("success", "pass")}
    assert not failed
    return books


def found(books: Books, organization: str) -> dict[tuple[str, str, str], Decimal]:
    """The amounts of an organization's findings by item, currency and code."""
    return {(one["item"], one["currency"], one["code"]): one["leak_amount"] for one in books.findings(organization)}


@pytest.mark.parametrize(
    ("organization", "leaks"),
    [
        ("too_little", {("calls", "USD", "R7"): "0.06"}),  # 9.20 x 1.08 = 9.936, 9.94
        ("right", {}),  # 9.26 x 1.08 = 10.0008
        ("a_cent_off", {}),  # 9.27 x 1.08 = 10.0116, 10.01: rounding
        ("two_cents_off", {("calls", "USD", "R7"): "-0.02"}),  # 9.28 x 1.08 = 10.0224
        # 10.00 x 1.08 = 10.80 and 25.00 x 1.08 = 27.00
        ("number_copied", {("calls", "USD", "R7"): "-0.80", ("recurring", "USD", "R7"): "-2"}),
        ("turned_round", {("calls", "USD", "R7"): "0.22"}),  # 9.00 / 0.92 = 9.7826
        ("late_in_the_day", {("calls", "USD", "R7"): "0.06"}),
        ("yen", {("calls", "JPY", "R7"): "-509"}),  # 70.00 x 150.123 = 10508.61 against 100 x 100
        ("wrong_price_too", {("calls", "USD", "R7"): "0.28"}),  # 9.00 x 1.08 = 9.72: the currency owns the step
    ],
)
def test_a_line_counts_in_the_contracts_currency_at_the_rate_of_its_day(
    books: Books, organization: str, leaks: dict[tuple[str, str, str], str]
) -> None:
    assert found(books, organization) == {key: d(amount) for key, amount in leaks.items()}


def test_every_rung_below_is_in_the_contracts_currency_and_the_step_is_pricing(books: Books) -> None:
    assert books.ladder("too_little") == [d("10")] * 3 + [d("9.94")] * 6
    assert books.causes("a_cent_off") == {("calls", "rounding"): d("-0.01")}
    (finding,) = books.findings("too_little")
    assert (finding["bucket"], finding["remedy"], finding["units"]) == ("pricing", "fix_price", d("100"))


@pytest.mark.parametrize("organization", ["rate_of_another_day", "no_rate_at_all"])
def test_without_a_rate_of_the_day_both_sides_stay_in_their_own_currency(books: Books, organization: str) -> None:
    assert found(books, organization) == {("calls", "USD", "R7"): d("10"), ("calls", "EUR", "R7"): d("-9.20")}
    units = {row["currency"]: row["units"] for row in books.findings(organization)}
    assert units == {"USD": d("100"), "EUR": d("100")}


def test_what_becomes_of_the_document_is_converted_too(books: Books) -> None:
    # a draft of 10.00 euros: 10.80
    assert found(books, "draft") == {("calls", "USD", "R7"): d("-0.80"), ("calls", "USD", "B2"): d("10.80")}


def test_money_is_shared_in_the_documents_currency_and_then_converted(books: Books) -> None:
    # 7.00 of 35.00: 2.00 for the calls, 5.00 for the fee; open are 10.80 - 2.16 and 27.00 - 5.40
    leaks = found(books, "short_paid")
    assert (leaks["calls", "USD", "C6"], leaks["recurring", "USD", "C6"]) == (d("8.64"), d("21.60"))


def test_parts_that_settle_a_line_settle_it_in_the_other_currency_too(books: Books) -> None:
    # at 1.055: 10.00 is 10.55; credited 3.33 is 3.51, with 3.34 prepaid 6.67 is 7.04, with 3.33 paid 10.00 is 10.55
    assert books.ladder("settled_in_parts")[4:] == [d("10.55"), d("10.55"), d("7.04"), d("3.51"), d("3.51")]
    assert {code for _, code in books.causes("settled_in_parts")} == {"R7", "justified_credit", "prepaid_balance_used"}


def test_the_currency_is_that_of_the_price_and_not_of_the_plan(books: Books) -> None:
    assert found(books, "own_price") == {}
    # 7.00 dollars are 7.00 / 1.08 = 6.48 euros of the 7.00 that were signed
    assert found(books, "own_price_foreign") == {("calls", "EUR", "R7"): d("0.52")}


def test_the_evidence_of_a_converted_line_shows_it_as_it_stands_on_the_document(books: Books) -> None:
    (line,) = books.rows("select * from intermediate.int_billed_lines where organization_id = 'too_little'")
    assert (line["currency"], line["contract_currency"], line["amount"]) == ("EUR", "USD", d("9.20"))

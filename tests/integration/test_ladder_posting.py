"""From metered to priced: what never reached an invoice line, what did without being owed, and wrong prices."""

from decimal import Decimal
from pathlib import Path

import pytest
from psycopg.rows import dict_row

from revenue_assets.findings import queries
from revenue_assets.findings.evidence import WHY_UNSERVED, Evidence
from tests.integration.conftest import Books

d = Decimal
FEBRUARY = {"period_start": "2025-02-01", "period_end": "2025-03-01"}
PAUSE = {"pause_start": "2025-02-01", "pause_end": "2025-03-01"}


def one_period(books: Books, organization: str, lines: str | None, units: str | None = "100", **company: str) -> None:
    """A company with one whole January, its calls, and an invoice of the lines unless these are None."""
    books.company(organization, **company)  # type: ignore[arg-type]
    books.period(organization)
    if units:
        books.usage(organization, units)
    if lines is not None:
        books.invoice(organization, "i", lines)


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    one_period(books, "no_invoice", None, fee="25.00")
    one_period(books, "no_usage_line", "recurring - 25.00", fee="25.00")
    one_period(books, "zero_usage_line", "usage 0 0.00")
    one_period(books, "no_fee_line", "usage 100 10.00", fee="25.00")
    one_period(books, "half_billed", "usage 40 4.00, usage 20 2.00")
    one_period(books, "too_much_billed", "usage 130 13.00")
    one_period(books, "billed_twice", "usage 90 9.00")
    books.invoice("billed_twice", "again", "usage 90 9.00", issued_at="2025-02-03")
    one_period(books, "allowance_billed_twice", "usage 100 8.00", call=None)  # type: ignore[arg-type]
    books.price("allowance_billed_twice", "call", meter_id="calls", unit_amount="0.10", included_units=20)
    books.invoice("allowance_billed_twice", "again", "usage 100 8.00", issued_at="2025-02-03")
    one_period(books, "two_halves", "usage 50 5.00")
    whole = {"period_start": "2025-01-16"}
    books.invoice("two_halves", "other_half", "usage 50 5.00", **whole)
    one_period(books, "billed_unused", "usage 30 3.00", units=None)
    one_period(books, "amount_only", "usage - 9.00")
    one_period(books, "other_line", "usage 100 10.00, other - 5.00")
    one_period(books, "internal", None, fee="25.00", is_internal=True)  # type: ignore[arg-type]

    one_period(books, "ended", "usage 100 10.00, recurring - 25.00", fee="25.00", ended_at="2025-02-01")
    books.invoice("ended", "late", "recurring - 25.00", **FEBRUARY)
    one_period(books, "before_start", "usage 100 10.00")
    early = {"period_start": "2024-12-01", "period_end": "2025-01-01"}
    books.invoice("before_start", "early", "recurring - 25.00", **early)
    one_period(books, "paused", "recurring - 25.00", units=None, fee="25.00", **PAUSE)
    books.invoice("paused", "late", "recurring - 25.00", **FEBRUARY)
    one_period(books, "paused_for_good", "recurring - 25.00", units=None, fee="25.00", pause_start="2025-02-01")
    books.invoice("paused_for_good", "late", "recurring - 25.00", **FEBRUARY)
    for organization, trial_line in {"trial": "recurring - 25.00", "trial_at_zero": "recurring - 0.00"}.items():
        books.company(organization, fee="25.00", trial_end="2025-02-01")
        books.period(organization, "2025-02-01", "2025-03-01", days=(28, 28))
        books.invoice(organization, "early", trial_line)
        books.invoice(organization, "i", "recurring - 25.00", **FEBRUARY)
    books.company("ended_in_trial", fee="25.00", trial_end="2025-03-01", ended_at="2025-02-01")
    books.invoice("ended_in_trial", "late", "recurring - 25.00", **FEBRUARY)
    one_period(books, "paused_and_unnamed", None, pause_start="2025-01-10", pause_end="2025-01-20")
    inside = {"period_start": "2025-01-15", "period_end": "2025-02-01"}
    books.invoice("paused_and_unnamed", "i", "usage 100 10.00", subscription_id=None, **inside)
    one_period(books, "no_subscription", "usage 100 10.00")
    other = {"account_id": "b", "name": "B", "currency": "USD", "created_at": "2024-01-01", "is_internal": False}
    books.add("accounts", "no_subscription", **other)
    books.invoice("no_subscription", "x", "other - 7.00", account_id="b", subscription_id=None)
    one_period(books, "only_subscription", None)
    books.invoice("only_subscription", "i", "usage 100 10.00", subscription_id=None)
    one_period(books, "two_currencies", None)
    books.invoice("two_currencies", "i", "usage 100 9.20", currency="EUR")

    for organization, as_of in {"open": "2025-01-20", "in_grace": "2025-02-03", "finalized": "2025-02-04"}.items():
        one_period(books, organization, None, as_of=as_of)
    for organization, as_of in {"advance_due": "2025-01-20", "advance_not_due": "2025-01-03"}.items():
        one_period(books, organization, None, as_of=as_of)
        books.price(organization, "fee", charge_model="flat", unit_amount="25.00", bill_in="advance")

    one_period(books, "wrong_price", "usage 100 8.00")
    books.price("wrong_price", "b", "billing_prices", meter_id="calls", unit_amount="0.08")
    one_period(books, "before_renewal", "usage 100 10.00", call=None)  # type: ignore[arg-type]
    before = {"valid_from": "2024-01-01", "valid_to": "2025-01-01", "unit_amount": "0.10", "meter_id": "calls"}
    books.price("before_renewal", "old", **before)
    books.price("before_renewal", "new", meter_id="calls", valid_from="2025-01-01", unit_amount="0.12")
    books.price("before_renewal", "b", "billing_prices", meter_id="calls", unit_amount="0.10")
    one_period(books, "wrong_allowance", "usage 100 8.00")
    books.price("wrong_allowance", "b", "billing_prices", meter_id="calls", unit_amount="0.10", included_units=20)
    one_period(books, "other_item", "usage 100 2.00")
    books.price("other_item", "tokens", meter_id="tokens", unit_amount="0.02")
    books.price("other_item", "b", "billing_prices", meter_id="calls", unit_amount="0.02")
    one_period(books, "wrong_fee", "recurring - 30.00", units=None, fee="25.00")
    books.price("wrong_fee", "b", "billing_prices", charge_model="flat", unit_amount="30.00")
    one_period(books, "own_price", "usage 100 7.00")
    books.price("own_price", "own", plan_id=None, subscription_id="s", meter_id="calls", unit_amount="0.07")
    one_period(books, "raised_later", "usage 100 10.00")
    books.price("raised_later", "new", meter_id="calls", unit_amount="0.20", valid_from="2025-01-15")
    for organization, terms in {"by_event": ("percentage", "2.9"), "no_tiers": ("graduated", None)}.items():
        one_period(books, organization, None, call=None)  # type: ignore[arg-type]
        books.price(organization, "call", meter_id="calls", charge_model=terms[0], rate_percent=terms[1])

    for organization, proration in {"by_day": "day", "by_second": "second", "unprorated": "none"}.items():
        books.company(organization, started_at="2025-01-17")
        books.price(organization, "fee", charge_model="flat", unit_amount="100.00", proration=proration)
        books.period(organization, "2025-01-17", "2025-02-01", days=(15, 31), seconds_in_service=1_000_000)

    # Lago's published upgrade on 15 January: 14 days at 100, 17 days at 200; the second line is missing
    books.company("upgraded", fee="100.00", ended_at="2025-01-15")
    books.subscription("upgraded", "t", started_at="2025-01-15")
    books.price("upgraded", "up", plan_id=None, subscription_id="t", charge_model="flat", unit_amount="200.00")
    books.period("upgraded", "2025-01-01", "2025-01-15", days=(14, 31))
    books.period("upgraded", "2025-01-15", "2025-02-01", days=(17, 31), subscription_id="t")
    books.invoice("upgraded", "i", "recurring - 45.16", period_start="2025-01-01", period_end="2025-01-15")
    results = books.build_ladder()
    failed = {name: status for name, status in results.items() if status not in ("success", "pass")}
    assert failed == {"item_that_cannot_be_rated": "warn"}
    return books


@pytest.mark.parametrize(
    ("organization", "leaks"),
    [
        ("no_invoice", {("calls", "B1"): "10", ("recurring", "B1"): "25"}),
        ("no_usage_line", {("calls", "B10"): "10"}),
        ("zero_usage_line", {("calls", "B10"): "10"}),
        ("no_fee_line", {("recurring", "unposted"): "25"}),
        ("half_billed", {("calls", "unposted"): "4"}),
        ("too_much_billed", {("calls", "unposted"): "-3"}),
        ("billed_twice", {("calls", "B6"): "-9", ("calls", "unposted"): "1"}),
        ("allowance_billed_twice", {("calls", "B6"): "-8"}),
        ("two_halves", {}),
        ("billed_unused", {("calls", "unposted"): "-3"}),
        ("amount_only", {("calls", "unposted"): "1"}),
        ("other_line", {("other", "unposted"): "-5"}),
        ("internal", {}),
        ("ended", {("recurring", "B5"): "-25"}),
        ("before_start", {("recurring", "unposted"): "-25"}),
        ("paused", {("recurring", "unposted"): "-25"}),
        ("paused_for_good", {("recurring", "unposted"): "-25"}),
        ("trial", {("recurring", "unposted"): "-25"}),
        ("trial_at_zero", {}),
        ("ended_in_trial", {("recurring", "B5"): "-25"}),
        ("paused_and_unnamed", {("calls", "B3"): "-10", ("calls", "B1"): "10"}),
        ("no_subscription", {("other", "B3"): "-7"}),
        ("only_subscription", {}),
        ("open", {}),
        ("in_grace", {}),
        ("finalized", {("calls", "B1"): "10"}),
        ("advance_due", {("recurring", "B1"): "25"}),
        ("advance_not_due", {}),
        ("wrong_price", {("calls", "R1"): "2"}),
        ("before_renewal", {("calls", "R2"): "2"}),
        ("wrong_allowance", {("calls", "R3"): "2"}),
        ("other_item", {("calls", "R9"): "8"}),
        ("wrong_fee", {("recurring", "R1"): "-5"}),
        ("own_price", {}),
        ("raised_later", {}),
    ],
)
def test_the_step_from_metered_to_priced_has_its_one_cause(
    books: Books, organization: str, leaks: dict[tuple[str, str], str]
) -> None:
    assert books.leaks(organization) == {key: d(amount) for key, amount in leaks.items()}


def test_a_line_in_another_currency_does_not_pay_the_item(books: Books) -> None:
    found = books.findings("two_currencies")
    assert {(row["currency"], row["code"]): row["leak_amount"] for row in found} == {
        ("USD", "R7"): d("10"),
        ("EUR", "R7"): d("-9.20"),
    }


@pytest.mark.parametrize("organization", ["open", "in_grace", "advance_not_due"])
def test_what_is_not_due_yet_is_neither_under_nor_over(books: Books, organization: str) -> None:
    assert {code for _, code in books.causes(organization)} == {"not_yet_invoiced"}
    row = books.reconciliation(organization)
    assert (row["leak_under_amount"], row["leak_over_amount"], row["status"]) == (0, 0, "accurate")
    assert row["not_yet_invoiced_amount"] == row["expected_amount"] - row["billed_amount"] > 0


def test_a_line_after_the_end_lies_in_its_own_month(books: Books) -> None:
    (row,) = books.findings("ended")
    assert row["billing_month"].isoformat() == "2025-02-01"
    assert (row["entitled_amount"], row["billed_amount"], row["direction"]) == (0, 25, "over")


@pytest.mark.parametrize(
    ("organization", "reason"), [("by_event", "charge_model_not_rated"), ("no_tiers", "price_without_amount")]
)
def test_an_item_without_a_rule_is_named_and_is_no_zero(books: Books, organization: str, reason: str) -> None:
    (item,) = books.rows("select * from intermediate.int_unrated_items where organization_id = %s", organization)
    assert (item["item"], item["unrated_reason"]) == ("calls", reason)
    row = books.reconciliation(organization)
    assert (row["status"], row["unrated_items"], row["expected_amount"]) == ("unknown", 1, None)


@pytest.mark.parametrize(
    ("organization", "fee"),
    # 100 x 15 / 31 = 48.387; 100 x 1,000,000 / 2,678,400 = 37.336
    [("by_day", "48.39"), ("by_second", "37.34"), ("unprorated", "100")],
)
def test_a_partial_first_period_costs_its_share_of_the_fee(books: Books, organization: str, fee: str) -> None:
    assert books.ladder(organization, "recurring")[0] == d(fee)
    assert books.leaks(organization) == {("recurring", "B1"): d(fee)}


def test_a_plan_change_inside_a_period_owes_both_partial_fees(books: Books) -> None:
    fees = books.rows(
        "select subscription_id, entitled_amount, invoiced_amount from intermediate.int_ladder"
        " where organization_id = 'upgraded' order by subscription_id"
    )
    assert [tuple(row.values()) for row in fees] == [("s", d("45.16"), d("45.16")), ("t", d("109.68"), d("0"))]
    assert books.leaks("upgraded") == {("recurring", "B1"): d("109.68")}


@pytest.mark.parametrize(
    ("organization", "when"),
    [
        ("paused", "in the pause"),
        ("paused_for_good", "in the pause"),
        ("trial", "in the trial"),
        ("before_start", "before the start"),
        ("ended", "after the end"),
    ],
)
def test_the_evidence_says_in_which_time_without_service_a_line_begins(
    books: Books, organization: str, when: str
) -> None:
    (finding,) = books.findings(organization)
    statement = Path(queries.__file__).with_name("lines_of_finding.sql").read_bytes()
    with books.connection.cursor(row_factory=dict_row) as cursor:
        lines = cursor.execute(statement, finding).fetchall()
    assert [line["unserved"] for line in lines] == [when]
    is_unposted = finding["code"] == "unposted"
    assert (Evidence(finding, [], lines, None, None, d("0")).why == WHY_UNSERVED) is is_unposted

"""MRR and its movements: every case worked out by hand, one organization each, and a random book by a second way."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.conftest import Books, Row
from tests.integration.random_subscriptions import AS_OF, PLANS, RAISED_AT, draw_subscriptions, movements

d = Decimal
AMOUNTS = ("new", "expansion", "contraction", "churn", "reactivation")
MRR_TESTS = "mart_mrr_movements mart_mrr_monthly int_account_mrr"


def company(books: Books, organization: str, fee: str | None = "100", **columns: str) -> None:
    """A company that tells all until the middle of June; subscription `s` runs from 10 January on unless told."""
    dates = {"started_at": "2025-01-10", "as_of": "2025-06-16", "also": "discounts commitments"}
    books.company(organization, fee=fee, **(dates | columns))  # type: ignore[arg-type]


def plan(books: Books, organization: str, fee: str, interval: str = "month", **price: Any) -> None:
    """Plan `other` with a fee since 2024."""
    currency = price.get("currency", "USD")
    books.add("plans", organization, plan_id="other", name="O", billing_interval=interval, currency=currency)
    row: Row = {"plan_id": "other", "charge_model": "flat", "unit_amount": fee}
    books.price(organization, "fee_other", **(row | price))


def discount(books: Books, organization: str, **columns: object) -> None:
    """A discount of subscription `s`."""
    row = {"subscription_id": "s", "discount_id": "d", "valid_from": "2024-01-01"}
    books.add("discounts", organization, **(row | columns))


def member(books: Books, organization: str, account: str, **columns: object) -> None:
    """Another account with one subscription; account `b` has subscription `s_b`."""
    row = {"name": account, "currency": "USD", "created_at": "2024-01-01", "is_internal": False}
    books.add("accounts", organization, account_id=account, **row)
    books.subscription(organization, f"s_{account}", account_id=account, **columns)


def own_fee(books: Books, organization: str, subscription: str, fee: str, **columns: Any) -> None:
    """A fee of the subscription's own."""
    row: Row = {"plan_id": None, "subscription_id": subscription, "charge_model": "flat", "unit_amount": fee}
    books.price(organization, f"fee_{subscription}_{fee}", **(row | columns))


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    moves(books)
    terms(books)
    losses(books)
    small_book(books)
    year_book(books)
    random_book(books)
    books.build(only="mart_mrr_monthly")
    return books


def moves(books: Books) -> None:
    """What happens to one account."""
    company(books, "new", started_at="2025-02-10")
    books.period("new", "2025-02-10", "2025-03-10")
    for organization, old, new in (("upgrade", "100", "250"), ("downgrade", "250", "100")):
        company(books, organization, old, ended_at="2025-03-15")
        plan(books, organization, new)
        books.subscription(organization, "s2", plan_id="other", started_at="2025-03-15")
    company(books, "churn", ended_at="2025-03-20", cancel_reason="too_expensive")
    company(books, "churn_at_midnight", ended_at="2025-04-01")
    company(books, "reactivation", ended_at="2025-02-10")
    books.subscription("reactivation", "s2", started_at="2025-04-12")
    company(books, "changed_at_midnight", ended_at="2025-03-01")
    plan(books, "changed_at_midnight", "250")
    books.subscription("changed_at_midnight", "s2", plan_id="other", started_at="2025-03-01")
    company(books, "trial", started_at="2025-02-20", trial_end="2025-03-10")
    company(books, "trial_not_converted", started_at="2025-02-01", trial_end="2025-03-01", ended_at="2025-03-01")
    company(books, "returned_on_trial", ended_at="2025-02-10")
    books.subscription("returned_on_trial", "s2", started_at="2025-02-20", trial_end="2025-04-05")
    company(books, "pause", pause_start="2025-02-10", pause_end="2025-04-10")
    company(books, "pause_and_end", pause_start="2025-02-10", ended_at="2025-04-10")
    company(books, "second_subscription")
    books.subscription("second_subscription", "s2", started_at="2025-02-05", ended_at="2025-04-05")
    company(books, "two_currencies")
    plan(books, "two_currencies", "70", currency="EUR")
    books.subscription("two_currencies", "s2", plan_id="other", started_at="2025-03-05")
    company(books, "observed_late")
    books.invoice("observed_late", "i", "recurring - 100.00", issued_at="2025-03-10", period_end="2025-03-10")
    company(books, "refunded", without="")
    books.invoice("refunded", "i", "recurring - 100.00, other - 40.00, tax - 26.60")
    books.payment("refunded", "i", "166.60")
    refund = {"refund_id": "r", "amount": "50.00", "currency": "USD", "created_at": "2025-03-05"}
    books.add("refunds", "refunded", invoice_id="i", attempt_id="pay-i", **refund)
    company(books, "internal", is_internal=True)  # type: ignore[arg-type]


def terms(books: Books) -> None:
    """What a fee comes to."""
    company(books, "yearly", None)
    plan(books, "yearly", "1000", interval="year", valid_to="2025-02-01")
    books.subscription("yearly", "s2", plan_id="other", started_at="2025-01-10")
    raised = {"plan_id": "other", "charge_model": "flat", "unit_amount": "1200", "valid_from": "2025-02-01"}
    books.price("yearly", "raised", **raised)
    company(books, "raised_within_the_period", None, started_at="2025-01-15")
    own_fee(books, "raised_within_the_period", "s", "100", valid_to="2025-03-20")
    own_fee(books, "raised_within_the_period", "s", "120", valid_from="2025-03-20")
    company(books, "discount", anchor_day=1)  # type: ignore[arg-type]
    discount(books, "discount", percent_off=20, valid_from="2025-03-01", valid_to="2025-05-01")
    discount(books, "discount", discount_id="usage", percent_off=50, meter_id="calls")
    company(books, "amount_off_a_year", None)
    plan(books, "amount_off_a_year", "1200", interval="year")
    books.subscription("amount_off_a_year", "s2", plan_id="other", started_at="2025-01-10")
    discount(books, "amount_off_a_year", subscription_id="s2", amount_off=120)
    company(books, "more_off_than_the_fee")
    discount(books, "more_off_than_the_fee", amount_off=150)
    company(books, "minimum", "12.50")
    row = {"subscription_id": "s", "kind": "minimum", "amount": 40, "currency": "USD", "valid_from": "2024-01-01"}
    books.add("commitments", "minimum", commitment_id="c", **row)
    company(books, "usage_without_a_fee", None)
    books.period("usage_without_a_fee", end="2025-02-10", days=(31, 31), start="2025-01-10")
    books.usage("usage_without_a_fee", "100", "2025-01-10", "2025-02-10")
    company(books, "usage_beside", started_at="2025-01-01")
    discount(books, "usage_beside", percent_off=20)
    books.period("usage_beside")
    books.usage("usage_beside", "100")
    company(books, "unrated", None)
    books.price("unrated", "fee", unit_amount="5")
    company(books, "no_contract", without="contract_prices")


def losses(books: Books) -> None:
    """Why an account is lost in March."""
    lost = {"without": "", "ended_at": "2025-03-20"}
    company(books, "lost_by_reason", cancel_reason="Payment failed", **lost)
    company(books, "lost_unpaid", status="unpaid", **lost)
    for organization in ("lost_after_failure", "lost_by_decision", "lost_after_recovery"):
        reason = {"cancel_reason": "unused"} if organization == "lost_by_decision" else {}
        company(books, organization, **lost, **reason)
        books.invoice(organization, "i1", "recurring - 100.00", status="paid", issued_at="2025-02-10")
        books.payment(organization, "i1", "100.00", attempted_at="2025-02-10")
        books.invoice(organization, "i2", "recurring - 100.00", status="uncollectible", issued_at="2025-03-10")
        for number, day in enumerate(("10", "13", "17"), start=1):
            failed = {"status": "failed", "decline_code": "insufficient_funds", "attempted_at": f"2025-03-{day}"}
            books.payment(organization, "i2", "100.00", attempt_id=f"p{number}", attempt_number=number, **failed)
    books.payment("lost_after_recovery", "i2", "100.00", attempt_id="p4", attempt_number=4, attempted_at="2025-03-19")
    company(books, "lost_for_unknown_reasons", ended_at="2025-03-20")


def small_book(books: Books) -> None:
    """March of six accounts: 100 to 150, 200 to 120, 300 lost, 400 as before, 80 new, and 50 that come back."""
    company(books, "book", None, ended_at="2025-01-20")
    books.period("book", "2025-01-10", "2025-01-20")
    for account, before, after in (("up", "100", "150"), ("down", "200", "120")):
        member(books, "book", account, started_at="2025-01-01")
        own_fee(books, "book", f"s_{account}", before, valid_to="2025-03-01")
        own_fee(books, "book", f"s_{account}", after, valid_from="2025-03-01")
    member(books, "book", "lost", started_at="2025-01-01", ended_at="2025-03-08", cancel_reason="unused")
    member(books, "book", "same", started_at="2025-01-01")
    member(books, "book", "first", started_at="2025-03-05")
    member(books, "book", "back", started_at="2024-11-05", ended_at="2025-01-25")
    books.subscription("book", "s_back_2", account_id="back", started_at="2025-03-28")
    for subscription, fee in {"s_lost": "300", "s_same": "400", "s_first": "80", "s_back": "50"}.items():
        own_fee(books, "book", subscription, fee)
    own_fee(books, "book", "s_back_2", "50")


def year_book(books: Books) -> None:
    """Three accounts of June 2024, 100 each: one pays 130 in June 2025, one left and is back at 70, one is gone."""
    company(books, "year", None, started_at="2024-05-01")
    books.period("year", "2024-05-01", "2024-06-01")
    own_fee(books, "year", "s", "100", valid_to="2025-01-01")
    own_fee(books, "year", "s", "130", valid_from="2025-01-01")
    member(books, "year", "back", started_at="2024-05-01", ended_at="2024-08-08")
    own_fee(books, "year", "s_back", "100")
    books.subscription("year", "s_back_2", account_id="back", started_at="2025-02-03")
    own_fee(books, "year", "s_back_2", "70")
    member(books, "year", "gone", started_at="2024-05-01", ended_at="2025-03-03")
    own_fee(books, "year", "s_gone", "100")


def random_book(books: Books) -> None:
    """Some hundred subscriptions."""
    datasets = ["accounts", "plans", "subscriptions", "contract_prices", "discounts"]
    told = {"as_of": AS_OF, "grace_days": 3, "matching": "event_id", "billing_vendor": "generic"}
    books.add("organizations", "random", datasets=datasets, **told)
    for plan_id, (interval, currency, fees) in PLANS.items():
        of = {"name": plan_id, "billing_interval": "year" if interval == 12 else "month", "currency": currency}
        books.add("plans", "random", plan_id=plan_id, **of)
        row: Row = {"plan_id": plan_id, "charge_model": "flat", "currency": currency}
        first: Row = {"valid_from": "2020-01-01", "valid_to": RAISED_AT}
        books.price("random", f"{plan_id}_first", unit_amount=fees[0], **row, **first)
        books.price("random", f"{plan_id}_raised", unit_amount=fees[1], valid_from=RAISED_AT, **row)
    drawn = draw_subscriptions(accounts=180, seed=20250616)
    for account in sorted({one.account for one in drawn}):
        owner = {"name": account, "currency": "USD", "created_at": "2023-01-01", "is_internal": False}
        books.add("accounts", "random", account_id=account, **owner)
    dates = ("started_at", "ended_at", "trial_end", "pause_start", "pause_end", "anchor_day", "time_zone")
    for one in drawn:
        columns = {name: getattr(one, name) for name in dates}
        books.subscription("random", one.subscription, account_id=one.account, plan_id=one.plan, **columns)
        if one.own_fee is not None:
            of = {"currency": PLANS[one.plan][1], "valid_from": "2020-01-01"}
            own_fee(books, "random", one.subscription, str(one.own_fee), **of)
        if one.percent_off is not None:
            ids = {"discount_id": one.subscription, "subscription_id": one.subscription}
            valid = {"valid_from": one.discounted[0], "valid_to": one.discounted[1]}
            discount(books, "random", percent_off=one.percent_off, **ids, **valid)


def ends(books: Books, organization: str, currency: str = "USD") -> list[Decimal]:
    """MRR at the end of each month from January to June, 0 where the account has no row."""
    query = """
        select month, end_mrr_amount from marts.mart_mrr_movements where organization_id = %s and currency = %s
    """
    found = {row["month"]: row["end_mrr_amount"] for row in books.rows(query, organization, currency)}
    return [found.get(date(2025, month, 1), d(0)) for month in range(1, 7)]


def changes(books: Books, organization: str, currency: str = "USD") -> list[tuple[int, str, Decimal]]:
    """Month, movement and its amount, in order; months without a change are left out."""
    query = """
        select * from marts.mart_mrr_movements
        where organization_id = %s and currency = %s and movement <> 'none' order by month
    """
    rows = books.rows(query, organization, currency)
    for row in rows:
        assert [name for name in AMOUNTS if row[f"{name}_mrr_amount"]] == [row["movement"]]
    return [(row["month"].month, row["movement"], row[f"{row['movement']}_mrr_amount"]) for row in rows]


def monthly(books: Books, organization: str, month: int, currency: str = "USD") -> dict[str, object]:
    """The row of mart_mrr_monthly."""
    query = "select * from marts.mart_mrr_monthly where organization_id = %s and month = %s and currency = %s"
    (row,) = books.rows(query, organization, date(2025, month, 1), currency)
    return row


@pytest.mark.parametrize(
    ("organization", "expected"),
    [
        ("new", [(2, "new", d(100))]),
        ("upgrade", [(1, "new", d(100)), (3, "expansion", d(150))]),
        ("downgrade", [(1, "new", d(250)), (3, "contraction", d(150))]),
        ("churn", [(1, "new", d(100)), (3, "churn", d(100))]),
        # served until the last instant of March
        ("churn_at_midnight", [(1, "new", d(100)), (4, "churn", d(100))]),
        # lost in February, back in April: two months later and no new customer
        ("reactivation", [(1, "new", d(100)), (2, "churn", d(100)), (4, "reactivation", d(100))]),
        ("changed_at_midnight", [(1, "new", d(100)), (3, "expansion", d(150))]),
        ("trial", [(3, "new", d(100))]),
        ("trial_not_converted", []),
        ("returned_on_trial", [(1, "new", d(100)), (2, "churn", d(100)), (4, "reactivation", d(100))]),
        ("pause", [(1, "new", d(100)), (2, "contraction", d(100)), (4, "expansion", d(100))]),
        ("pause_and_end", [(1, "new", d(100)), (2, "contraction", d(100))]),
        ("second_subscription", [(1, "new", d(100)), (2, "expansion", d(100)), (4, "contraction", d(100))]),
        # neither tax nor a one-off charge nor a partial refund is part of it
        ("refunded", [(1, "new", d(100))]),
        ("internal", []),
        # 20 % of 100 from March to April; half off usage is none of the fee
        ("discount", [(1, "new", d(100)), (3, "contraction", d(20)), (5, "expansion", d(20))]),
        # the period from 15 March to 14 April is at the old price
        ("raised_within_the_period", [(1, "new", d(100)), (4, "expansion", d(20))]),
        ("more_off_than_the_fee", []),
        # (1200 - 120) / 12
        ("amount_off_a_year", [(1, "new", d(90))]),
        # 1000 / 12, to 12 decimals; 1200 from the renewal in 2026 on
        ("yearly", [(1, "new", d("83.333333333333"))]),
        ("usage_without_a_fee", []),
    ],
)
def test_an_account_moves_as_worked_out(books: Books, organization: str, expected: list[object]) -> None:
    assert changes(books, organization) == expected


def test_each_currency_has_its_own_book(books: Books) -> None:
    assert ends(books, "two_currencies") == [d(100)] * 6
    assert ends(books, "two_currencies", "EUR") == [d(0), d(0), *[d(70)] * 4]
    # the customer was there: more from him is no new customer, whatever the currency
    assert changes(books, "two_currencies", "EUR") == [(3, "expansion", d(70))]
    euro = monthly(books, "two_currencies", 3, "EUR")
    assert (euro["start_mrr_amount"], euro["end_mrr_amount"], euro["nrr_rate"]) == (d(0), d(70), None)
    assert monthly(books, "two_currencies", 3)["end_mrr_amount"] == d(100)


def test_nothing_lost_is_a_churn_of_zero_and_a_quick_ratio_of_null(books: Books) -> None:
    march = monthly(books, "new", 3)
    assert [march[name] for name in ("logo_churn_rate", "revenue_churn_rate", "nrr_rate", "grr_rate")] == [0, 0, 1, 1]
    assert march["quick_ratio"] is None
    # in February nothing was there at the start
    assert [monthly(books, "new", 2)[name] for name in ("logo_churn_rate", "nrr_rate", "grr_rate")] == [None] * 3


def test_before_ends_are_told_there_is_no_rate(books: Books) -> None:
    # the first that the source tells of this company is an invoice of 10 March
    march, april = monthly(books, "observed_late", 3), monthly(books, "observed_late", 4)
    assert (march["is_observed"], march["start_mrr_amount"], march["logo_churn_rate"]) == (False, d(100), None)
    assert (april["is_observed"], april["start_mrr_amount"], april["logo_churn_rate"]) == (True, d(100), 0)


def test_the_running_month_is_marked(books: Books) -> None:
    assert [monthly(books, "new", month)["is_complete"] for month in (5, 6)] == [True, False]


def test_a_yearly_fee_is_itself_again_in_arr(books: Books) -> None:
    assert monthly(books, "yearly", 6)["arr_amount"] == d(1000)


def test_rates_of_a_small_book(books: Books) -> None:
    march = monthly(books, "book", 3)
    # 100 + 200 + 300 + 400; 150 + 120 + 400 + 80 + 50
    assert (march["start_mrr_amount"], march["end_mrr_amount"], march["arr_amount"]) == (d(1000), d(800), d(9600))
    assert [march[f"{name}_mrr_amount"] for name in AMOUNTS] == [d(80), d(50), d(80), d(300), d(50)]
    assert [march[f"{name}_accounts"] for name in AMOUNTS] == [1, 1, 1, 1, 1]
    assert (march["start_accounts"], march["paying_accounts"]) == (4, 5)
    assert march["nrr_rate"] == d("0.67")  # (150 + 120 + 0 + 400) / 1000
    assert march["grr_rate"] == d("0.62")  # (100 + 120 + 0 + 400) / 1000
    assert march["revenue_churn_rate"] == d("0.3")  # 300 / 1000
    assert march["logo_churn_rate"] == d("0.25")  # 1 of 4
    assert march["quick_ratio"] == d("0.473684210526")  # (80 + 50 + 50) / (80 + 300)
    assert march["arpa_amount"] == d(160)  # 800 / 5
    assert march["voluntary_revenue_churn_rate"] == d("0.3")


def test_retention_over_twelve_months_asks_who_was_there_then(books: Books) -> None:
    june = monthly(books, "year", 6)
    assert june["nrr_12_month_rate"] == d("0.666666666667")  # (130 + 70 + 0) / 300
    assert june["grr_12_month_rate"] == d("0.566666666667")  # (100 + 70 + 0) / 300
    assert monthly(books, "year", 4)["nrr_12_month_rate"] is None  # nobody was there in April 2024


@pytest.mark.parametrize(
    ("organization", "basis", "is_involuntary", "kind"),
    [
        ("lost_by_reason", "reason", True, "involuntary"),
        ("lost_unpaid", "unpaid", True, "involuntary"),
        ("lost_after_failure", "last_invoice", True, "involuntary"),
        ("lost_by_decision", None, False, "voluntary"),
        ("lost_after_recovery", None, False, "voluntary"),
        ("lost_for_unknown_reasons", None, None, "unexplained"),
    ],
)
def test_who_decided_that_a_customer_is_lost(
    books: Books, organization: str, basis: str | None, is_involuntary: bool | None, kind: str
) -> None:
    (loss,) = books.rows("select * from intermediate.int_churned_accounts where organization_id = %s", organization)
    assert (loss["month"], loss["involuntary_basis"], loss["is_involuntary"]) == (
        date(2025, 3, 1),
        basis,
        is_involuntary,
    )
    march = monthly(books, organization, 3)
    kinds = ("voluntary", "involuntary", "unexplained")
    assert {name: march[f"{name}_churn_mrr_amount"] for name in kinds} == dict.fromkeys(kinds, d(0)) | {kind: d(100)}
    assert march[f"{kind}_churn_accounts"] == march["churn_accounts"] == 1


def test_losses_are_customers_and_not_subscriptions(books: Books) -> None:
    lost = books.rows("select organization_id, month, ended_at from intermediate.int_churned_accounts")
    months = {row["organization_id"]: row["month"].month for row in lost}
    assert months["pause_and_end"] == 4  # nothing was paid any more, but the customer was there until then
    assert months["churn_at_midnight"] == 4
    assert not {"upgrade", "changed_at_midnight", "trial_not_converted", "pause", "second_subscription"} & {*months}


def test_a_minimum_is_committed_and_no_mrr(books: Books) -> None:
    march = monthly(books, "minimum", 3)
    assert (march["end_mrr_amount"], march["committed_mrr_amount"]) == (d("12.5"), d(40))


def test_usage_without_a_fee_is_a_customer_without_mrr(books: Books) -> None:
    february = monthly(books, "usage_without_a_fee", 2)
    # 100 calls at 0.10
    assert (february["end_mrr_amount"], february["usage_mrr_amount"]) == (d(0), d(10))
    assert (february["paying_accounts"], february["arpa_amount"]) == (0, None)
    query = "select * from intermediate.int_account_mrr where organization_id = 'usage_without_a_fee' order by month"
    rows = books.rows(query)
    assert [(row["is_customer"], row["plan_id"], row["subscription_mrr_amount"]) for row in rows] == [
        (True, "p", d(0))
    ] * 6


def test_usage_stands_beside_fees_and_what_was_off_the_fee_is_off_once(books: Books) -> None:
    january = monthly(books, "usage_beside", 1)
    # fee 100 less 20 %; calls 100 x 0.10, of which 20 % are 2
    names = ("end_mrr_amount", "usage_mrr_amount", "agreed_mrr_amount", "subscription_and_usage_mrr_amount")
    assert [january[name] for name in names] == [d(80), d(10), d(-2), d(88)]
    # February was never closed
    assert [monthly(books, "usage_beside", 2)[name] for name in names[1:]] == [None] * 3


def test_a_fee_that_cannot_be_told_is_counted_and_in_no_sum(books: Books) -> None:
    march = monthly(books, "unrated", 3)
    assert (march["unrated_subscriptions"], march["end_mrr_amount"]) == (1, d(0))


def test_without_a_contract_mrr_is_unknown(books: Books) -> None:
    assert not books.rows("select * from marts.mart_mrr_monthly where organization_id = 'no_contract'")
    query = "select distinct subscription_mrr_amount from intermediate.int_account_mrr where organization_id = %s"
    assert books.rows(query, "no_contract") == [{"subscription_mrr_amount": None}]


def test_random_subscriptions_move_as_by_a_second_way(books: Books) -> None:
    expected = movements(draw_subscriptions(accounts=180, seed=20250616))
    rows = books.rows("select * from marts.mart_mrr_movements where organization_id = 'random'")
    found = {
        (row["account_id"], row["currency"], row["month"]): (
            row["movement"],
            row["start_mrr_amount"],
            row["end_mrr_amount"],
        )
        for row in rows
    }
    assert {kind for kind, *_ in expected.values()} == {*AMOUNTS, "none"}
    assert found == expected
    losses = books.rows("select * from intermediate.int_churned_accounts where organization_id = 'random'")
    lost = {(row["account_id"], row["month"]) for row in losses}
    assert {(account, month) for (account, _, month), (kind, *_) in expected.items() if kind == "churn"} <= lost


def test_all_tests_of_mrr_pass_and_each_conservation_is_seen_to_fail(books: Books) -> None:
    # not the tests of other marts that read the same models
    every = ["test", "--indirect-selection", "buildable", "--select", *MRR_TESTS.split()]
    assert set(books.dbt(*every).values()) == {"pass"}
    broken = {
        "update intermediate.int_account_mrr set subscription_mrr_amount = subscription_mrr_amount + 1 "
        "where organization_id = 'new'": {"account_mrr_conserves_subscriptions", "mrr_movements_conserve_accounts"},
        "update marts.mart_mrr_movements set start_mrr_amount = start_mrr_amount + 1, "
        "expansion_mrr_amount = expansion_mrr_amount - 1 where organization_id = 'new' and month = '2025-04-01'": {
            "mrr_of_an_account_that_is_not_carried_into_the_next_month",
            "movements_have_no_sign",
        },
        "update marts.mart_mrr_movements set churn_mrr_amount = churn_mrr_amount + 1 where organization_id = 'churn'": {
            "mrr_movements_add_up",
            "churn_of_a_month_conserves_movements",
        },
        "update marts.mart_mrr_monthly set end_mrr_amount = end_mrr_amount + 1 where organization_id = 'new'": {
            "mrr_of_a_month_adds_up",
            "mrr_of_a_month_conserves_movements",
        },
        "update marts.mart_mrr_monthly set voluntary_churn_mrr_amount = 1, grr_rate = 1, nrr_rate = 0.5, "
        "usage_mrr_amount = 1 where organization_id = 'churn' and month = '2025-03-01'": {
            "churn_is_of_three_kinds",
            "grr_is_no_more_than_nrr",
            "usage_mrr_conserves_items",
        },
    }
    seen: set[str] = set()
    for statement, expected in broken.items():
        books.connection.execute(statement)
        failed = {name for name, status in books.dbt(*every).items() if status == "fail"}
        assert expected <= failed - seen
        seen |= failed

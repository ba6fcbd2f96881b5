"""Lifetime value and acquisition cost worked out by hand.

Plan `p` costs 100 a month, `pro` 150, `euro` 80 euros; a call brings 0.10 and costs 0.02. All is told from 2025-01-01
until 2025-06-01, so that the months at risk of who was there on 1 January are February to May.
"""

from decimal import Decimal
from itertools import pairwise

import pytest

from tests.integration.conftest import Books, Row
from tests.integration.corrupted import failing

d = Decimal
MONTHS = ["2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01", "2025-05-01", "2025-06-01"]


def company(books: Books, organization: str, since: str = "2025-01-01", unit_cost: str | None = "0.02") -> None:
    """A company with the plans and the meter and without a customer; `since` is its first invoice."""
    datasets = ["invoices", "subscriptions", "contract_prices", "usage_events"]
    told = {"datasets": datasets, "as_of": "2025-06-01", "grace_days": 3, "matching": "event_id"}
    books.add("organizations", organization, **told)
    books.invoice(organization, "first", "", issued_at=since, period_end=since)
    books.add(
        "meters", organization, meter_id="calls", name="Calls", unit="call", aggregation="sum", unit_cost=unit_cost
    )
    for plan, fee, currency in (("p", "100", "USD"), ("pro", "150", "USD"), ("euro", "80", "EUR")):
        books.add("plans", organization, plan_id=plan, name=plan, billing_interval="month", currency=currency)
        books.price(
            organization, plan, plan_id=plan, charge_model="flat", unit_amount=fee, currency=currency, bill_in="advance"
        )
    books.price(organization, "calls", meter_id="calls", unit_amount="0.10")


def customer(books: Books, organization: str, account: str, *subscriptions: str, **columns: object) -> None:
    """An account with subscriptions such as `p 2025-01-10 2025-02-20`: plan, start and end, if there is one."""
    row = {"name": account, "currency": "USD", "created_at": "2020-01-01", "is_internal": False} | columns
    books.add("accounts", organization, account_id=account, **row)
    for number, words in enumerate(subscriptions):
        plan, start, *end = words.split()
        dates = {"started_at": start, "ended_at": end[0] if end else None}
        name = "s" if account == "a" and not number else f"{account}{number}"
        books.subscription(organization, name, account_id=account, plan_id=plan, **dates)


def calls(books: Books, organization: str, units: str) -> None:
    """So many calls of account `a` in each of the five months."""
    for start, end in pairwise(MONTHS):
        books.period(organization, start, end)
        books.usage(organization, units, start, end)


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    company(books, "margin")
    customer(books, "margin", "a", "p 2025-01-01")
    customer(books, "margin", "b", "p 2025-01-01 2025-03-15")
    customer(books, "margin", "own", "p 2025-01-01 2025-03-15", is_internal=True)
    calls(books, "margin", "100")
    company(books, "unknown_cost", unit_cost=None)
    customer(books, "unknown_cost", "a", "p 2025-01-01")
    calls(books, "unknown_cost", "100")
    company(books, "unprofitable", unit_cost="2")
    customer(books, "unprofitable", "a", "p 2025-01-01 2025-05-20")
    calls(books, "unprofitable", "100")
    company(books, "nobody_left")
    customer(books, "nobody_left", "a", "p 2025-01-01")
    company(books, "upgraded")
    customer(books, "upgraded", "a", "p 2025-01-01 2025-03-15", "pro 2025-03-15 2025-05-20")
    company(books, "two_currencies")
    customer(books, "two_currencies", "a", "p 2025-01-01 2025-03-15")
    customer(books, "two_currencies", "b", "euro 2025-01-01", currency="EUR")
    company(books, "came_back")
    customer(books, "came_back", "a", "p 2025-01-01 2025-02-20", "p 2025-04-15")
    company(books, "survivors", since="2025-03-01")
    customer(books, "survivors", "a", "p 2024-01-01")
    company(books, "channels")
    ads, fair = {"acquisition_channel": "ads"}, {"acquisition_channel": "fair"}
    customer(books, "channels", "x", "p 2025-01-01 2025-03-15", **ads, acquisition_cost="300")
    customer(books, "channels", "y", "p 2025-01-01", **ads, acquisition_cost="500")
    customer(books, "channels", "z", "p 2025-01-01", **ads)
    customer(books, "channels", "never_came", **ads, acquisition_cost="200")
    customer(books, "channels", "v", "p 2025-01-01", **fair, acquisition_cost="400")
    customer(books, "channels", "u", "p 2025-01-01")
    customer(books, "channels", "f", "p 2025-01-01", acquisition_channel="friends", acquisition_cost="0")
    customer(books, "channels", "e", "p 2025-01-01", acquisition_channel="fair", acquisition_cost="90", currency="EUR")
    customer(books, "channels", "own", "p 2025-01-01", is_internal=True, acquisition_cost="5")
    books.build(only="mart_plan_ltv mart_channel_cac")
    return books


def value(books: Books, organization: str, plan: str = "", currency: str = "USD") -> Row:
    """The row of a plan."""
    query = "select * from marts.mart_plan_ltv where organization_id = %s and plan_id = %s and currency = %s"
    (row,) = books.rows(query, organization, plan, currency)
    return row


def channel(books: Books, name: str, currency: str = "USD") -> Row:
    """The row of a channel of the company with channels."""
    query = """select * from marts.mart_channel_cac
        where organization_id = 'channels' and acquisition_channel = %s and currency = %s"""
    (row,) = books.rows(query, name, currency)
    return row


def test_the_value_of_a_customer_by_hand(books: Books) -> None:
    row = value(books, "margin")
    # a: February to May, b: February and March, in which it is lost; the internal account is nowhere
    assert (row["accounts"], row["account_months"], row["lost_accounts"], row["basis"]) == (2, 6, 1, "margin")
    assert row["monthly_churn_rate"] == d("0.166666666667")
    assert (row["subscription_arpa_amount"], row["usage_arpa_amount"]) == (d("100"), d("6.666666666667"))  # 4 x 10 / 6
    assert (row["usage_cost_amount"], row["arpa_amount"]) == (d("1.333333333333"), d("106.666666666667"))  # 4 x 2 / 6
    assert row["gross_margin_rate"] == d("0.9875")  # 632 / 640
    assert round(row["ltv_amount"], 6) == d("632")  # (600 + 40 - 8) / 6 per month, for six months
    # Wilson for 1 of 6: (1 + 1.9207 -+ 1.96 sqrt(5/6 + 0.9604)) / 9.8415
    assert round(row["monthly_churn_low_rate"], 4) == d("0.0301")
    assert round(row["monthly_churn_high_rate"], 4) == d("0.5635")
    assert round(row["ltv_low_amount"], 0) == d("187")  # 105.33 / 0.5635
    assert round(row["ltv_high_amount"], -1) == d("3500")  # 105.33 / 0.0301
    assert round(row["ltv_60_months_amount"], 4) == d("631.9888")  # 632 (1 - (5/6)^60)


def test_without_a_loss_the_value_is_unknown_and_its_lower_bound_is_not(books: Books) -> None:
    row = value(books, "nobody_left", "p")
    assert (row["account_months"], row["lost_accounts"], row["monthly_churn_rate"]) == (4, 0, d("0"))
    assert (row["ltv_amount"], row["ltv_high_amount"], row["ltv_60_months_amount"]) == (None, None, d("6000"))
    assert round(row["ltv_low_amount"], 2) == d("204.13")  # churn is at most 3.8415 / 7.8415 = 0.48989
    # no month was closed with usage, so its revenue and cost are unknown
    assert (row["basis"], row["usage_arpa_amount"], row["gross_margin_rate"]) == ("revenue", None, None)


def test_an_unknown_cost_makes_the_margin_unknown_and_not_the_revenue(books: Books) -> None:
    row = value(books, "unknown_cost")
    assert (row["basis"], row["uncosted_account_months"]) == ("revenue", 4)
    assert (row["gross_margin_rate"], row["usage_cost_amount"], row["monthly_amount"]) == (None, None, d("110"))


def test_a_customer_who_costs_more_than_it_brings_is_worth_less_than_nothing(books: Books) -> None:
    row = value(books, "unprofitable")
    # 100 + 10 - 200 in each of four months, lost in the last; of 1 in 4 Wilson says 0.0456 to 0.6994
    assert (row["monthly_amount"], row["ltv_amount"]) == (d("-90"), d("-360"))
    assert round(row["ltv_low_amount"], -2) == d("-2000")
    assert round(row["ltv_high_amount"], 0) == d("-129")


def test_a_month_belongs_to_the_plan_at_its_start(books: Books) -> None:
    basic, pro, both = (value(books, "upgraded", plan) for plan in ("p", "pro", ""))
    # February and March on p, April and May on pro, in which it is lost
    assert [(row["account_months"], row["lost_accounts"]) for row in (basic, pro, both)] == [(2, 0), (2, 1), (4, 1)]
    assert (basic["ltv_amount"], pro["ltv_amount"], both["ltv_amount"]) == (None, d("300"), d("500"))


def test_currencies_are_never_added_up(books: Books) -> None:
    dollars, euros = value(books, "two_currencies"), value(books, "two_currencies", "", "EUR")
    assert (dollars["account_months"], dollars["ltv_amount"]) == (2, d("200"))
    assert (euros["account_months"], euros["ltv_amount"], euros["monthly_amount"]) == (4, None, d("80"))


def test_who_comes_back_is_at_risk_again(books: Books) -> None:
    row = value(books, "came_back")  # February, in which it is lost, and May
    assert (row["accounts"], row["account_months"], row["lost_accounts"], row["ltv_amount"]) == (1, 2, 1, d("200"))


def test_months_before_losses_were_known_are_not_at_risk(books: Books) -> None:
    assert value(books, "survivors")["account_months"] == 3  # March to May


def test_what_a_channel_costs_and_brings(books: Books) -> None:
    row = channel(books, "ads")
    assert (row["accounts"], row["customers"], row["customers_without_cost"]) == (4, 3, 1)
    # 300 + 500 + 200 for two customers whose cost is known; x two months, y and z four each, one loss in ten
    assert (row["acquisition_cost_amount"], row["cac_amount"]) == (d("1000"), d("500"))
    assert (row["account_months"], row["monthly_churn_rate"], row["ltv_amount"]) == (10, d("0.1"), d("1000"))
    assert (row["ltv_to_cac"], row["payback_months"]) == (d("2"), d("5"))


def test_a_channel_without_a_loss_has_its_lower_bound(books: Books) -> None:
    row = channel(books, "fair")
    # v pays in dollars and cost dollars; e cost euros and pays in dollars
    assert (row["customers"], row["account_months"], row["cac_amount"]) == (1, 8, d("400"))
    assert (row["ltv_amount"], row["ltv_to_cac"], row["payback_months"]) == (None, None, d("4"))
    assert round(row["ltv_low_to_cac"], 4) == d("0.7706")  # churn is at most 3.8415 / 11.8415: 308.25 / 400
    euros = channel(books, "fair", "EUR")
    assert (euros["customers"], euros["cac_amount"], euros["account_months"]) == (1, d("90"), 0)
    assert (euros["ltv_low_amount"], euros["payback_months"], euros["monthly_churn_rate"]) == (None, None, None)


def test_an_unknown_cost_is_no_free_customer_and_a_free_one_has_no_ratio(books: Books) -> None:
    unknown, free = channel(books, ""), channel(books, "friends")
    assert (unknown["customers_without_cost"], unknown["cac_amount"], unknown["payback_months"]) == (1, None, None)
    assert (free["cac_amount"], free["ltv_low_to_cac"], free["payback_months"]) == (d("0"), None, d("0"))


def test_the_checks_pass_on_what_was_built(books: Books) -> None:
    assert set(books.dbt("test", "--select", "mart_plan_ltv", "mart_channel_cac").values()) == {"pass"}


@pytest.mark.parametrize(
    ("mart", "change", "checks"),
    [
        (
            "mart_plan_ltv",
            "set account_months = 7, lost_accounts = 3, ltv_low_amount = 9999 where organization_id = 'upgraded'",
            {"plan_ltv_conserves_account_months", "plan_ltv_conserves_lost_accounts"},
        ),
        (
            "mart_channel_cac",
            "set accounts = 9, account_months = 9, acquisition_cost_amount = 1 where acquisition_channel = 'ads'",
            {
                "channel_cac_conserves_accounts",
                "channel_cac_conserves_account_months",
                "channel_cac_conserves_acquisition_cost",
            },
        ),
    ],
)
def test_the_checks_find_what_is_not_conserved(books: Books, mart: str, change: str, checks: set[str]) -> None:
    assert checks <= failing(books, mart, change)


@pytest.mark.parametrize(
    ("mart", "change", "check"),
    [
        ("mart_plan_ltv", "set ltv_amount = 0 where lost_accounts = 0", "holds_mart_plan_ltv__monthly_churn"),
        ("mart_plan_ltv", "set ltv_low_amount = 9999", "holds_mart_plan_ltv_ltv_amount"),
        ("mart_channel_cac", "set customers_without_cost = 9", "holds_mart_channel_cac"),
        ("mart_channel_cac", "set payback_months = -1", "bounds_mart_channel_cac_0__payback"),
    ],
)
def test_the_checks_find_a_broken_row(books: Books, mart: str, change: str, check: str) -> None:
    assert [name for name in failing(books, mart, change) if name.startswith(check)]

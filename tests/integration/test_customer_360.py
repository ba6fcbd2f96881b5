"""The customer of a month: what is in which amount, what is null, and what puts a customer at risk."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.conftest import Books, Row

JANUARY, FEBRUARY, MARCH = ("2025-01-01", "2025-02-01"), ("2025-02-01", "2025-03-01"), ("2025-03-01", "2025-04-01")
ALL = "engagement_events"


def engage(books: Books, organization: str, account: str, month: str, days: int, name: str = "login") -> None:
    """Something done on each of the first so many days of a month."""
    for day in range(1, days + 1):
        row = {"account_id": account, "event_name": name, "day": f"{month}-{day:02}", "month": f"{month}-01"}
        books.add("lake.engagement_daily", organization, events=1, **row)


def month_of(books: Books, organization: str, window: tuple[str, str], days: int, units: str | None = None) -> None:
    """A closed month: a whole billing period, and what was used in it."""
    books.period(organization, *window, days=(days, days))
    if units:
        books.usage(organization, units, *window)


def full_customer(books: Books) -> None:
    """100 calls in January at 0.10 and a cost of 0.04 each, 80 of them on an invoice paid the month after."""
    books.company("full", without="", also=ALL, fee="31.00")
    books.add("meters", "full", meter_id="calls", name="Calls", unit="call", aggregation="sum", unit_cost="0.04")
    month_of(books, "full", JANUARY, 31, "100")
    window = {"period_start": JANUARY[0], "period_end": JANUARY[1]}
    books.invoice("full", "i", "recurring - 31.00, usage 80 8.00", issued_at="2025-01-31", **window)
    failed = {"status": "failed", "decline_code": "do_not_honor", "attempt_id": "first"}
    books.payment("full", "i", "39.00", attempted_at="2025-01-31 12:00", **failed)
    books.payment("full", "i", "39.00", attempted_at="2025-02-03", attempt_number=2)
    refund = {"amount": "9.00", "currency": "USD", "reason": "outage", "created_at": "2025-02-10"}
    books.add("refunds", "full", refund_id="r", invoice_id="i", **refund)
    month_of(books, "full", FEBRUARY, 28)
    engage(books, "full", "a", "2025-01", 10)
    engage(books, "full", "a", "2025-02", 4)
    engage(books, "full", "stranger", "2025-02", 1, "cancel_intent")


def other_customers(books: Books) -> None:
    books.company("uninvoiced")  # used and never billed
    month_of(books, "uninvoiced", JANUARY, 31, "100")

    books.company("two_currencies", fee="31.00")
    euro = {"plan_id": "e", "name": "E", "billing_interval": "month", "currency": "EUR"}
    books.add("plans", "two_currencies", **euro)
    books.price("two_currencies", "euro", plan_id="e", charge_model="flat", currency="EUR", unit_amount="20.00")
    books.subscription("two_currencies", "t", plan_id="e")
    month_of(books, "two_currencies", JANUARY, 31)
    books.period("two_currencies", *JANUARY, subscription_id="t", plan_id="e", currency="EUR")
    window = {"period_start": JANUARY[0], "period_end": JANUARY[1]}
    books.invoice("two_currencies", "i", "recurring - 31.00", **window)
    books.invoice("two_currencies", "e", "recurring - 20.00", subscription_id="t", currency="EUR", **window)

    books.company("left", fee="10.00", ended_at="2025-02-15", canceled_at="2025-01-20", as_of="2025-04-10")
    month_of(books, "left", JANUARY, 31)

    books.company("returned", fee="10.00", ended_at="2025-01-15", as_of="2025-05-01")
    books.subscription("returned", "again", started_at="2025-03-15")
    month_of(books, "returned", JANUARY, 31)

    books.company("upgraded", fee="31.00", ended_at="2025-01-16")  # in mid-month, to a plan of twice the fee
    books.add("plans", "upgraded", plan_id="q", name="Q", billing_interval="month", currency="USD")
    books.price("upgraded", "twice", plan_id="q", charge_model="flat", unit_amount="62.00")
    books.subscription("upgraded", "t", plan_id="q", started_at="2025-01-16")
    books.period("upgraded", "2025-01-01", "2025-01-16", days=(15, 31))
    books.period("upgraded", "2025-01-16", "2025-02-01", days=(16, 31), subscription_id="t", plan_id="q")

    books.company("own", is_internal=True, also=ALL)
    month_of(books, "own", JANUARY, 31, "100")
    engage(books, "own", "a", "2025-01", 3)


@pytest.fixture(scope="module", autouse=True)
def companies(books: Books) -> Books:
    full_customer(books)
    other_customers(books)
    books.build(only="mart_customer_360")
    return books


def months(books: Books, organization: str, account: str = "a") -> dict[str, Row]:
    query = "select * from marts.mart_customer_360 where organization_id = %s and account_id = %s order by month"
    return {row["month"].isoformat()[:7]: row for row in books.rows(query, organization, account)}


def values(row: Row, *names: str) -> list[Any]:
    return [row[name] for name in names]


def test_a_month_of_a_customer_with_everything(books: Books) -> None:
    row = months(books, "full")["2025-01"]
    assert values(row, "plan_id", "is_customer", "currency", "has_other_currencies") == ["p", True, "USD", False]
    assert row["units_by_meter"] == {"calls": 100}
    # owed: 31 and 100 calls at 0.10; on the invoice 31 and 80 calls; of 39.00 paid in February 9.00 went back
    amounts = ("entitled", "invoiced", "collected", "leak_under", "leak_over")
    assert values(row, *(f"{name}_amount" for name in amounts)) == [Decimal(n) for n in ("41", "39", "30", "2", "0")]
    # 100 calls at 0.10 and at a cost of 0.04
    assert values(row, "usage_revenue_amount", "usage_cost_amount", "usage_margin_amount") == [10, 4, 6]
    assert row["subscription_mrr_amount"] == Decimal(31)
    # the failure belongs to the month in which the invoice was first tried
    assert values(row, "tried_invoices", "payment_attempts", "failed_attempts", "lost_invoices") == [1, 2, 1, 0]
    assert values(row, "active_days", "active_days_change", "cancel_intents") == [10, None, 0]
    assert values(row, "risk_segment", "risk_reasons") == ["watch", ["payment_trouble"]]


def test_engagement_that_halves_puts_a_customer_at_risk(books: Books) -> None:
    row = months(books, "full")["2025-02"]
    assert values(row, "active_days", "active_days_change") == [4, Decimal("-0.6")]  # 4 / 10 - 1
    assert values(row, "risk_segment", "risk_reasons") == ["at_risk", ["engagement_down", "engagement_halved"]]


def test_months_that_are_not_closed_say_nothing_about_what_was_owed(books: Books) -> None:
    row = months(books, "full")["2025-04"]
    assert values(row, "is_complete", "is_closed", "subscription_mrr_amount") == [True, False, Decimal(31)]
    assert values(row, "units_by_meter", "entitled_amount", "leak_under_amount", "active_days") == [None] * 4
    assert row["tried_invoices"] == 0


def test_an_account_with_only_an_intent_to_cancel_is_there(books: Books) -> None:
    found = months(books, "full", "stranger")
    assert next(iter(found)) == "2025-02"
    row = found["2025-02"]
    assert values(row, "cancel_intents", "active_days", "currency", "risk_segment") == [1, 0, None, "no_customer"]
    assert row["risk_reasons"] == ["cancel_intent"]


def test_usage_without_an_invoice_is_a_leak_of_a_customer_that_is_there(books: Books) -> None:
    row = months(books, "uninvoiced")["2025-01"]
    assert row["units_by_meter"] == {"calls": 100}
    assert values(row, "entitled_amount", "invoiced_amount", "leak_under_amount") == [10, 0, 10]
    # a meter that nobody described has no cost, so there is no margin; nothing tells of payments
    assert values(row, "usage_revenue_amount", "usage_cost_amount", "usage_margin_amount") == [10, None, None]
    assert values(row, "collected_amount", "tried_invoices", "active_days") == [None, None, None]


def test_another_currency_stands_beside_and_is_not_added(books: Books) -> None:
    row = months(books, "two_currencies")["2025-01"]
    assert values(row, "currency", "entitled_amount", "invoiced_amount", "subscription_mrr_amount") == [
        "USD",
        31,
        31,
        31,
    ]
    assert row["has_other_currencies"]
    assert row["other_amounts"] == {"EUR": {"entitled": 20, "invoiced": 20, "subscription_mrr": 20}}


def test_a_customer_who_leaves_is_at_risk_once_it_is_known_and_churned_after(books: Books) -> None:
    found = {month: values(row, "risk_segment", "risk_reasons") for month, row in months(books, "left").items()}
    assert found["2025-01"] == ["at_risk", ["cancellation_announced"]]
    assert found["2025-02"] == ["churned", ["mrr_down"]]
    assert list(found)[-1] == "2025-04"  # to the month of as_of


def test_a_customer_who_comes_back_after_two_months_is_healthy_again(books: Books) -> None:
    found = {month: row["risk_segment"] for month, row in months(books, "returned").items() if month >= "2025-01"}
    assert found == {
        "2025-01": "churned",
        "2025-02": "churned",
        "2025-03": "healthy",
        "2025-04": "healthy",
        "2025-05": "healthy",
    }


def test_an_upgrade_in_mid_month_is_one_customer_on_the_new_plan(books: Books) -> None:
    row = months(books, "upgraded")["2025-01"]
    assert values(row, "plan_id", "is_customer", "risk_segment") == ["q", True, "healthy"]
    # 15 days of 31.00 and 16 days of 62.00, of 31; the month ends on the new plan
    assert values(row, "entitled_amount", "subscription_mrr_amount") == [15 + 32, 62]


def test_before_the_first_subscription_an_account_is_no_customer(books: Books) -> None:
    assert months(books, "full")["2024-01"]["risk_segment"] == "no_customer"  # created a year before


def test_internal_accounts_are_in_no_row(books: Books) -> None:
    assert months(books, "own") == {}


@pytest.mark.parametrize(
    ("change", "test"),
    [
        ("active_days = active_days + 1", "conserves_mart_customer_360_active_days"),
        ("tried_invoices = tried_invoices + 1", "conserves_mart_customer_360_tried_invoices"),
        ("risk_reasons = '{overbilled}'", "customer_360_row_that_contradicts_itself"),
        ("leak_under_amount = leak_under_amount + 1", "customer_360_amount_that_differs_from_its_source"),
        ('other_amounts = \'{"EUR": {"entitled": 21}}\'', "customer_360_amount_that_differs_from_its_source"),
        ("units_by_meter = '{\"calls\": 99}'", "customer_360_units_that_differ_from_their_source"),
    ],
)
def test_what_is_lost_or_doubled_fails_a_test(books: Books, change: str, test: str) -> None:
    is_singular = "differ" in test
    tests = ("test", "--indirect-selection", "buildable", "--select", test if is_singular else "mart_customer_360")
    assert set(books.dbt(*tests).values()) == {"pass"}
    query = f"update marts.mart_customer_360 set {change} where month = %s and (risk_segment = 'healthy' or month < %s)"
    copy = "create temp table kept as select * from marts.mart_customer_360"
    books.connection.execute(copy)
    books.connection.execute(query.encode(), [date(2025, 1, 1), date(2025, 1, 2)])
    failed = {name for name, status in books.dbt(*tests).items() if status == "fail"}
    books.connection.execute("truncate marts.mart_customer_360")
    books.connection.execute("insert into marts.mart_customer_360 select * from kept")
    books.connection.execute("drop table kept")
    assert any(name.startswith(test.split("_mart_")[0]) for name in failed)

"""Usage, cost and revenue by day (docs/definitions.md#usage-margin): one organization per case, worked out by hand."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

D = Decimal
MART = "mart_usage_revenue_daily"
MARGIN = "metered_item_whose_margin_differs_from_its_sources"
DAYS = "used_units_that_days_do_not_add_up_to"
REVENUE, COST = "usage_revenue_daily_conserves_revenue", "usage_revenue_daily_conserves_cost"


def meter(
    books: Any, organization: str, meter_id: str = "calls", unit_cost: str | None = "0.02", how: str = "sum"
) -> None:
    books.add("meters", organization, meter_id=meter_id, name="M", unit="u", aggregation=how, unit_cost=unit_cost)


def used(books: Any, organization: str, units: str, days: str, **columns: Any) -> None:
    """A period's quantity and its days, such as `10=100 16=50`: the day of the month and its units, one event each."""
    row = {"account_id": "a", "subscription_id": "s", "meter_id": "calls", "billing_month": "2025-01-01"}
    row |= {"period_start": "2025-01-01", "period_end": "2025-02-01"} | columns
    month = row["billing_month"][:7]
    parts = [part.split("=") for part in days.split()]
    for day, quantity in parts:
        usage_date = f"{month}-{day}"
        books.add("lake.period_usage_daily", organization, usage_date=usage_date, events=1, units=quantity,
                  **({"outcome": "claimed"} | row))  # fmt: skip
    if columns.get("outcome", "claimed") == "claimed":
        steps = ["actual", "less_rejected", "less_unreported", "requantified", "less_overwritten"]
        rungs = {f"units_{step}": units for step in (*steps, "with_reported_twice", "reported")}
        books.add(
            "lake.period_usage", organization, events_actual=len(parts), events_reported=len(parts), **rungs, **row
        )
    else:
        books.add("lake.unclaimed_usage", organization, account_id=row["account_id"], event_name=row["meter_id"],
                  meter_id=row["meter_id"], outcome=columns["outcome"], billing_month=row["billing_month"],
                  events=len(parts), units=units)  # fmt: skip


def unclaimed(books: Any, organization: str, units: str, days: str, outcome: str, **columns: Any) -> None:
    nowhere = {"subscription_id": "", "period_start": None, "period_end": None, "outcome": outcome}
    used(books, organization, units, days, **(nowhere | columns))


@pytest.fixture(scope="module", autouse=True)
def cases(books: Any) -> None:
    # On 16 January at noon the account goes from 0.10 to 0.05 per call.
    books.company("upgrade", ended_at="2025-01-16 12:00")
    books.add("plans", "upgrade", plan_id="q", name="Q", rank=2, billing_interval="month", currency="USD")
    books.price("upgrade", "call-q", plan_id="q", meter_id="calls", unit_amount="0.05")
    books.subscription("upgrade", "s2", plan_id="q", started_at="2025-01-16 12:00")
    meter(books, "upgrade")
    first = {"period_end": "2025-01-16 12:00"}
    second = {"period_start": "2025-01-16 12:00", "subscription_id": "s2"}
    books.period("upgrade", days=(16, 31), **{"end": "2025-01-16 12:00", "billing_month": "2025-01-01"})
    books.period("upgrade", "2025-01-16 12:00", days=(16, 31), subscription_id="s2", plan_id="q")
    used(books, "upgrade", "150", "10=100 16=50", **first)
    used(books, "upgrade", "100", "16=30 20=70", **second)

    # Usage without a subscription, of a trial, and of an account that nobody knows.
    books.company("unclaimed", started_at="2025-01-20")
    meter(books, "unclaimed")
    meter(books, "unclaimed", "seats", "0.50", "max")
    unclaimed(books, "unclaimed", "10", "05=10", "outside_subscription")
    unclaimed(books, "unclaimed", "40", "06=15 07=25", "trial")
    unclaimed(books, "unclaimed", "9", "08=4 09=5", "outside_subscription", meter_id="seats")
    unclaimed(books, "unclaimed", "7", "10=7", "unmapped", account_id="stranger")

    # Used, entitled, and on no invoice.
    books.company("not_invoiced")
    meter(books, "not_invoiced")
    books.period("not_invoiced")
    used(books, "not_invoiced", "3", "01=1 15=1 31=1")
    # One unit of money in three equal shares.
    books.company("thirds", call=None)
    books.price("thirds", "call", meter_id="calls", charge_model="package", package_size=3, package_amount="1.00")
    meter(books, "thirds", unit_cost="0.000000000001")
    books.period("thirds")
    used(books, "thirds", "3", "01=1 15=1 31=1")

    # Two subscriptions in two currencies.
    books.company("two_currencies")
    books.add("plans", "two_currencies", plan_id="e", name="E", billing_interval="month", currency="EUR")
    books.price("two_currencies", "call-e", plan_id="e", meter_id="calls", currency="EUR", unit_amount="0.20")
    books.subscription("two_currencies", "s2", plan_id="e")
    meter(books, "two_currencies")
    books.period("two_currencies")
    books.period("two_currencies", subscription_id="s2", plan_id="e", currency="EUR")
    used(books, "two_currencies", "10", "03=10")
    used(books, "two_currencies", "20", "03=20", subscription_id="s2")

    # A highest and a last value of a period: 12 seats at 1.00, 3 GB at 1.00.
    books.company("values", call=None)
    for name, how in (("seats", "max"), ("disk", "last")):
        meter(books, "values", name, "0.50", how)
        books.price("values", name, meter_id=name, unit_amount="1.00")
    books.period("values")
    used(books, "values", "12", "02=12 03=8 04=4", meter_id="seats")
    used(books, "values", "3", "02=5 20=3", meter_id="disk")

    # Billed without any use: the first tier's flat of 3.00 is owed all the same.
    books.company("no_day", call=None)
    tiers = '[{"up_to": null, "unit_amount": "0.10", "flat_amount": "3.00"}]'
    books.price("no_day", "call", meter_id="calls", charge_model="graduated", tiers=tiers)
    meter(books, "no_day")
    books.period("no_day")
    books.usage("no_day", "0 0 0 0 0 0 5")
    books.connection.execute("update lake.period_usage set events_actual = 0 where organization_id = 'no_day'")
    books.connection.execute("delete from lake.period_usage_daily where organization_id = 'no_day'")

    # What nobody knows is null: the cost of a unit, the price of one.
    books.company("no_cost")
    meter(books, "no_cost", unit_cost=None)
    books.period("no_cost")
    used(books, "no_cost", "5", "09=5")
    books.company("no_price", call=None)
    meter(books, "no_price")
    books.period("no_price")
    used(books, "no_price", "5", "09=5")
    books.company("internal", is_internal=True)
    meter(books, "internal")
    books.period("internal")
    used(books, "internal", "5", "09=5")

    # Two months, closed one by one further down.
    books.company("two_months")
    meter(books, "two_months")
    books.period("two_months")
    books.period("two_months", "2025-02-01", "2025-03-01", days=(28, 28))
    used(books, "two_months", "5", "09=5")
    february = {"period_start": "2025-02-01", "period_end": "2025-03-01", "billing_month": "2025-02-01"}
    used(books, "two_months", "8", "01=2 02=6", **february)
    books.build(only=f"{MART} int_account_usage_margin stg_unclaimed_usage")


def days(books: Any, organization: str) -> list[tuple[Any, ...]]:
    rows = books.rows(
        "select usage_date, subscription_id, meter_id, currency, outcome, units, cost_amount, revenue_amount"
        f" from marts.{MART} where organization_id = %s order by meter_id, usage_date, subscription_id, outcome",
        organization,
    )
    return [tuple(row.values()) for row in rows]


def january(day: int) -> date:
    return date(2025, 1, day)


def test_an_upgrade_in_mid_month_is_two_periods_on_one_day(books: Any) -> None:
    # 150 calls at 0.10 are 15.00, a tenth of it per call; 100 calls at 0.05 are 5.00. A call costs 0.02.
    assert days(books, "upgrade") == [
        (january(10), "s", "calls", "USD", "claimed", 100, 2, 10),
        (january(16), "s", "calls", "USD", "claimed", 50, 1, 5),
        (january(16), "s2", "calls", "USD", "claimed", 30, D("0.6"), D("1.5")),
        (january(20), "s2", "calls", "USD", "claimed", 70, D("1.4"), D("3.5")),
    ]
    (margin,) = books.rows("select * from intermediate.int_account_usage_margin where organization_id = 'upgrade'")
    assert (margin["units"], margin["cost_amount"], margin["revenue_amount"]) == (250, 5, 20)


def test_usage_without_a_subscription_costs_and_brings_nothing(books: Any) -> None:
    # Of the seats the highest day counts, as in a period: 5 at 0.50, four ninths of it on the first day.
    assert days(books, "unclaimed") == [
        (january(5), "", "calls", "USD", "outside_subscription", 10, D("0.2"), 0),
        (january(6), "", "calls", "USD", "trial", 15, D("0.3"), 0),
        (january(7), "", "calls", "USD", "trial", 25, D("0.5"), 0),
        (january(10), "", "calls", "XXX", "unmapped", 7, D("0.14"), 0),
        (january(8), "", "seats", "USD", "outside_subscription", 4, D("1.111111111111"), 0),
        (january(9), "", "seats", "USD", "outside_subscription", 5, D("1.388888888889"), 0),
    ]


def test_usage_counts_without_an_invoice(books: Any) -> None:
    # Three calls at 0.10, entitled whatever was billed.
    assert [row[-1] for row in days(books, "not_invoiced")] == [D("0.1")] * 3


def test_shares_are_exact_in_sum(books: Any) -> None:
    # 1.00 in thirds: what 0, 1/3, 2/3, 1 grow by, each rounded to twelve decimals. So too three trillionths of cost.
    found = days(books, "thirds")
    assert [row[-1] for row in found] == [D("0.333333333333"), D("0.333333333334"), D("0.333333333333")]
    assert [row[-2] for row in found] == [D("0.000000000001")] * 3


def test_currencies_stay_apart(books: Any) -> None:
    # 10 calls at 0.10 USD, 20 at 0.20 EUR; a call costs 0.02 of either.
    assert days(books, "two_currencies") == [
        (january(3), "s", "calls", "USD", "claimed", 10, D("0.2"), 1),
        (january(3), "s2", "calls", "EUR", "claimed", 20, D("0.4"), 4),
    ]
    margins = books.rows(
        "select currency, revenue_amount from intermediate.int_account_usage_margin"
        " where organization_id = 'two_currencies' order by currency"
    )
    assert [tuple(row.values()) for row in margins] == [("EUR", 4), ("USD", 1)]


def test_the_highest_and_the_last_value_are_shared_by_what_days_have(books: Any) -> None:
    # Seats: 12.00 and 12 * 0.50 = 6.00 of cost over 12 + 8 + 4; disk: 3.00 and 1.50 over 5 + 3.
    assert days(books, "values") == [
        (january(2), "s", "disk", "USD", "claimed", 5, D("0.9375"), D("1.875")),
        (january(20), "s", "disk", "USD", "claimed", 3, D("0.5625"), D("1.125")),
        (january(2), "s", "seats", "USD", "claimed", 12, 3, 6),
        (january(3), "s", "seats", "USD", "claimed", 8, 2, 4),
        (january(4), "s", "seats", "USD", "claimed", 4, 1, 2),
    ]


def test_what_is_owed_without_use_stands_on_the_last_day(books: Any) -> None:
    assert days(books, "no_day") == [(january(31), "s", "calls", "USD", "claimed", 0, 0, 3)]


def test_what_is_not_known_is_null(books: Any) -> None:
    assert [row[-2:] for row in days(books, "no_cost")] == [(None, D("0.5"))]
    assert [row[-2:] for row in days(books, "no_price")] == [(D("0.1"), None)]
    margins = books.rows(
        "select cost_amount, revenue_amount from intermediate.int_account_usage_margin"
        " where organization_id in ('no_cost', 'no_price') order by organization_id"
    )
    assert [tuple(row.values()) for row in margins] == [(None, D("0.5")), (D("0.1"), None)]


def test_internal_accounts_are_left_out(books: Any) -> None:
    assert days(books, "internal") == []


def test_months_in_another_order_are_the_same_table(books: Any) -> None:
    before = books.rows(f"select * from marts.{MART} order by 1, 2, 3, 4, 5, 6, 7, 8")
    assert {row["billing_month"] for row in before if row["organization_id"] == "two_months"} == {
        date(2025, 1, 1),
        date(2025, 2, 1),
    }
    for month in ("2025-02", "2025-01"):
        books.connection.execute(f"delete from marts.{MART} where billing_month = '{month}-01'")
        books.build(month, month, only=MART)
    assert books.rows(f"select * from marts.{MART} order by 1, 2, 3, 4, 5, 6, 7, 8") == before


@pytest.mark.parametrize(
    ("test", "change"),
    [
        (REVENUE, "marts.mart_usage_revenue_daily set revenue_amount = revenue_amount + {}0.000000000001"),
        (COST, "marts.mart_usage_revenue_daily set cost_amount = cost_amount + {}0.000000000001"),
        (MARGIN, "intermediate.int_item_margins set revenue_amount = revenue_amount + {}0.01"),
        (MARGIN, "intermediate.int_item_margins set units = units + {}1"),
        (DAYS, "lake.period_usage_daily set units = units + {}1"),
        (DAYS, "lake.period_usage_daily set events = events + {}1"),
    ],
)
def test_what_is_lost_or_doubled_is_a_failed_test(books: Any, test: str, change: str) -> None:
    where = "where organization_id = 'two_months' and billing_month = '2025-02-01'"
    assert books.dbt("test", "--select", test) == {test: "pass"}
    books.connection.execute(f"update {change.format('')} {where}")
    assert books.dbt("test", "--select", test) == {test: "fail"}
    books.connection.execute(f"update {change.format('-')} {where}")

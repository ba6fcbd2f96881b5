"""Insights and their life (docs/definitions.md#insights): one organization per case, worked out by hand."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

D = Decimal
MODELS = "mart_insights"
MONTHS = ["2025-01", "2025-02", "2025-03", "2025-04", "2025-05"]
FIRST_MONDAY = date(2025, 1, 6)
WEEKS = 42
METERS = 150
SPIKE = FIRST_MONDAY + timedelta(days=7 * 20 + 2)
SILENT = FIRST_MONDAY + timedelta(days=7 * 30)


def meter(books: Any, organization: str, unit_cost: str = "0.02", meter_id: str = "calls", how: str = "sum") -> None:
    books.add("meters", organization, meter_id=meter_id, name="M", unit="u", aggregation=how, unit_cost=unit_cost)


def month(books: Any, organization: str, number: int, units: str, account: str = "a", subscription: str = "s") -> None:
    """A whole period of 2025 and its quantity, used on its first day."""
    start, end = f"2025-{number:02}-01", f"2025-{number + 1:02}-01"
    days = (date.fromisoformat(end) - date.fromisoformat(start)).days
    whose = {"account_id": account, "subscription_id": subscription}
    books.period(organization, start, end, days=(days, days), **whose)
    row = whose | {"meter_id": "calls", "period_start": start, "period_end": end, "billing_month": start}
    steps = ["actual", "less_rejected", "less_unreported", "requantified", "less_overwritten"]
    rungs = {f"units_{step}": units for step in (*steps, "with_reported_twice", "reported")}
    books.add("lake.period_usage", organization, events_actual=1, events_reported=1, **rungs, **row)
    books.add(
        "lake.period_usage_daily", organization, usage_date=start, outcome="claimed", events=1, units=units, **row
    )


def higher_plan(books: Any, organization: str, fee: str, call: str, plan: str = "q", rank: int = 2) -> None:
    row = {"billing_interval": "month", "currency": "USD"}
    books.add("plans", organization, plan_id=plan, name=plan.upper(), rank=rank, **row)
    books.price(organization, f"fee-{plan}", plan_id=plan, charge_model="flat", unit_amount=fee)
    books.price(organization, f"call-{plan}", plan_id=plan, meter_id="calls", unit_amount=call)


def upsell_company(books: Any, organization: str, included: str = "0", call: str = "0.10") -> None:
    """On plan P (rank 1): 10.00 and 0.10 per call; on Q (rank 2): 50.00 and 0.05 per call."""
    books.company(organization, fee="10.00", call=None)
    books.connection.execute("update raw.plans set rank = 1 where organization_id = %s", [organization])
    books.price(organization, "call", meter_id="calls", unit_amount=call, included_units=included)
    higher_plan(books, organization, "50.00", "0.05")
    meter(books, organization, "0.001")


def draw_counts(books: Any) -> None:
    """Forty-two weeks of negative binomial counts on 150 accounts, some with planted anomalies."""
    books.company("counted", as_of="2026-01-01")
    meter(books, "counted")
    owner = {"name": "A", "currency": "USD", "created_at": "2024-01-01", "is_internal": False}
    accounts = [f"n{number:03}" for number in range(METERS)]
    for account in accounts:
        books.add("accounts", "counted", account_id=account, **owner)
        books.subscription("counted", f"s-{account}", account_id=account, started_at="2024-06-01")
    rng = np.random.default_rng(7)
    weekdays = np.array([1.3, 1.2, 1.2, 1.1, 1.2, 0.6, 0.4])
    with books.connection.cursor().copy(
        "copy lake.usage_daily (source_name, organization_id, account_id, meter_id, usage_date, billing_month, events)"
        " from stdin"
    ) as copy:
        for number, account in enumerate(accounts):
            mean = rng.choice([2.0, 4.0, 20.0, 300.0]) * weekdays[np.arange(WEEKS * 7) % 7]
            dispersion = rng.choice([1.05, 1.5, 2.5])
            counts = rng.negative_binomial(mean / (dispersion - 1), 1 / dispersion)
            if number == 0:
                counts[7 * 20 + 2] = 60 + 8 * mean[2]
            if number == 1:
                counts[7 * 30 : 7 * 31] = 0
            for day, count in enumerate(counts.tolist()):
                when = FIRST_MONDAY + timedelta(days=day)
                if count:
                    copy.write_row(["test", "counted", account, "calls", when, when.replace(day=1), count])


@pytest.fixture(scope="module", autouse=True)
def cases(books: Any) -> None:
    # A call brings 0.10 and costs 0.20; the fee of 10.00 pays for 100 calls more than they bring.
    books.company("comes_and_goes", fee="10.00")
    meter(books, "comes_and_goes", "0.20")
    for number, calls in enumerate(["50", "150", "40", "200", "30"], start=1):
        month(books, "comes_and_goes", number, calls)
    books.company("still_there", fee="10.00", as_of="2025-03-01")
    meter(books, "still_there", "0.20")
    for number, calls in enumerate(["50", "150"], start=1):
        month(books, "still_there", number, calls)
    # The running month is not judged: as_of lies in February.
    books.company("running", fee="10.00", as_of="2025-02-20")
    meter(books, "running", "0.20")
    month(books, "running", 2, "500")
    # 100 calls are included in the fee: 20 are charged, 0.10 each, and cost 0.05 each.
    books.company("included", call=None, fee="10.00")
    books.price("included", "call", meter_id="calls", unit_amount="0.10", included_units="100")
    meter(books, "included", "0.05")
    month(books, "included", 1, "120")

    # Three periods in a row: 10 + 0.10 n against 50 + 0.05 n, which is less from 801 calls on.
    upsell_company(books, "upsell")
    for number, calls in enumerate(["900", "1000", "1200", "1300", "500"], start=1):
        month(books, "upsell", number, calls)
    upsell_company(books, "interrupted")
    for number, calls in enumerate(["900", "1000", "500", "1300", "1400"], start=1):
        month(books, "interrupted", number, calls)
    # Far from what it includes, so no customer to talk to, though a cheaper plan is there.
    upsell_company(books, "far_below", included="10000", call="0")
    books.connection.execute(
        "update raw.contract_prices set unit_amount = 90 where price_id = 'fee' and organization_id = 'far_below'"
    )
    for number in range(1, 4):
        month(books, "far_below", number, "100")
    # The higher plan has no price for the meter: nothing can be compared.
    upsell_company(books, "not_comparable")
    books.connection.execute(
        "delete from raw.contract_prices where price_id = 'call-q' and organization_id = 'not_comparable'"
    )
    for number in range(1, 4):
        month(books, "not_comparable", number, "2000")
    # Says in February that it wants to leave.
    books.company("at_risk", fee="10.00", as_of="2025-03-01", also="engagement_events")
    for number in (1, 2):
        month(books, "at_risk", number, "5")
    said = {"event_name": "cancel_intent", "day": "2025-02-10", "month": "2025-02-01", "events": 1}
    books.add("lake.engagement_daily", "at_risk", account_id="a", **said)
    draw_counts(books)
    books.build(only=MODELS)


def insights(books: Any, organization: str, kind: str) -> list[Any]:
    query = "select * from marts.mart_insights where organization_id = %s and kind = %s order by insight_id"
    return books.rows(query, organization, kind)  # type: ignore[no-any-return]


def test_an_insight_goes_away_and_returns_under_its_id(books: Any) -> None:
    # Owed 10 + 0.10 n, cost 0.20 n: February 25 and 30, April 30 and 40.
    (found,) = insights(books, "comes_and_goes", "unprofitable_account")
    life = ("first_seen_month", "last_seen_month", "months_seen", "status", "resolved_month")
    assert [found[name] for name in life] == [date(2025, 2, 1), date(2025, 4, 1), 2, "resolved", date(2025, 5, 1)]
    assert (found["amount"], found["total_amount"]) == (10, 15)
    assert (found["first_observed"], found["last_observed"], found["last_reference"]) == (25, 30, 40)
    assert (
        found["summary"] == "Account a owes 30.00 USD and its usage costs 40.00 USD: 10.00 USD too little in the month."
    )


def test_an_insight_of_the_last_closed_month_is_active(books: Any) -> None:
    (found,) = insights(books, "still_there", "unprofitable_account")
    assert (found["status"], found["resolved_month"], found["amount"]) == ("active", None, 5)


def test_a_running_month_is_not_judged(books: Any) -> None:
    assert insights(books, "running", "unprofitable_account") == []


def test_a_meter_answers_for_the_units_that_its_price_is_for(books: Any) -> None:
    # All calls at 0.10 cost 0.20: in every month the whole of it is lost again, 30 calls in May.
    (found,) = insights(books, "comes_and_goes", "unprofitable_meter")
    assert (found["months_seen"], found["status"], found["amount"]) == (5, "active", 3)
    # 20 calls at 0.10 cost 0.05: the other 100 are paid by the fee.
    assert insights(books, "included", "unprofitable_meter") == []
    (margin,) = books.rows("select * from intermediate.int_meter_margins where organization_id = 'included'")
    assert (margin["charged_units"], margin["cost_amount"], margin["revenue_amount"]) == (20, 1, 2)


def test_three_periods_in_a_row_that_are_cheaper_on_a_higher_plan(books: Any) -> None:
    # March: 10 + 120 = 130 against 50 + 60 = 110. April: 140 against 115. In May 60 against 75.
    (found,) = insights(books, "upsell", "upsell")
    assert (found["first_seen_month"], found["last_seen_month"]) == (date(2025, 3, 1), date(2025, 4, 1))
    assert (found["status"], found["detail"], found["amount"], found["total_amount"]) == ("resolved", "Q", 25, 45)
    assert found["revenue_change_amount"] == -25
    assert found["summary"] == (
        "Account a pays 140.00 USD and would pay 115.00 USD on plan Q, 25.00 USD less in the month."
    )


@pytest.mark.parametrize("organization", ["interrupted", "far_below", "not_comparable"])
def test_what_is_no_upsell(books: Any, organization: str) -> None:
    assert insights(books, organization, "upsell") == []


def test_an_account_at_risk_is_worth_what_it_pays_every_month(books: Any) -> None:
    (found,) = insights(books, "at_risk", "account_at_risk")
    assert (found["first_seen_month"], found["status"], found["amount"]) == (date(2025, 2, 1), "active", 10)
    assert found["summary"] == "Account a is at risk (cancel_intent) with 10.00 USD a month."


def test_planted_anomalies_are_found_and_false_ones_are_as_rare_as_stated(books: Any) -> None:
    judged = books.rows(
        "select count(*) as weeks from intermediate.int_usage_baselines where organization_id = 'counted'"
    )
    weeks = judged[0]["weeks"]
    assert weeks > 4000
    spikes = books.rows(
        "select account_id, usage_date from intermediate.int_usage_spikes where organization_id = 'counted'"
    )
    drops = books.rows("select account_id, week from intermediate.int_usage_drops where organization_id = 'counted'")
    assert {"account_id": "n000", "usage_date": SPIKE} in spikes
    assert {"account_id": "n001", "week": SILENT} in drops
    # One false alarm of each kind in 36,525 days and in 5,218 weeks: of these weeks 0.8 and 0.8 are to be expected, and
    # four or more would come by chance in one of a hundred such tests (Poisson).
    assert 0.5 < weeks / 5218 < 1.5
    assert len(spikes) - 1 < 4
    assert len(drops) - 1 < 4


def test_months_in_another_order_give_the_same_insights(books: Any) -> None:
    before = books.rows("select * from marts.mart_insights order by 1, 2")
    for one in reversed(MONTHS):
        books.build(one, one, only=MODELS)
    assert books.rows("select * from marts.mart_insights order by 1, 2") == before


@pytest.mark.parametrize(
    ("test", "change"),
    [
        ("insights_conserve_their_months", "total_amount = total_amount + 1"),
        ("an_insight_is_seen_before_it_is_resolved", "resolved_month = last_seen_month"),
    ],
)
def test_a_changed_insight_is_a_failed_test(books: Any, test: str, change: str) -> None:
    assert books.dbt("test", "--select", test) == {test: "pass"}
    books.connection.execute(f"update marts.mart_insights set {change}")
    assert books.dbt("test", "--select", test) == {test: "fail"}
    books.build(only=MODELS)

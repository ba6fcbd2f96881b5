"""What comes after failed payments and after others: an example worked by hand, and published intervals."""

from decimal import Decimal

import pytest

from tests.integration.conftest import Books, Row

# R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in Medicine 17
# (1998), table II, method 10: events and trials of both sides, lower and upper bound to four decimals.
PUBLISHED = [
    (56, 70, 48, 80, "0.0524", "0.3339"),
    (9, 10, 3, 10, "0.1705", "0.8090"),
    (5, 56, 0, 29, "-0.0381", "0.1926"),
    (10, 10, 0, 20, "0.6791", "1.0000"),
]
Z = "1.959963984540054"
FAILED, PAID = "2025-02-10", "2025-02-12"
DAY_10, DAY_45 = "2025-02-20 12:00", "2025-03-27 12:00"


def customer(books: Books, organization: str, account: str, **dates: str) -> None:
    """An account with a subscription of its own."""
    owner = {"name": account, "currency": "USD", "created_at": "2024-01-01", "is_internal": False}
    books.add("accounts", organization, account_id=account, **owner)
    books.subscription(organization, account, account_id=account, **({"started_at": "2024-01-01"} | dates))


def asked(books: Books, organization: str, account: str, day: str, *, fails: bool = False) -> None:
    """An invoice that is asked for on a day, and paid at once or three days later."""
    invoice = f"{account}-{day}"
    of = {"account_id": account, "subscription_id": account, "issued_at": day, "finalized_at": day}
    books.invoice(organization, invoice, "recurring - 10.00", **of)
    if fails:
        failed = {"status": "failed", "decline_code": "do_not_honor", "attempt_id": f"{invoice}-1"}
        books.payment(organization, invoice, "10.00", attempted_at=f"{day} 12:00", **failed)
        again = f"{day[:8]}{int(day[8:]) + 3:02}"
        books.payment(organization, invoice, "10.00", attempted_at=again, attempt_number=2)
    else:
        books.payment(organization, invoice, "10.00", attempted_at=f"{day} 12:00")


def used(books: Books, organization: str, account: str, first: str, days: int, name: str = "login") -> None:
    """Something done on each of so many days."""
    books.connection.execute(
        "insert into lake.engagement_daily select 'test', %s, %s, %s, day, date_trunc('month', day), 1"
        " from generate_series(%s::date, %s::date + %s - 1, interval '1 day') as days(day)",
        [organization, account, name, first, first, days],
    )


def worked_example(books: Books) -> None:
    """Five of ten leave after a failure, one of twenty after a payment; and some customers who do not count."""
    books.company("lag", without="", fee="10.00", as_of="2025-09-01")
    for number in range(10):
        ends = {0: DAY_10}.get(number, DAY_45 if number < 5 else "")
        customer(books, "lag", f"f{number}", **({"ended_at": ends} if ends else {}))
        asked(books, "lag", f"f{number}", FAILED, fails=True)
    for number in range(20):
        customer(books, "lag", f"c{number}", **({"ended_at": DAY_45} if number == 0 else {}))
        asked(books, "lag", f"c{number}", PAID)
    asked(books, "lag", "c19", "2025-03-12", fails=True)  # stays a control in February
    customer(books, "lag", "announced", canceled_at="2025-02-01", ended_at=DAY_45)
    asked(books, "lag", "announced", FAILED, fails=True)
    customer(books, "lag", "gone", ended_at="2025-02-05")  # left in the month of the failure, before it
    asked(books, "lag", "gone", FAILED, fails=True)
    customer(books, "lag", "again", ended_at=DAY_45)  # the failure of February belongs to that of December
    asked(books, "lag", "again", "2024-12-20", fails=True)
    asked(books, "lag", "again", FAILED, fails=True)
    customer(books, "lag", "late")
    asked(books, "lag", "late", "2025-07-15", fails=True)


def engagement_example(books: Books) -> None:
    """Ten active days before; 4, 5 or none after; and intents to cancel before, on and after the day of the failure."""
    books.company("use", without="", also="engagement_events", fee="10.00", as_of="2025-09-01")
    for account, after, intent in (("f", 4, "2025-02-11"), ("g", 5, FAILED), ("h", 10, "2025-04-11")):
        customer(books, "use", account)
        asked(books, "use", account, FAILED, fails=True)
        used(books, "use", account, "2025-01-11", 10)
        used(books, "use", account, "2025-02-11", after)
        used(books, "use", account, intent, 1, "cancel_intent")
    for account in ("c", "d", "e"):
        customer(books, "use", account)
        asked(books, "use", account, FAILED)
        used(books, "use", account, "2025-01-11", 121)
    used(books, "use", "f", "2025-04-12", 20)


@pytest.fixture(scope="module", autouse=True)
def companies(books: Books) -> Books:
    worked_example(books)
    engagement_example(books)
    books.company("calm", without="", fee="10.00", as_of="2025-09-01")
    for account in ("f", "c"):
        customer(books, "calm", account)
        asked(books, "calm", account, FAILED, fails=account == "f")
    books.company("no_payments", fee="10.00")
    books.build(only="mart_failure_to_churn_signal")
    return books


def answer(books: Books, organization: str, outcome: str, start: int, end: int) -> Row:
    query = "select * from marts.mart_failure_to_churn_signal where (organization_id, outcome) = (%s, %s)"
    (row,) = books.rows(
        f"{query} and (window_start_days, window_end_days) = (%s, %s)", organization, outcome, start, end
    )
    return row


@pytest.mark.parametrize(("events", "trials", "of_events", "of_trials", "low", "high"), PUBLISHED)
def test_intervals_of_differences_are_those_that_are_published(
    books: Books, events: int, trials: int, of_events: int, of_trials: int, low: str, high: str
) -> None:
    shares = f"'{events}', '{trials}', '{of_events}', '{of_trials}', '{Z}'"
    query = f"select {{{{ newcombe_low({shares}) }}}} as low, {{{{ newcombe_high({shares}) }}}} as high"
    (row,) = books.rows(books.compile(query))
    assert (round(row["low"], 4), round(row["high"], 4)) == (Decimal(low), Decimal(high))


def test_failures_are_compared_with_their_controls_in_each_window(books: Books) -> None:
    row = answer(books, "lag", "churn", 30, 60)
    # f1 to f4 left on day 45, f0 on day 10; of the twenty controls c0
    assert (row["failures"], row["failure_events"], row["controls"], row["control_events"]) == (10, 4, 20, 1)
    # two controls each: 10^2 / (10 / 2)
    assert row["effective_controls"] == 20
    assert (row["failure_event_rate"], row["control_event_rate"]) == (Decimal("0.4"), Decimal("0.05"))
    assert row["risk_difference"] == Decimal("0.35")
    # Wilson: 4 of 10 is 0.1682 to 0.6873, 1 of 20 is 0.0089 to 0.2361
    # 0.35 - sqrt(0.2318^2 + 0.1861^2) and 0.35 + sqrt(0.2873^2 + 0.0411^2)
    assert round(row["risk_difference_low"], 3) == Decimal("0.053")
    assert round(row["risk_difference_high"], 3) == Decimal("0.640")
    # 8 times; the logarithm's error is sqrt(1/4 - 1/10 + 1/1 - 1/20) = 1.0488, times 1.96 2.0557: 8 / 7.812, 8 * 7.812
    assert row["relative_risk"] == 8
    assert (round(row["relative_risk_low"], 2), round(row["relative_risk_high"], 1)) == (
        Decimal("1.02"),
        Decimal("62.5"),
    )
    assert row["is_signal"] is False  # one of fifteen questions: not at 95 % alone
    early, late = answer(books, "lag", "churn", 0, 30), answer(books, "lag", "churn", 60, 90)
    assert (early["failure_events"], early["control_events"], late["failure_events"]) == (1, 0, 0)
    assert answer(books, "lag", "churn", 0, 90)["failure_events"] == 5


def test_who_could_not_be_lost_any_more_or_is_not_followed_is_in_no_count(books: Books) -> None:
    looked_at = "select account_id, failed_at::date from intermediate.int_index_failures where organization_id = 'lag'"
    found = {(row["account_id"], str(row["failed_at"])) for row in books.rows(looked_at)}
    assert found == {*((f"f{number}", FAILED) for number in range(10)), ("again", "2024-12-20"), ("c19", "2025-03-12")}
    row = answer(books, "lag", "churn", 30, 60)
    assert row["unmatched_failures"] == 2  # nobody else was asked in December or March
    # 10 failures, 20 controls, `again` twice, `c19` in March; those who left on day 45 are f1 to f4, c0 and `again`
    assert (row["payments"], row["payment_events"]) == (33, 6)


def test_engagement_is_compared_with_the_same_customers_own_before(books: Books) -> None:
    row = answer(books, "use", "engagement_decline", 0, 30)
    # of ten days before, f has 4 left, g 5 and h 10: fewer than half is only the first
    assert (row["failures"], row["failure_events"], row["controls"], row["control_events"]) == (3, 1, 3, 0)
    # in 60 days: f has 4 days and one on 12 April; all fewer than half of 20, the controls none
    assert answer(books, "use", "engagement_decline", 0, 60)["failure_events"] == 2
    assert answer(books, "use", "engagement_decline", 30, 60)["failure_events"] == 3


def test_an_intent_before_or_on_the_day_of_the_failure_is_no_consequence(books: Books) -> None:
    row = answer(books, "use", "cancel_intent", 0, 30)
    # f the day after; g on the day itself, so it is not asked about; h on day 60
    assert (row["failures"] + row["unmatched_failures"], row["failure_events"]) == (2, 1)
    assert answer(books, "use", "cancel_intent", 30, 60)["failure_events"] == 1


def test_without_churn_rates_are_zero_and_nothing_is_divided_by_it(books: Books) -> None:
    row = answer(books, "calm", "churn", 0, 90)
    assert (row["failures"], row["controls"], row["risk_difference"]) == (1, 1, Decimal(0))
    assert (row["relative_risk"], row["relative_risk_low"], row["is_signal"]) == (None, None, False)


def test_what_is_not_delivered_is_not_zero(books: Books) -> None:
    row = answer(books, "lag", "cancel_intent", 0, 30)
    assert (row["failures"], row["payments"]) == (0, 0)
    assert [row[name] for name in ("failure_event_rate", "base_rate", "risk_difference", "is_signal")] == [None] * 4
    assert not books.rows("select 1 from marts.mart_failure_to_churn_signal where organization_id = 'no_payments'")


def test_a_signal_outside_of_its_interval_fails_the_test(books: Books) -> None:
    tests = ("test", "--indirect-selection", "buildable", "--select", "mart_failure_to_churn_signal")
    assert set(books.dbt(*tests).values()) == {"pass"}
    books.connection.execute("update marts.mart_failure_to_churn_signal set risk_difference_low = 0.4")
    assert {name for name, status in books.dbt(*tests).items() if status == "fail"} == {"signal_within_its_intervals"}


def test_an_index_failure_that_is_left_out_fails_the_test(books: Books) -> None:
    test = "index_failure_that_the_signal_leaves_out"
    assert books.dbt("test", "--select", test) == {test: "pass"}
    books.connection.execute(
        "update marts.mart_failure_to_churn_signal set failures = failures - 1 where failures = 10"
    )
    assert books.dbt("test", "--select", test) == {test: "fail"}

"""The month in sentences: right numbers, right English for one and for many, and nothing where nothing is to say."""

from datetime import date
from decimal import Decimal

import pytest

from revenue_assets.findings.history.versions import note_findings
from tests.integration.conftest import Books, Row

d = Decimal
JANUARY, FEBRUARY = date(2025, 1, 1), date(2025, 2, 1)
TRACED = "sentence_whose_number_is_not_in_its_mart"


def owed(books: Books, organization: str, month: date, calls: str = "100") -> None:
    """What account `a` owes for a month: calls, and the fee if there is one."""
    start, end = (month, FEBRUARY) if month == JANUARY else (month, date(2025, 3, 1))
    days = ((end - start).days,) * 2
    books.period(organization, start.isoformat(), end.isoformat(), days=days)
    books.usage(organization, calls, start.isoformat(), end.isoformat())


def billed(books: Books, organization: str, month: date, lines: str, paid: str = "", **columns: object) -> None:
    """An invoice of that month, named as the month, and what was paid of it at once."""
    name, end = month.isoformat(), "2025-02-01" if month == JANUARY else "2025-03-01"
    of = {"period_start": name, "period_end": end, "issued_at": end}
    books.invoice(organization, name, lines, **(of | columns))
    if paid:
        books.payment(organization, name, paid, attempted_at=end, currency=columns.get("currency", "USD"))


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once; `stripe` refuses meter events after 35 days."""
    books.company("right", fee="10.00", without="")
    for month in (JANUARY, FEBRUARY):
        owed(books, "right", month)
        billed(books, "right", month, "recurring - 10.00, usage 100 10.00", "20.00")

    # February: 900.00 more usage, of which 150.00 never reached the meter, and 2.00 charged too much on the fee.
    books.company("moves", fee="10.00", without="", as_of="2025-03-07", billing_vendor="stripe")
    owed(books, "moves", JANUARY, calls="1000")
    billed(books, "moves", JANUARY, "recurring - 10.00, usage 1000 100.00", "110.00")
    owed(books, "moves", FEBRUARY, calls="10000 10000 8500 8500 8500 8500 8500")
    billed(books, "moves", FEBRUARY, "recurring - 12.00, usage 8500 850.00", "862.00")

    # 1,234 calls at 10 yen that nobody billed, beside 20.00 dollars that were.
    books.company("yen", fee="1000", currency="JPY", call="10", without="", as_of="2025-02-20")
    owed(books, "yen", JANUARY, calls="1234")

    books.company("running", fee="10.00", without="", as_of="2025-02-20")
    for month in (JANUARY, FEBRUARY):
        owed(books, "running", month)
        billed(books, "running", month, "recurring - 10.00, usage 100 10.00", "20.00")

    books.company("idle", without="")
    owed(books, "idle", JANUARY, calls="0")

    # The fee is billed late; the calls never are.
    books.company("recovers", fee="10.00", without="", as_of="2025-03-01")
    owed(books, "recovers", JANUARY)
    books.build(only="mart_executive_findings")
    note_findings(books.connection, ["test"], ["2025-01"])
    books.connection.execute("update raw.organizations set as_of = '2025-03-08' where organization_id = 'recovers'")
    billed(books, "recovers", JANUARY, "recurring - 10.00", "10.00", issued_at="2025-03-05")
    books.connection.execute(
        "update raw.payment_attempts set attempted_at = '2025-03-06' where organization_id = 'recovers'"
    )
    books.build(only="mart_executive_findings")
    note_findings(books.connection, ["test"], ["2025-01"])
    return books


def rows(books: Books, organization: str, month: date) -> list[Row]:
    """The sentences of an organization and month, in their order."""
    query = "select * from marts.mart_executive_findings where organization_id = %s and month = %s order by rank"
    return books.rows(query, organization, month)


def sentences(books: Books, organization: str, month: date) -> dict[tuple[str, str], str]:
    """The same by topic and subject."""
    return {(row["topic"], row["subject"]): row["sentence"] for row in rows(books, organization, month)}


def test_the_first_month_is_told_and_compared_with_nothing(books: Books) -> None:
    assert sentences(books, "right", JANUARY) == {
        ("what_changed", "total_revenue"): (
            "Total revenue was 20.00 USD in January 2025; there is no closed month before it to compare with."
        ),
        ("recurring_revenue", "movement"): "MRR grew by 10.00 USD to 10.00 USD in January 2025: 10.00 USD new.",
    }


def test_a_month_like_the_one_before_has_little_to_say(books: Books) -> None:
    assert sentences(books, "right", FEBRUARY) == {
        ("what_changed", "total_revenue"): "Total revenue was 20.00 USD in February 2025, as much as in January.",
        ("recurring_revenue", "movement"): "MRR stayed at 10.00 USD in February 2025.",
    }


def test_a_month_that_moves_is_told_with_its_causes_and_what_to_do(books: Books) -> None:
    told = sentences(books, "moves", FEBRUARY)
    # 862 - 110 = 752; 752 / 110 = 6.836...
    assert told["what_changed", "total_revenue"] == (
        "Total revenue was 862.00 USD in February 2025, 752.00 USD (683.6%) more than in January."
    )
    # Owed were 10.00 and 1,000.00: 150 / 1010 = 0.1485, 2 / 1010 = 0.00198.
    assert told["where_it_leaks", "lost"] == "150.00 USD was lost in February 2025, 14.9% of what customers owed."
    assert told["where_it_leaks", "cause_under"] == (
        "The largest cause of losses was unreported usage (U1): 150.00 USD in 1 finding."
    )
    assert told["where_it_leaks", "overcharged"] == (
        "Customers were charged 2.00 USD too much in February 2025, 0.2% of what they owed."
    )
    assert told["where_it_leaks", "account_under"] == (
        "The account with the largest losses was a: 150.00 USD in 1 finding."
    )
    assert told["what_to_do", "first"] == (
        "First, send the missing meter events of 1 finding of February 2025: that would bring back 150.00 USD."
    )
    # The first event is of 1 February, and 35 days later is 8 March.
    assert told["what_to_do", "deadline"] == (
        "The next window closes on 8 March 2025: until then send the missing meter events of 1 finding."
    )
    assert told["what_to_do", "credit"] == "Credit 2.00 USD that customers were charged too much, in 1 finding."
    assert told["expected_effect", "recoverable"] == (
        "150.00 USD of what was lost in February 2025, all of it, can still be claimed."
    )
    assert told["what_changed", "leak_under_rate"] == (
        "The share of entitled revenue that was lost rose by 14.9 percentage points to 14.9% in February 2025."
    )


def test_yen_have_no_decimals_and_many_findings_an_s(books: Books) -> None:
    told = sentences(books, "yen", JANUARY)
    assert ("what_changed", "total_revenue") not in told  # nothing was billed, now or before
    assert told["where_it_leaks", "lost"] == "13,340 JPY was lost in January 2025, 100.0% of what customers owed."
    assert told["where_it_leaks", "cause_under"] == (
        "The largest cause of losses was missing invoice (B1): 13,340 JPY in 2 findings."
    )
    assert told["what_to_do", "first"] == (
        "First, draft invoices for 2 findings of January 2025: that would bring back 13,340 JPY."
    )


def test_a_running_month_is_not_told(books: Books) -> None:
    assert sentences(books, "running", JANUARY)
    assert sentences(books, "running", FEBRUARY) == {}


def test_where_nothing_happened_nothing_is_said(books: Books) -> None:
    assert sentences(books, "idle", JANUARY) == {}


def test_what_was_made_good_is_told(books: Books) -> None:
    assert sentences(books, "recovers", JANUARY)["what_changed", "leak_recovery"] == (
        "Of the losses reported for January 2025, 20.00 USD, 10.00 USD (50.0%) has been made good."
    )


def test_the_first_sentence_of_every_topic_comes_first(books: Books) -> None:
    told = rows(books, "moves", FEBRUARY)
    topics = ["what_changed", "where_it_leaks", "what_to_do", "expected_effect", "recurring_revenue"]
    assert [row["topic"] for row in told[:5]] == topics
    assert [row["rank"] for row in told] == list(range(1, len(told) + 1))


def test_ids_stay_when_months_are_built_again(books: Books) -> None:
    query = "select executive_finding_id, sentence from marts.mart_executive_findings order by executive_finding_id"
    before = books.rows(query)
    books.build("2025-02", "2025-02", only="mart_executive_findings")
    assert books.rows(query) == before


def test_what_holds_as_of_now_is_told_with_the_newest_month(books: Books) -> None:
    columns = "organization_id, reason_class, currency, age_bucket, outstanding_amount, expected_amount, "
    columns += "expected_low_amount, expected_high_amount"
    insert = f"insert into marts.mart_recoverable_revenue ({columns}) values "
    insert += "('right', 'soft', 'USD', '0-6', 1000, 400, 300.5, 500), ('right', 'hard', 'USD', '60+', 234.5, 0, 0, 10)"
    books.connection.execute(insert.encode())
    columns = "organization_id, outcome, window_start_days, window_end_days, failure_event_rate, control_event_rate, "
    columns += "risk_difference, risk_difference_low, risk_difference_high, is_signal"
    books.connection.execute("delete from marts.mart_failure_to_churn_signal where organization_id = 'right'")
    insert = f"insert into marts.mart_failure_to_churn_signal ({columns}) values "
    insert += "('right', 'cancel_intent', 0, 30, 0.4, 0.1, 0.3, 0.2, 0.4, true), "
    insert += "('right', 'churn', 30, 60, 0.18, 0.03, 0.15, 0.082, 0.21, true), "
    insert += "('right', 'churn', 0, 30, 0.05, 0.03, 0.02, -0.01, 0.05, false)"
    books.connection.execute(insert.encode())
    assert books.dbt("run", "--select", "int_narrative_outlook") == {"int_narrative_outlook": "success"}
    told = sentences(books, "right", FEBRUARY)
    assert told["expected_effect", "payments"] == (
        "Of 1,234.50 USD that is due and not paid, past payments let expect 400.00 USD, "
        "between 300.50 USD and 510.00 USD."
    )
    assert told["customers", "failure_to_churn"] == (
        "Customers whose payment failed left between 30 and 60 days later in 18.0% of cases, "
        "comparable customers in 3.0%: 15.0 percentage points more, between 8.2% and 21.0%."
    )
    assert ("expected_effect", "payments") not in sentences(books, "right", JANUARY)
    assert books.dbt("test", "--select", TRACED) == {TRACED: "pass"}


def test_insights_are_counted_when_they_are_new_and_the_largest_that_holds_is_told(books: Books) -> None:
    columns = "organization_id, insight_id, kind, currency, first_seen_month, status, summary, amount"
    insert = f"insert into marts.mart_insights ({columns}) values "
    insert += "('right', 'one', 'upsell', 'USD', '2025-02-01', 'active', 'Account a pays too much.', 12.5), "
    insert += "('right', 'two', 'usage_drop', 'USD', '2025-02-01', 'active', 'Account a uses less.', null), "
    insert += "('right', 'three', 'usage_drop', 'USD', '2025-02-01', 'resolved', 'Account b did.', 99)"
    books.connection.execute("delete from marts.mart_insights where organization_id = 'right'")
    books.connection.execute(insert.encode())
    assert books.dbt("run", "--select", "int_narrative_insights") == {"int_narrative_insights": "success"}
    told = sentences(books, "right", FEBRUARY)
    assert told["insights", "new"] == (
        "New in February 2025: 2 drops in usage, 1 account that would pay less on a higher plan."
    )
    assert told["insights", "largest"] == "Account a pays too much."
    assert ("insights", "new") not in sentences(books, "right", JANUARY)
    assert books.dbt("test", "--select", TRACED) == {TRACED: "pass"}


def test_every_number_is_that_of_the_rows_it_names(books: Books) -> None:
    for row in books.rows("select * from marts.mart_executive_findings"):
        key = " and ".join(f"{name}::text = %s" for name in row["source_key"])
        for name, value in row["numbers"].items():
            column = {"rows": "count(*)", "recoverable_until": "min(recoverable_until)"}.get(name, f"sum({name})")
            query = f"select to_jsonb({column}) as number from marts.{row['source_mart']} where {key}"
            (found,) = books.rows(query, *map(str, row["source_key"].values()))
            assert found["number"] == value, (row["sentence"], name)


@pytest.mark.parametrize(
    ("mart", "change"),
    [("revmatch_leaks", "leak_amount = leak_amount + 1"), ("mart_mrr_monthly", "end_mrr_amount = end_mrr_amount + 1")],
)
def test_a_number_that_its_mart_has_not_is_found(books: Books, mart: str, change: str) -> None:
    assert books.dbt("test", "--select", TRACED) == {TRACED: "pass"}
    books.connection.execute(f"update marts.{mart} set {change}".encode())
    assert books.dbt("test", "--select", TRACED) == {TRACED: "fail"}
    books.connection.execute(f"update marts.{mart} set {change.replace('+', '-')}".encode())


def test_a_sentence_without_an_end_is_found(books: Books) -> None:
    test = "sentence_that_is_none"
    assert books.dbt("test", "--select", test) == {test: "pass"}
    books.connection.execute("update intermediate.int_narrative_mrr set sentence = rtrim(sentence, '.')")
    assert books.dbt("test", "--select", test) == {test: "fail"}

"""What accounts do, by month: customers who do nothing, an account with only an intent to cancel, changes by hand."""

from datetime import date
from decimal import Decimal

import pytest

from tests.integration.conftest import Books, Row

LATE = "2025-06-01"
COLUMNS = ("active_days", "events", "logins", "sessions", "feature_uses", "support_tickets", "cancel_intents")


def engage(books: Books, organization: str, account: str, *days: str, name: str = "login", events: int = 1) -> None:
    """Events of one name on each of these days."""
    for day in days:
        row = {"account_id": account, "event_name": name, "day": day, "month": f"{day[:7]}-01", "events": events}
        books.add("lake.engagement_daily", organization, **row)


@pytest.fixture(scope="module", autouse=True)
def companies(books: Books) -> Books:
    """One organization per case; account `a` is the customer, `b` makes the months known."""
    books.company("fading", also="engagement_events")
    engage(books, "fading", "a", "2025-01-01", "2025-01-02", "2025-01-03", "2025-01-04", events=2)
    engage(books, "fading", "a", "2025-02-01", "2025-02-02")
    engage(books, "fading", "a", "2025-02-02", name="session")
    engage(books, "fading", "a", "2025-03-03", "2025-03-04", "2025-03-05", name="feature_used")
    engage(books, "fading", "a", "2025-04-30", name="export", events=5)
    engage(books, "fading", "a", "2025-04-29", name="support_ticket", events=3)
    engage(books, "fading", "b", "2025-05-15")

    books.company("intent", also="engagement_events", ended_at="2025-02-10")
    engage(books, "intent", "nobody", "2025-01-20", name="cancel_intent")
    engage(books, "intent", "b", "2025-02-01", "2025-03-01")

    books.company("pausing", also="engagement_events", pause_start="2025-01-20", pause_end="2025-03-10")
    engage(books, "pausing", "b", "2025-01-05", "2025-02-05", "2025-03-05", "2025-04-05")

    books.company("running", also="engagement_events", as_of="2025-02-10")
    engage(books, "running", "a", "2025-01-01", "2025-01-02", "2025-02-01")

    books.company("own", also="engagement_events", is_internal=True)
    engage(books, "own", "a", "2025-01-01")

    books.build(only="mart_engagement")
    return books


def months(books: Books, organization: str, account: str = "a") -> dict[str, Row]:
    query = "select * from marts.mart_engagement where organization_id = %s and account_id = %s order by month"
    return {row["month"].isoformat()[:7]: row for row in books.rows(query, organization, account)}


def test_events_are_counted_by_kind_and_days_by_whether_anything_was_used(books: Books) -> None:
    found = months(books, "fading")
    assert {month: tuple(row[name] for name in COLUMNS) for month, row in found.items()} == {
        "2025-01": (4, 8, 8, 0, 0, 0, 0),  # four days with two logins each
        "2025-02": (2, 3, 2, 1, 0, 0, 0),  # login and session on one day are one day
        "2025-03": (3, 3, 0, 0, 3, 0, 0),
        "2025-04": (1, 8, 0, 0, 0, 3, 0),  # the day of three tickets does not count, that of five exports does
        "2025-05": (0, 0, 0, 0, 0, 0, 0),  # a customer who did nothing is there
    }
    assert [row["other_events"] for row in found.values()] == [0, 0, 0, 5, 0]


def test_a_month_is_compared_with_the_average_of_up_to_three_before(books: Books) -> None:
    found = months(books, "fading")
    assert [row["previous_active_days"] for row in found.values()] == [
        None,
        Decimal(4),
        Decimal(3),  # (4 + 2) / 2
        Decimal(3),  # (4 + 2 + 3) / 3
        Decimal(2),  # (2 + 3 + 1) / 3
    ]
    assert [row["active_days_change"] for row in found.values()] == [
        None,
        Decimal("-0.5"),  # 2 / 4 - 1
        Decimal(0),
        Decimal("-0.666666666667"),  # 1 / 3 - 1
        Decimal(-1),
    ]


def test_an_account_with_only_an_intent_to_cancel_that_no_subscription_knows_is_there(books: Books) -> None:
    found = months(books, "intent", "nobody")
    assert [(month, row["cancel_intents"], row["active_days"]) for month, row in found.items()] == [("2025-01", 1, 0)]
    # the customer who left on 10 February has no row in March
    assert list(months(books, "intent")) == ["2025-01", "2025-02"]


def test_nobody_is_expected_to_do_anything_in_a_pause(books: Books) -> None:
    # served until 20 January and from 10 March on; as_of is 1 June, and of May nothing is known
    assert list(months(books, "pausing")) == ["2025-01", "2025-03", "2025-04"]


def test_a_month_that_runs_is_compared_with_nothing(books: Books) -> None:
    running = months(books, "running")["2025-02"]
    assert (running["is_complete"], running["previous_active_days"]) == (False, Decimal(2))
    assert running["active_days_change"] is None


def test_internal_accounts_are_left_out(books: Books) -> None:
    assert months(books, "own") == {}


def test_events_that_vanish_fail_the_conservation_test(books: Books) -> None:
    tests = ("test", "--indirect-selection", "buildable", "--select", "mart_engagement")
    assert set(books.dbt(*tests).values()) == {"pass"}
    books.connection.execute(
        "update marts.mart_engagement set events = events - 1 where organization_id = 'intent' and month = %s",
        [date(2025, 1, 1)],
    )
    failed = {name for name, status in books.dbt(*tests).items() if status == "fail"}
    assert len(failed) == 1
    assert failed.pop().startswith("conserves_mart_engagement")

"""Survival curves worked out by hand: who is at risk when, what counts as an end, and where a curve says nothing.

Every company is told of until 2025-06-01 and, unless told, has an invoice of 2025-01-01: ends are known from then on.
"""

import math
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.conftest import Books
from tests.integration.corrupted import failing

BEGUN = "2025-01-01"
Z = 1.959963984540054


def company(books: Books, organization: str, since: str = BEGUN, **lives: tuple[Any, ...]) -> None:
    """A company with one customer per name: (start, end or None) or several such, or with the plan as a third."""
    books.add(
        "organizations",
        organization,
        **{"datasets": ["invoices", "subscriptions"], "as_of": "2025-06-01", "grace_days": 3, "matching": "event_id"},
    )
    books.invoice(organization, "first", "", issued_at=since, period_end=since)
    for name, life in lives.items():
        books.add("accounts", organization, account_id=name, name=name, currency="USD", created_at="2020-01-01",
                  is_internal=name == "own")  # fmt: skip
        for number, (start, end, *more) in enumerate([life] if isinstance(life[0], str) else life):
            plan, trial = (*more, "p", None)[0], more[1] if len(more) > 1 else None
            dates = {"started_at": start, "ended_at": end, "trial_end": trial}
            books.subscription(organization, f"{name}{number}", account_id=name, plan_id=plan, **dates)


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    company(
        books,
        "five",
        a=("2024-12-22", "2025-01-31"),  # seen from its day 10 on, ended on day 40
        b=("2025-01-01", "2025-01-21"),  # seen from its start on, ended on day 20
        c=("2025-01-01", "2025-05-01"),  # ended on day 120
        d=("2025-05-07", None),  # last seen on day 25
        e=("2024-09-23", None),  # seen from day 100 to day 251
    )
    company(books, "upgraded", a=(("2025-01-01", "2025-02-10", "basic"), ("2025-02-10", "2025-03-02", "pro")))
    company(books, "came_back", a=(("2025-01-01", "2025-01-31"), ("2025-04-01", None)), b=("2025-01-01", None))
    company(books, "paused_within_a_month", a=(("2025-01-01", "2025-02-03"), ("2025-02-20", "2025-03-02")))
    company(books, "back_at_once", a=(("2025-01-01", "2025-02-01"), ("2025-02-01", None)))
    company(books, "back_after_the_first", a=(("2025-01-01", "2025-02-01"), ("2025-02-20", None)))
    company(books, "two_plans_at_once", a=(("2025-01-01", "2025-02-10", "x"), ("2025-01-11", None, "y")))
    company(books, "nobody_left", a=("2025-01-01", None), b=("2025-02-01", "2025-07-01"), own=(BEGUN, "2025-01-09"))
    company(books, "old_survivors", a=("2025-01-01", "2025-01-11"), b=("2024-01-01", None), c=("2023-01-01", None))
    company(books, "everybody_left", a=("2025-01-01", "2025-01-11"), b=("2025-01-01", "2025-02-10"))
    company(
        books, "trials", a=("2025-01-01", "2025-01-31", "p", "2025-01-11"), b=(BEGUN, "2025-01-09", "p", "2025-02-01")
    )
    company(
        books, "first_end_known", since="2025-03-01", a=("2024-12-01", "2025-01-10"), b=("2024-12-01", "2025-01-20")
    )
    company(books, "less_than_a_day", a=("2024-12-22 12:00", "2025-01-01 09:00"), b=("2025-01-02", "2025-01-02 09:00"))
    books.build(only="mart_plan_lifetime")
    return books


def curve(books: Books, organization: str, plan: str = "") -> dict[int, tuple[int, int, int, float | None]]:
    """At risk, ended, censored and the estimate, by age."""
    query = "select * from marts.mart_survival where organization_id = %s and plan_id = %s order by age_days"
    return {
        row["age_days"]: (
            row["at_risk"],
            row["ended"],
            row["censored"],
            None if row["survival_rate"] is None else float(row["survival_rate"]),
        )
        for row in books.rows(query, organization, plan)
    }


def test_five_customers_by_hand(books: Books) -> None:
    assert curve(books, "five") == {
        0: (3, 0, 0, 1.0),  # b, c and d are seen from their start on
        10: (3, 0, 0, 1.0),  # a comes under observation, and is at risk after this age
        20: (4, 1, 0, 0.75),  # b ends: 3/4
        25: (3, 0, 1, 0.75),  # as_of of d
        40: (2, 1, 0, 0.375),  # a ends: 3/4 x 1/2
        100: (1, 0, 0, 0.375),  # e comes under observation
        120: (2, 1, 0, 0.1875),  # c ends: 3/8 x 1/2
        251: (1, 0, 1, 0.1875),  # as_of of e
    }
    assert curve(books, "five", "p") == curve(books, "five")


def test_the_interval_of_the_five_by_hand(books: Books) -> None:
    query = (
        "select * from marts.mart_survival where organization_id = 'five' and plan_id = '' and age_days in (0, 20, 40)"
    )
    young, first, second = books.rows(query + " order by age_days")
    assert (young["survival_low_rate"], young["survival_high_rate"]) == (Decimal(1), Decimal(1))
    # Greenwood's sums: 1/(4 x 3), then + 1/(2 x 1); bounds S^exp(+-z sqrt(sum) / ln S)
    for row, rate, greenwood in ((first, 0.75, 1 / 12), (second, 0.375, 7 / 12)):
        distance = Z * math.sqrt(greenwood) / -math.log(rate)
        assert float(row["survival_low_rate"]) == pytest.approx(rate ** math.exp(distance), abs=1e-11)
        assert float(row["survival_high_rate"]) == pytest.approx(rate ** math.exp(-distance), abs=1e-11)
    assert round(float(first["survival_low_rate"]), 4) == 0.1279  # 0.75 ^ exp(1.9668) = 0.75 ^ 7.1474


def test_the_median_is_the_first_age_that_at_most_half_outlive(books: Books) -> None:
    (row,) = books.rows("select * from marts.mart_plan_lifetime where organization_id = 'five' and plan_id = ''")
    found = {name: row[name] for name in ("lifetimes", "ended", "censored", "oldest_days", "median_days")}
    assert found == {"lifetimes": 5, "ended": 3, "censored": 2, "oldest_days": 251, "median_days": 40}
    assert (row["median_low_days"], row["median_high_days"], row["is_broken_off"]) == (20, None, False)


def test_a_change_of_the_plan_ends_the_time_on_the_plan_and_not_the_customer(books: Books) -> None:
    assert curve(books, "upgraded", "basic") == {0: (1, 0, 0, 1.0), 40: (1, 0, 1, 1.0)}
    assert curve(books, "upgraded", "pro") == {0: (1, 0, 0, 1.0), 20: (1, 1, 0, 0.0)}
    assert curve(books, "upgraded") == {0: (1, 0, 0, 1.0), 60: (1, 1, 0, 0.0)}


def test_who_goes_on_with_another_subscription_is_no_loss_of_the_first_plan(books: Books) -> None:
    assert curve(books, "two_plans_at_once", "x")[40] == (1, 0, 1, 1.0)
    assert curve(books, "two_plans_at_once")[151] == (1, 0, 1, 1.0)


def test_who_comes_back_after_two_months_has_a_second_life(books: Books) -> None:
    # ages 30 (ended), 61 (2025-04-01 to 2025-06-01) and 151
    assert curve(books, "came_back") == {
        0: (3, 0, 0, 1.0), 30: (3, 1, 0, 0.666666666667), 61: (2, 0, 1, 0.666666666667), 151: (1, 0, 1, 0.666666666667),
    }  # fmt: skip


def test_a_gap_within_a_month_is_none(books: Books) -> None:
    assert curve(books, "paused_within_a_month") == {0: (1, 0, 0, 1.0), 60: (1, 1, 0, 0.0)}
    assert curve(books, "back_after_the_first") == {0: (1, 0, 0, 1.0), 151: (1, 0, 1, 1.0)}
    assert curve(books, "back_at_once") == {0: (1, 0, 0, 1.0), 151: (1, 0, 1, 1.0)}


def test_without_an_end_everybody_survives_and_an_end_to_come_is_none_yet(books: Books) -> None:
    assert curve(books, "nobody_left") == {0: (2, 0, 0, 1.0), 120: (2, 0, 1, 1.0), 151: (1, 0, 1, 1.0)}
    (row,) = books.rows("select * from marts.mart_plan_lifetime where organization_id = 'nobody_left' and plan_id = ''")
    assert (row["median_days"], row["median_low_days"], row["ended"]) == (None, None, 0)


def test_nobody_left_over_gives_zero_and_a_curve_that_others_contradict_ends(books: Books) -> None:
    assert curve(books, "everybody_left") == {0: (2, 0, 0, 1.0), 10: (2, 1, 0, 0.5), 40: (1, 1, 0, 0.0)}
    found = curve(books, "old_survivors")
    assert (found[0][3], found[10]) == (1.0, (1, 1, 0, None))  # b and c lived on, seen only later
    assert all(estimate is None for age, (*_, estimate) in found.items() if age >= 10)
    (row,) = books.rows(
        "select * from marts.mart_plan_lifetime where organization_id = 'old_survivors' and plan_id = 'p'"
    )
    assert (row["is_broken_off"], row["median_days"]) == (True, None)


def test_a_life_begins_when_the_trial_ends(books: Books) -> None:
    assert curve(books, "trials") == {0: (1, 0, 0, 1.0), 20: (1, 1, 0, 0.0)}  # b never was a customer


def test_ends_are_known_from_the_first_one_on_which_counts_for_nothing_itself(books: Books) -> None:
    # seen since 2025-01-10, the end of a: b comes under observation at age 40 and ends at 50
    assert curve(books, "first_end_known") == {40: (0, 0, 0, 1.0), 50: (1, 1, 0, 0.0)}


def test_who_is_seen_for_less_than_a_day_late_in_life_was_never_at_risk(books: Books) -> None:
    assert curve(books, "less_than_a_day") == {0: (1, 1, 0, 0.0)}  # b is seen from its start on


@pytest.mark.parametrize(
    ("mart", "change", "check"),
    [
        ("mart_survival", "set survival_rate = 0.9 where age_days = 40", "survival_that_rises_with_age"),
        (
            "mart_survival",
            "set survival_high_rate = 0.1 where age_days = 20",
            "holds_mart_survival_survival_rate_is_null",
        ),
        ("mart_survival", "set ended = 99 where age_days = 20", "holds_mart_survival_ended_at_risk"),
        (
            "mart_survival",
            "set entered = 7 where age_days = 10",
            "conserves_mart_survival_organization_id__plan_id__entered",
        ),
        (
            "mart_survival",
            "set ended = 0 where age_days = 20",
            "conserves_mart_survival_organization_id__plan_id__ended",
        ),
        ("mart_plan_lifetime", "set lifetimes = 9", "conserves_mart_plan_lifetime_organization_id__plan_id__lifetimes"),
        ("mart_plan_lifetime", "set censored = 9", "holds_mart_plan_lifetime_lifetimes_ended_censored"),
    ],
)
def test_the_checks_find_a_broken_row(books: Books, mart: str, change: str, check: str) -> None:
    assert [name for name in failing(books, mart, change) if name.startswith(check)]


def test_the_checks_pass_on_what_was_built(books: Books) -> None:
    assert set(books.dbt("test", "--select", "mart_survival", "mart_plan_lifetime").values()) == {"pass"}

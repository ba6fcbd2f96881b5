"""Customers leave more often some weeks after a payment that failed, and fade before they do; the truth says which."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from revenue_assets.simulation.behaviour import Churn
from revenue_assets.simulation.fields import NONE
from revenue_assets.simulation.profile import LeakRates, Profile
from revenue_assets.simulation.profiles import profile_named
from revenue_assets.simulation.simulate import COMPANY, TRUTH, simulate

Rows = list[dict[str, Any]]
FIRST, LAST = timedelta(days=30), timedelta(days=60)


def rows(home: Path, folder: str, name: str) -> Rows:
    found: Rows = pq.read_table(home / folder / name).to_pylist()
    return found


def company(churn: Churn) -> Profile:
    """Many customers who all stay but for their payments, over ten months."""
    return replace(
        profile_named("small"),
        accounts=150,
        month_count=10,
        events_per_account=10,
        failed_payments=0.15,
        leaks=LeakRates(),
        churn=churn,
        ended=NONE,
        started_later=NONE,
        changed_plan=NONE,
        trials=NONE,
        paused=NONE,
        internal_accounts=NONE,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("churn")
    simulate(company(Churn(base_rate=0.01, after_failed_payment=0.4)), 5, folder)
    return folder


def test_who_leaves_because_of_a_payment_leaves_after_the_lag_and_the_failure_is_there(home: Path) -> None:
    caused = [one for one in rows(home, TRUTH, "churn.parquet") if one["is_caused"]]
    invoices = {one["invoice_id"]: one for one in rows(home, COMPANY, "invoices.parquet")}
    failures = {
        (invoices[one["invoice_id"]]["subscription_id"], one["attempted_at"])
        for one in rows(home, COMPANY, "payment_attempts.parquet")
        if one["status"] == "failed"
    }
    assert len(caused) > 50
    for one in caused:
        assert (one["subscription_id"], one["failed_at"]) in failures
        assert FIRST <= one["ended_at"] - one["failed_at"] <= LAST
        assert one["failed_at"] < one["canceled_at"] < one["ended_at"]


def test_the_truth_has_every_failure_and_on_which_something_was_planted(home: Path) -> None:
    failures = rows(home, TRUTH, "failures.parquet")
    first = [
        (one["invoice_id"], one["attempted_at"])
        for one in rows(home, COMPANY, "payment_attempts.parquet")
        if one["status"] == "failed" and one["attempt_number"] == 1
    ]
    assert sorted(first) == sorted((one["invoice_id"], one["failed_at"]) for one in failures)
    causes = {(one["subscription_id"], one["failed_at"]) for one in failures if one["has_caused_churn"]}
    caused = [one for one in rows(home, TRUTH, "churn.parquet") if one["is_caused"]]
    assert causes == {(one["subscription_id"], one["failed_at"]) for one in caused}
    assert all(one["raises_churn"] for one in failures if one["has_caused_churn"])
    tempting = sum(one["raises_churn"] for one in failures)
    # of 0.4 planted a part would end after the simulation, and a period can have two failures of one day
    assert 0.25 < len(caused) / tempting < 0.5
    assert tempting / len(failures) > 0.5


def test_the_truth_says_what_the_subscriptions_say(home: Path) -> None:
    columns = ("subscription_id", "canceled_at", "ended_at", "cancel_reason")
    ended = [one for one in rows(home, COMPANY, "subscriptions.parquet") if one["ended_at"]]
    churn = rows(home, TRUTH, "churn.parquet")
    assert {one["status"] for one in ended} == {"canceled"}
    assert sorted(tuple(one[name] for name in columns) for one in ended) == sorted(
        tuple(one[name] for name in columns) for one in churn
    )
    assert {one["failed_at"] is None for one in churn if not one["is_caused"]} == {True}
    assert Counter(one["cancel_reason"] for one in churn)["payment_failed"] > 10


def test_leaving_follows_failed_payments_far_more_often_than_paid_ones(home: Path) -> None:
    """By subscription and payment: did it end within the lag after the first try, where that failed and where not?"""
    invoices = {one["invoice_id"]: one for one in rows(home, COMPANY, "invoices.parquet")}
    ends = {one["subscription_id"]: one["ended_at"] for one in rows(home, COMPANY, "subscriptions.parquet")}
    counts: Counter[tuple[str, bool]] = Counter()
    for one in rows(home, COMPANY, "payment_attempts.parquet"):
        if one["attempt_number"] == 1:
            end = ends[invoices[one["invoice_id"]]["subscription_id"]]
            has_left = end is not None and FIRST <= end - one["attempted_at"] <= LAST
            counts[one["status"], has_left] += 1
    failed = counts["failed", True] / (counts["failed", True] + counts["failed", False])
    paid = counts["succeeded", True] / (counts["succeeded", True] + counts["succeeded", False])
    # planted: 0.4 after a failure; those whose end would be after the simulation, or who left before, take from it
    assert 0.2 < failed < 0.45
    assert paid < 0.1


def test_without_a_raised_probability_nobody_leaves_because_of_a_payment(tmp_path: Path) -> None:
    simulate(company(Churn(base_rate=0.02)), 5, tmp_path)
    churn = rows(tmp_path, TRUTH, "churn.parquet")
    assert 30 < len(churn) < 90  # 2 % of 300 subscriptions in 9 or 10 whole periods: about 54
    assert not any(one["is_caused"] for one in churn)
    assert not any(one["has_caused_churn"] for one in rows(tmp_path, TRUTH, "failures.parquet"))


def test_nobody_who_leaves_because_of_a_payment_fades_before_it_failed(home: Path) -> None:
    caused = [one for one in rows(home, TRUTH, "churn.parquet") if one["is_caused"]]
    failed = {one["account_id"]: one["failed_at"] for one in caused}
    counts: Counter[bool] = Counter()
    for event in rows(home, COMPANY, "engagement_events"):
        if event["account_id"] in failed and event["event_name"] == "cancel_intent":
            after = event["occurred_at"] - failed[event["account_id"]]
            if -LAST < after <= LAST:
                counts[after > timedelta(0)] += 1
    assert counts[True] > 20 * counts[False]


def test_customers_fade_before_they_leave_and_are_gone_after(home: Path) -> None:
    profile, last = company(Churn()), timedelta(days=15)
    ends = {one["account_id"]: one["ended_at"] for one in rows(home, COMPANY, "subscriptions.parquet")}
    until = {account: end or profile.usage_end for account, end in ends.items()}
    watched = {account for account, end in until.items() if end - profile.usage_start > timedelta(days=90)}
    leavers = sum(ends[account] is not None for account in watched)
    late: Counter[bool] = Counter()
    early: Counter[bool] = Counter()
    asked: Counter[bool] = Counter()
    for event in rows(home, COMPANY, "engagement_events"):
        account, at = event["account_id"], event["occurred_at"]
        assert at < until[account] + timedelta(days=1)
        before, has_left = until[account] - at, ends[account] is not None
        if account in watched and event["event_name"] == "session":
            late[has_left] += before < last
            early[has_left] += 4 * last <= before < 5 * last
        elif account in watched and event["event_name"] == "cancel_intent":
            asked[has_left] += before < last
    assert late[True] / early[True] < 0.5 < 0.8 < late[False] / early[False] < 1.25
    assert asked[True] / leavers > 0.2 > 10 * asked[False] / (len(watched) - leavers)

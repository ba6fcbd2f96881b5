"""The simulated company: everything planted is found, to the cent, and closing a month again changes nothing."""

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from revenue_assets.cli import app
from tests.end_to_end.installation import Installation


@pytest.fixture(scope="module")
def simulated(shared: Installation) -> Installation:
    with shared.active():
        result = CliRunner().invoke(app, ["simulate", "--profile", "small"], catch_exceptions=False)
    assert result.exit_code == 0
    printed = shared.close("simulated")
    assert "Ladder" in printed
    assert not [line for line in printed.splitlines() if line.endswith("not delivered")]  # of a rung of the ladder
    assert "Absorbed by commitments and discounts, in no total" in printed
    return shared


def test_every_planted_leak_is_found_and_nothing_else(simulated: Installation) -> None:
    with simulated.active():
        result = CliRunner().invoke(app, ["evaluate"])
    assert result.exit_code == 0, result.output
    assert "All codes but the inferred ones are exact" in result.output


def test_usage_of_trials_is_all_there_and_nobody_owes_it(simulated: Installation) -> None:
    subscriptions = pq.read_table(simulated.home / "simulated" / "subscriptions.parquet").to_pylist()
    usage = pq.read_table(simulated.home / "simulated" / "usage_events").to_pylist()
    trials = [one for one in subscriptions if one["trial_end"]]
    delivered = sum(
        event["account_id"] == trial["account_id"] and trial["started_at"] <= event["occurred_at"] < trial["trial_end"]
        for event in usage
        for trial in trials
    )
    unclaimed = simulated.rows(
        "select outcome, sum(events) from lake.unclaimed_usage where source_name = 'simulated' and outcome = 'trial' "
        "group by outcome"
    )
    assert delivered > 100
    assert unclaimed == [("trial", delivered)]


def test_who_is_lost_and_who_comes_back_is_who_the_simulation_says(simulated: Installation) -> None:
    truth = pq.read_table(simulated.home / "simulated_truth" / "churn.parquet").to_pylist()
    planted = {(one["account_id"], one["ended_at"], one["cancel_reason"] == "payment_failed") for one in truth}
    found = simulated.rows("select account_id, ended_at, is_involuntary from intermediate.int_churned_accounts")
    assert len(found) > 10
    assert set(found) == planted
    subscriptions = pq.read_table(simulated.home / "simulated" / "subscriptions.parquet").to_pylist()
    back = {one["account_id"] for one in subscriptions if one["subscription_id"].endswith("_back")}
    returned = simulated.rows("select account_id from marts.mart_mrr_movements where movement = 'reactivation'")
    assert {account for (account,) in returned} == back
    assert back


def test_a_fee_behind_mrr_is_what_the_ladder_says_is_owed_for_the_whole_period(simulated: Installation) -> None:
    compared = simulated.rows("""
        select fees.fee_amount, ladder.entitled_amount
        from intermediate.int_fees_in_force as fees
        inner join intermediate.int_subscription_months as months using (organization_id, subscription_id, month)
        inner join lake.billing_periods as periods
            using (organization_id, subscription_id, period_start, period_end)
        inner join intermediate.int_ladder as ladder using (organization_id, subscription_id, period_start)
        where ladder.item = 'recurring' and periods.days_in_service = periods.days_in_period
    """)
    assert len(compared) > 100
    assert all(fee == entitled for fee, entitled in compared)


def test_closing_one_month_again_without_the_truth_at_hand_leaves_every_table_as_it_was(
    simulated: Installation,
) -> None:
    before = simulated.fingerprint()
    truth = simulated.home / "simulated_truth"
    hidden = truth.rename(truth.with_name("hidden"))
    try:
        simulated.close("simulated", "2025-11", "2025-11")
    finally:
        hidden.rename(truth)
    assert simulated.fingerprint() == before

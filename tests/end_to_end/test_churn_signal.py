"""Churn that is planted after failed payments is found, in its time and as strong as it is, and nothing else is.

Two simulated companies, one in which customers leave 30 to 60 days after a failed payment and one in which they leave
for no such reason, go from the simulation through the loads and the lake into the mart. What was planted is taken from
the profile and from the simulation's truth. Usage and its ladder have nothing to do with it and are not closed.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
from psycopg.rows import dict_row

from revenue_assets.contract.datasets import SNAPSHOT_DATASETS
from revenue_assets.contract.load import load_month_datasets, load_snapshot
from revenue_assets.contract.source import Source, load_source
from revenue_assets.lake.publish import publish
from revenue_assets.lake.steps import build_engagement_daily
from revenue_assets.simulation.behaviour import Churn
from revenue_assets.simulation.fields import NONE
from revenue_assets.simulation.profile import LeakRates, Profile
from revenue_assets.simulation.profiles import profile_named
from revenue_assets.simulation.simulate import TRUTH, simulate
from revenue_assets.warehouse.raw import load_raw
from tests.end_to_end.installation import Installation

Row = dict[str, Any]
Answers = dict[tuple[str, int, int], Row]
PLANTED, SEED = 0.3, 11
WITH, WITHOUT = "nimbus_ai", "nimbus_calm"
LOOKED_AT = "select account_id, failed_at from intermediate.int_index_failures where organization_id = %s"


def company(organization_id: str, after_failed_payment: float) -> Profile:
    """Many customers with hardly any usage, who stay but for a few and for their payments, over ten months."""
    small = profile_named("small")
    nimbus = replace(small.organizations[0], organization_id=organization_id)
    return replace(
        small,
        organizations=(nimbus,),
        agreements=None,
        accounts=300,
        month_count=10,
        events_per_account=1,
        failed_payments=0.08,
        leaks=LeakRates(),
        churn=Churn(base_rate=0.01, after_failed_payment=after_failed_payment),
        ended=NONE,
        started_later=NONE,
        changed_plan=NONE,
        negotiated=NONE,
        renewed=NONE,
        trials=NONE,
        paused=NONE,
        internal_accounts=NONE,
    )


def load(folder: Path, profile: Profile) -> Source:
    """Simulate the company and load all but its usage."""
    simulate(profile, SEED, folder)
    source = load_source("simulated", {"data_dir": str(folder / "simulated")})
    left_out = ("usage_events", "reported_events", "rejected_meter_events")
    datasets = {name: select for name, select in source.datasets.items() if name not in left_out}
    source = replace(source, name=profile.organizations[0].organization_id, datasets=datasets)
    for name in SNAPSHOT_DATASETS:
        if name in datasets:
            load_snapshot(source, name)
    load_month_datasets(source, "engagement_events", profile.months)
    build_engagement_daily(source, profile.months)
    return source


@pytest.fixture(scope="module")
def companies(new_installation: Callable[[str], Installation], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The installation that holds both companies, and the folder of each."""
    from revenue_assets.assets.dbt_build import run_dbt

    installation = new_installation("churn_signal")
    folders = {name: tmp_path_factory.mktemp(name) for name in (WITH, WITHOUT)}
    with installation.active():
        for name, planted in ((WITH, PLANTED), (WITHOUT, 0.0)):
            profile = company(name, planted)
            source = load(folders[name], profile)
            with psycopg.connect(**installation.address.keywords()) as connection:  # type: ignore[arg-type]
                load_raw(connection, source)
                publish(connection, source, profile.months, "engagement_daily")
        wanted = ["--select", "+mart_failure_to_churn_signal", "--exclude-resource-type", "test"]
        outcome = run_dbt(["build", *wanted], [])
        assert outcome.is_success, outcome.errors
    return installation, folders


def answers(installation: Installation, organization_id: str) -> Answers:
    query = "select * from marts.mart_failure_to_churn_signal where organization_id = %s"
    with psycopg.connect(**installation.address.keywords(), row_factory=dict_row) as connection:  # type: ignore[arg-type]
        rows = connection.execute(query, [organization_id]).fetchall()
    return {(row["outcome"], row["window_start_days"], row["window_end_days"]): row for row in rows}


def test_the_interval_of_the_planted_lag_covers_what_was_planted(companies: Any) -> None:
    installation, folders = companies
    found = answers(installation, WITH)["churn", 30, 60]
    assert found["failures"] > 100
    # The failures that the mart looks at, in the truth. Nothing is planted on those before the simulated months.
    written = pq.read_table(folders[WITH] / TRUTH / "failures.parquet").to_pylist()
    truth = {(one["account_id"], one["failed_at"]): one for one in written}
    looked_at = [truth[key] for key in installation.rows(LOOKED_AT, WITH)]
    assert len(looked_at) == found["failures"] + found["unmatched_failures"]
    planted = PLANTED * sum(one["raises_churn"] for one in looked_at) / len(looked_at)
    came_out = sum(one["has_caused_churn"] for one in looked_at) / len(looked_at)
    assert planted > 0.2
    for strength in (planted, came_out):
        assert found["risk_difference_low"] < strength < found["risk_difference_high"]
    assert found["risk_difference_high"] - found["risk_difference_low"] < 0.2
    assert found["is_signal"]


def test_churn_is_found_in_its_lag_and_in_no_other(companies: Any) -> None:
    found = answers(companies[0], WITH)
    assert [found["churn", first, last]["is_signal"] for first, last in ((0, 30), (30, 60), (60, 90))] == [
        False,
        True,
        False,
    ]
    parts = sum(found["churn", first, first + 30]["failure_events"] for first in (0, 30, 60))
    assert found["churn", 0, 90]["failure_events"] == parts


def test_what_customers_do_before_they_leave_follows_failed_payments_too(companies: Any) -> None:
    found = answers(companies[0], WITH)
    for outcome in ("cancel_intent", "engagement_decline"):
        assert found[outcome, 0, 60]["is_signal"], outcome
        assert found[outcome, 0, 60]["risk_difference"] > 0.1, outcome


def test_nothing_is_found_where_nothing_is_planted(companies: Any) -> None:
    found = answers(companies[0], WITHOUT)
    assert len(found) == 15
    assert not any(row["is_signal"] for row in found.values())
    for row in found.values():
        assert row["failures"] > 100
        assert row["risk_difference"] is not None


def test_the_base_rate_lies_between_those_with_and_without_a_failure(companies: Any) -> None:
    row = answers(companies[0], WITH)["churn", 30, 60]
    assert row["control_event_rate"] < row["base_rate"] < row["failure_event_rate"]
    # 1 % leave in any period whatever happens, and who fails may have failed before
    assert row["control_event_rate"] < 0.06


@pytest.mark.parametrize("organization_id", [WITH, WITHOUT])
def test_a_control_is_of_the_same_kind_used_once_and_never_chosen_by_what_came_later(
    companies: Any, organization_id: str
) -> None:
    pairs = companies[0].rows(
        """
        select pairs.account_id, pairs.control_account_id, failures.country = payments.country,
            (failures.month, failures.plan_id, failures.tenure_band)
            = (payments.month, payments.plan_id, payments.tenure_band) and not payments.has_failed
        from intermediate.int_matched_controls as pairs
        inner join intermediate.int_index_failures as failures
            using (organization_id, account_id, failed_at)
        inner join intermediate.int_payment_moments as payments
            on payments.organization_id = pairs.organization_id
            and payments.account_id = pairs.control_account_id and payments.asked_at = pairs.control_asked_at
        where pairs.organization_id = %s
        """,
        organization_id,
    )
    assert len(pairs) > 300
    assert all(is_alike and account != control for account, control, _, is_alike in pairs)
    assert sum(is_same_country for *_, is_same_country, _ in pairs) > 0.8 * len(pairs)
    uses: dict[str, int] = {}
    for _, control, *_ in pairs:
        uses[control] = uses.get(control, 0) + 1
    assert max(uses.values()) <= 3

"""The sensors of failed checks and runs: told with the reason, until what failed succeeds."""

import dagster as dg
import psycopg
import pytest

from revenue_assets.alerts.failed_deliveries import JOB as FAILED_DELIVERIES
from revenue_assets.automation.sensors.failed_runs import EndedRun, failed_run_conditions
from tests.integration.sensors.world import REPOSITORY, Tick, alerts, close


def test_a_failed_check_is_told_until_it_passes(
    connection: psycopg.Connection, instance: dg.DagsterInstance, tick: Tick
) -> None:
    assert tick("failed_check") == "0 of 1 checks evaluated; 0 conditions."
    close(instance)
    assert tick("failed_check") == "1 of 1 checks evaluated; 0 conditions."
    run_id = close(instance, "no")
    assert tick("failed_check") == "1 of 1 checks evaluated; 1 condition, 1 new."
    ((stored,),) = connection.execute("select condition from app.alerts").fetchall()
    assert (stored["cause"], stored["severity"], stored["level"]) == ("numbers:adds_up", "critical", "3")
    facts = dict(stored["facts"])
    assert facts["Demands"] == "What came in went on."
    assert facts["Found"] == "3 rows do not add up"
    assert facts["Months"] == "2026-10"
    assert facts["Run"].endswith(f"/runs/{run_id}")
    close(instance, "warns")
    assert tick("failed_check") == "1 of 1 checks evaluated; 1 condition."
    close(instance)
    assert tick("failed_check") == "1 of 1 checks evaluated; 0 conditions, 1 cleared."


def test_a_failed_run_is_told_with_its_reason_until_the_same_months_succeed(
    connection: psycopg.Connection, instance: dg.DagsterInstance, tick: Tick
) -> None:
    close(instance)
    assert tick("failed_run").endswith("0 conditions.")
    close(instance, "raises")
    assert tick("failed_run").endswith("1 condition, 1 new.")
    ((stored,),) = connection.execute("select condition from app.alerts").fetchall()
    assert stored["title"] == "Run failed: monthly_close of simulated, 2026-10"
    assert "the disk is full" in dict(stored["facts"])["Reason"]
    close(instance, month="2026-09")
    assert not tick("failed_run").endswith("cleared.")
    close(instance)
    assert tick("failed_run").endswith("1 cleared.")
    assert alerts(connection) == [("monthly_close:simulated:2026-10", False)]


@pytest.mark.parametrize(
    ("marked", "reason"),
    [
        (None, "The process of the run was killed (no memory was left, or the machine went down): launch"),
        ("PostgreSQL went away", "PostgreSQL went away"),
    ],
)
def test_a_run_that_could_not_say_why_it_failed_is_told_too(
    connection: psycopg.Connection, instance: dg.DagsterInstance, tick: Tick, marked: str | None, reason: str
) -> None:
    """Such as one whose process was killed: the code server marks it as failed."""
    run = instance.create_run_for_job(REPOSITORY.get_job("monthly_close"), tags={"dagster/partition": "2026-10"})
    instance.report_run_failed(run, marked)
    assert tick("failed_run").endswith("1 condition, 1 new.")
    ((stored,),) = connection.execute("select condition from app.alerts").fetchall()
    assert dict(stored["facts"])["Reason"].startswith(reason)
    close(instance)
    assert tick("failed_run").endswith("1 cleared.")


def ended(months: str, *, is_success: bool, job: str = "monthly_close", assets: str = "") -> EndedRun:
    return EndedRun("r", job, ("shop",), tuple(months.split()), assets, is_success, "" if is_success else "broken")


@pytest.mark.parametrize(
    ("runs", "causes"),
    [
        ([ended("2026-09 2026-10", is_success=False)], ["monthly_close:shop:2026-09..2026-10"]),
        ([ended("2026-10", is_success=False), ended("2026-09 2026-10", is_success=True)], []),
        ([ended("2026-09 2026-10", is_success=False), ended("2026-10", is_success=True)], ["2026-09..2026-10"]),
        ([ended("2026-10", is_success=True), ended("2026-10", is_success=False)], ["2026-10"]),
        ([ended("2026-10", is_success=False), ended("2026-10", is_success=True, job="source_sync")], ["2026-10"]),
        ([ended("2026-10", is_success=False, assets="x"), ended("2026-10", is_success=True, assets="y")], ["x"]),
        ([ended("", is_success=False), ended("", is_success=True)], []),
        ([ended("", is_success=False, job=FAILED_DELIVERIES)], []),
    ],
)
def test_only_the_same_job_over_the_same_months_puts_a_failure_right(runs: list[EndedRun], causes: list[str]) -> None:
    conditions, scope = failed_run_conditions(runs)
    assert [condition.cause for condition in conditions if not condition.cause.endswith(tuple(causes))] == []
    assert len(conditions) == len(causes)
    assert {condition.cause for condition in conditions} <= scope

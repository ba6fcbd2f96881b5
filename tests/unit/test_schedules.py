"""Each schedule: when it asks for runs, of what, and when it stays quiet and says why. The jobs here do nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from revenue_assets.automation.jobs import INSIGHTS, SOURCE_SYNC
from revenue_assets.automation.monthly_close import JOB
from revenue_assets.automation.requests import REASON_TAG, run_of
from revenue_assets.automation.schedules import schedules
from revenue_assets.partitions import monthly_partitions, months_of_run
from revenue_assets.settings import get_settings


@dg.asset(partitions_def=monthly_partitions())
def something() -> None: ...


JOBS = [dg.define_asset_job(name, selection=[something]) for name in (SOURCE_SYNC, JOB, INSIGHTS)]
SCHEDULES = {schedule.name: schedule for schedule in schedules(*JOBS)}
REPOSITORY = dg.Definitions(assets=[something], jobs=JOBS, schedules=list(SCHEDULES.values())).get_repository_def()


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as instance:  # a schedule's context cannot hold an ephemeral one
        yield instance


@pytest.fixture(autouse=True)
def sources(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`live` tells everything until now and is billed by Stripe, `old` ended in November 2023."""
    for name, text in (("live", 'billing_vendor = "stripe"'), ("old", "grace_days = 0")):
        folder = tmp_path / "sources" / name
        folder.mkdir(parents=True)
        (folder / "source.toml").write_text(text)
        (folder / "accounts.sql").write_text("select 1")
    (tmp_path / "sources" / "old" / "as_of.sql").write_text("select timestamptz '2023-12-01 00:00:00+00'")
    monkeypatch.setenv("REVENUE_SOURCES_DIR", str(tmp_path / "sources"))
    monkeypatch.setenv("REVENUE_SOURCES", "live,old")
    get_settings.cache_clear()


def evaluate(
    name: str, day: int, instance: dg.DagsterInstance, month: int = 11
) -> tuple[list[dg.RunRequest], str | None]:
    moment = datetime(2026, month, day, 6, tzinfo=UTC)
    context = dg.build_schedule_context(instance=instance, scheduled_execution_time=moment, repository_def=REPOSITORY)
    ticked = SCHEDULES[name].evaluate_tick(context)
    return list(ticked.run_requests or []), ticked.skip_message


def asked(requests: list[dg.RunRequest]) -> list[tuple[str, list[str]]]:
    return [
        (request.run_config["resources"]["platform"]["config"]["sources"][0], months_of_run(request.tags))
        for request in requests
    ]


@pytest.mark.parametrize("name", ["source_sync_hourly", "open_month_daily", "insights_six_hourly"])
def test_the_running_month_and_those_in_their_grace_are_asked_for(name: str, instance: dg.DagsterInstance) -> None:
    requests, _ = evaluate(name, 2, instance)
    assert asked(requests) == [("live", ["2026-10", "2026-11"])]
    assert requests[0].tags[REASON_TAG] == "the month runs, or its grace time does"
    assert asked(evaluate(name, 21, instance)[0]) == [("live", ["2026-11"])]


@pytest.mark.parametrize("name", ["source_sync_hourly", "open_month_daily", "insights_six_hourly"])
def test_a_source_that_has_ended_is_quiet_and_says_so(
    name: str, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVENUE_SOURCES", "old")
    get_settings.cache_clear()
    assert evaluate(name, 21, instance) == (
        [],
        "old has told everything until 2023-12-01 00:00 UTC: nothing of 2026-11.",
    )


def test_a_run_that_has_not_ended_is_not_asked_for_again(instance: dg.DagsterInstance) -> None:
    request = run_of("live", ["2026-11"], "", "")
    run = instance.create_run_for_job(
        REPOSITORY.get_job(SOURCE_SYNC), tags=dict(request.tags), status=dg.DagsterRunStatus.STARTED
    )
    requests, reason = evaluate("source_sync_hourly", 21, instance)
    assert not requests
    assert f"live: run {run.run_id[:8]} over 2026-11 has not ended yet" in (reason or "")
    assert asked(evaluate("open_month_daily", 21, instance)[0]) == [("live", ["2026-11"])]  # another job
    instance.delete_run(run.run_id)


@pytest.mark.parametrize(
    ("day", "month", "closed", "reason"),
    [
        (4, 11, "2026-10", "the monthly close and the end of its grace of 3 days"),
        (29, 11, "2026-10", "7 days before the window of meter_event (35 days) ends"),
        (24, 12, "2026-10", "7 days before the window of payment_retry (60 days) ends"),
    ],
)
def test_a_month_is_closed_on_the_fourth_and_before_each_window_ends(
    instance: dg.DagsterInstance, day: int, month: int, closed: str, reason: str
) -> None:
    requests, _ = evaluate("monthly_close_and_rechecks", day, instance, month)
    assert asked(requests) == [("live", [closed])]
    assert requests[0].tags[REASON_TAG] == reason


def test_a_day_without_due_months_says_what_comes_next(instance: dg.DagsterInstance) -> None:
    requests, reason = evaluate("monthly_close_and_rechecks", 21, instance)
    assert not requests
    assert "live: nothing is due on 2026-11-21" in (reason or "")
    expected = "next is 2026-09 (7 days before the window of payment_retry (60 days) ends) on 2026-11-23"
    assert expected in (reason or "")


def test_a_source_that_cannot_be_read_is_asked_for_and_its_run_says_why(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVENUE_SOURCES", "unknown")
    get_settings.cache_clear()
    assert asked(evaluate("open_month_daily", 21, instance)[0]) == [("unknown", ["2026-11"])]


def test_a_month_before_the_first_of_the_installation_is_left_out(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVENUE_FIRST_MONTH", "2026-11")
    get_settings.cache_clear()
    requests, reason = evaluate("monthly_close_and_rechecks", 4, instance)
    assert not requests
    assert "2026-10 is before REVENUE_FIRST_MONTH" in (reason or "")

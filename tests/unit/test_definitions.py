"""The asset graph: it loads without a database, reads well, carries every check, and closes as few runs."""

import json
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from revenue_assets.alerts.condition import Kind
from revenue_assets.assets.dbt_manifest import load_manifest
from revenue_assets.automation.jobs import INSIGHTS, SOURCE_SYNC
from revenue_assets.automation.monthly_close import JOB
from revenue_assets.checks.conservation import ROWS_CHECK
from revenue_assets.checks.invoice_gate import DRAFTS_ARE_RIGHT
from revenue_assets.checks.lake_and_warehouse import EVENTS_ADD_UP, PUBLISHED, SAME_ROWS
from revenue_assets.checks.suite_verdicts import CRITICAL_CHECK, WARNING_CHECK
from revenue_assets.checks.suites import SUITES
from revenue_assets.contract.datasets import DATASETS, SNAPSHOT_DATASETS
from revenue_assets.definitions import defs

GROUPS = {"raw", "lake", "staging", "intermediate", "evaluation"}
GROUPS |= {"revenue", "payments", "customers", "retention", "insights"}
ACCURACY = dg.AssetKey(["evaluation", "accuracy"])
LOAD_WITHOUT_NETWORK = """
import json, socket, sys, time
def refuse(*arguments):
    raise AssertionError(f"connects to {arguments[1:]}")
socket.socket.connect = refuse
began = time.process_time()
from revenue_assets.definitions import defs
defs().resolve_asset_graph()
heavy = ["great_expectations", "pandas", "scipy", "psycopg2", "sklearn", "matplotlib"]
print(json.dumps({"seconds": time.process_time() - began, "heavy": [name for name in heavy if name in sys.modules]}))
"""


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return defs()


def test_they_load_in_seconds_without_any_connection_and_without_the_heavy_libraries(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_manifest()  # parsing the dbt project once is not part of loading
    monkeypatch.setenv("REVENUE_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")
    done = subprocess.run(
        [sys.executable, "-c", LOAD_WITHOUT_NETWORK], capture_output=True, text=True, check=False, timeout=180
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["heavy"] == []
    assert result["seconds"] < 20


def test_every_asset_says_what_it_is_where_it_belongs_and_who_owns_it(definitions: dg.Definitions) -> None:
    for spec in definitions.resolve_all_asset_specs():
        name = spec.key.to_user_string()
        assert spec.description, name
        assert spec.owners == ["team:revenue"], name
        assert spec.kinds, name
        assert spec.group_name in GROUPS, name


def test_every_dataset_that_is_kept_whole_is_unpartitioned_and_all_else_shares_the_months(
    definitions: dg.Definitions,
) -> None:
    graph = definitions.resolve_asset_graph()
    whole = {key for key in graph.materializable_asset_keys if graph.get(key).partitions_def is None}
    snapshots = {dg.AssetKey(["raw", name]) for name in (*SNAPSHOT_DATASETS, "organizations", "currencies")}
    assert whole == {*snapshots, ACCURACY}
    monthly = graph.materializable_asset_keys - whole
    assert len({graph.get(key).partitions_def for key in monthly}) == 1
    assert {graph.get(key).backfill_policy for key in monthly} == {dg.BackfillPolicy.single_run()}


def test_nothing_depends_on_an_asset_that_nobody_makes(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    assert graph.get_all_asset_keys() == graph.materializable_asset_keys


def test_all_checks_are_registered_and_block_unless_only_a_person_can_tell(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    events = ("usage_events", "reported_events", "rejected_meter_events", "engagement_events")
    staged = ("stg_usage_events", "stg_reported_events")
    blocking = {
        *((f"raw/{dataset}", CRITICAL_CHECK) for dataset in SUITES),
        *((f"raw/{dataset}", ROWS_CHECK) for dataset in DATASETS),
        *((f"raw/{dataset}", SAME_ROWS) for dataset in SNAPSHOT_DATASETS),
        ("raw/organizations", "every_row_has_a_known_organization"),
        ("raw/currencies", "every_amount_has_a_known_currency"),
        *((asset, name) for asset in staged for name in (SAME_ROWS, "every_delivered_event_counts_once_or_is_a_copy")),
        *((f"lake/{table}", SAME_ROWS) for table in PUBLISHED),
        ("lake/period_usage", EVENTS_ADD_UP),
        *((f"lake/{table}", "period_findings_have_their_events") for table in ("period_findings", "period_arrivals")),
        *((f"lake/{dataset}", "events_of_findings_were_delivered") for dataset in ("event_findings", "late_events")),
        ("marts/revmatch_leaks", "findings_have_their_events"),
        ("marts/revmatch_leaks", "leaks_are_entitled_less_collected"),
        ("marts/revmatch_leaks", "usage_outside_the_ladder_is_all_there"),
        ("marts/mart_revenue_ladder", "ladder_is_the_sum_of_its_steps"),
        ("marts/mart_account_reconciliation", "reconciliation_conserves_the_ladder"),
        ("marts/mart_absorbed_usage", "absorbed_usage_conserves_its_causes"),
        ("marts/mart_invoice_gate", "gate_conserves_the_drafts"),
        ("app/finding_versions", "standing_versions_are_the_findings"),
    }
    assert len(SUITES) == 23
    warning = {
        *((f"raw/{dataset}", WARNING_CHECK) for dataset in SUITES),
        *((f"raw/{dataset}", "months_are_complete") for dataset in events),
        *((asset, "no_event_counts_in_two_months") for asset in staged),
        ("lake/period_usage", "events_of_the_files_are_those_of_the_periods"),
        ("marts/mart_invoice_gate", DRAFTS_ARE_RIGHT),
        ("evaluation/accuracy", "planted_leaks_are_found_to_the_cent"),
    }
    assert len(SUITES) == 23
    tests = {name.split(".")[2] for name in dbt_tests()}
    registered = {(key.asset_key.to_user_string(), key.name): key for key in graph.asset_check_keys}
    assert {known for known in registered if known[1] not in tests} == blocking | warning
    assert len(registered) == len(blocking) + len(warning) + len(tests)
    assert {known for known in blocking | warning if graph.get(registered[known]).blocking} == blocking


def dbt_tests() -> list[str]:
    return [name for name, node in load_manifest()["nodes"].items() if node["resource_type"] == "test"]


def test_the_monthly_job_holds_all_but_the_evaluation_and_no_step_is_taken_apart(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def(JOB)
    graph = definitions.resolve_asset_graph()
    assert set(job.asset_layer.executable_asset_keys) == graph.materializable_asset_keys - {ACCURACY}
    steps = {node.name for node in job.nodes}
    assert {"raw_snapshots", "raw_usage_events", "lake_period_usage", "dbt_models"} <= steps
    # Dagster splits a step with a number at its end when checks and assets wait for each other in a circle.
    assert not [step for step in steps if step[-1].isdigit()]


def test_views_of_noted_findings_close_no_circle(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    noted, shown = dg.AssetKey(["app", "finding_versions"]), dg.AssetKey(["staging", "stg_finding_versions"])
    assert graph.get(shown).parent_keys == {dg.AssetKey(["marts", "revmatch_leaks"])}
    assert noted not in {parent for key in graph.get_all_asset_keys() for parent in graph.get(key).parent_keys}


def test_the_parts_of_the_monthly_job_are_not_taken_apart_either(definitions: dg.Definitions) -> None:
    sync, insights = (definitions.resolve_job_def(name) for name in (SOURCE_SYNC, INSIGHTS))
    loaded = {key.path[0] for key in sync.asset_layer.executable_asset_keys}
    assert loaded == {"raw", "stg_usage_events", "stg_reported_events"}
    refreshed = {key.to_user_string() for key in insights.asset_layer.executable_asset_keys}
    assert {"marts/mart_insights", "marts/mart_executive_findings", "app/finding_versions"} <= refreshed
    for job in (sync, insights):
        assert not [node.name for node in job.nodes if node.name[-1].isdigit()]


def test_what_changes_data_is_off_until_it_is_switched_on_and_what_only_tells_is_on(
    definitions: dg.Definitions,
) -> None:
    repository = definitions.get_repository_def()
    on = {sensor.name for sensor in repository.sensor_defs if sensor.default_status is dg.DefaultSensorStatus.RUNNING}
    off = {sensor.name for sensor in repository.sensor_defs} - on
    assert on >= {"leak_over_threshold", "failed_check", "failed_run", "payment_failure_spike", "stale_source"}
    assert off == {"late_events"}
    assert {kind.value for kind in Kind} <= on | off
    schedules = {schedule.name: schedule.default_status for schedule in repository.schedule_defs}
    names = ("source_sync_hourly", "open_month_daily", "monthly_close_and_rechecks", "insights_six_hourly")
    assert schedules == dict.fromkeys(names, dg.DefaultScheduleStatus.STOPPED)
    assert all(sensor.description for sensor in repository.sensor_defs)
    assert all(schedule.description for schedule in repository.schedule_defs)


def test_what_is_loaded_and_every_mart_says_when_it_is_late(definitions: dg.Definitions) -> None:
    for spec in definitions.resolve_all_asset_specs():
        is_watched = spec.key.path[0] in ("raw", "marts")
        assert (spec.freshness_policy is not None) == is_watched, spec.key.to_user_string()

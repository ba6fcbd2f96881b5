"""A backfill over a range of months, launched for the whole graph as the UI does, is one run for everything monthly.

Dagster's own backfill logic is asked which runs it would start; the runs are then declared done without running.
"""

import logging
from datetime import UTC, datetime

import dagster as dg
from dagster._core.asset_graph_view.asset_graph_view import AssetGraphView
from dagster._core.definitions.run_request import RunRequest
from dagster._core.definitions.temporal_context import TemporalContext
from dagster._core.events import DagsterEvent, StepMaterializationData
from dagster._core.execution.asset_backfill import AssetBackfillData, execute_asset_backfill_iteration_inner
from dagster._core.test_utils import create_run_for_test, in_process_test_workspace
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from revenue_assets.contract.datasets import SNAPSHOT_DATASETS
from revenue_assets.months import month_range
from revenue_assets.partitions import months_of_run

BACKFILL = "backfill"
MONTHS = month_range("2025-01", "2025-03")


def test_a_range_of_months_is_one_run_after_the_snapshots() -> None:
    snapshots, monthly, evaluation = requested_runs()
    names = {*SNAPSHOT_DATASETS, "organizations", "currencies"}
    assert {key.path[-1] for key in snapshots.asset_selection or []} == names
    assert months_of_run(snapshots.tags) == []
    assert months_of_run(monthly.tags) == MONTHS
    assert {key.to_user_string() for key in evaluation.asset_selection or []} == {"evaluation/accuracy"}
    keys = {key.to_user_string() for key in monthly.asset_selection or []}
    assert {"raw/usage_events", "lake/period_usage", "staging/stg_accounts", "marts/revmatch_leaks"} <= keys


def requested_runs() -> list[RunRequest]:
    origin = LoadableTargetOrigin(module_name="revenue_assets.definitions")
    now = datetime.now(UTC)
    requested: list[RunRequest] = []
    with dg.instance_for_test() as instance, in_process_test_workspace(instance, origin) as workspace:
        graph = workspace.asset_graph
        data = AssetBackfillData.from_asset_partitions(
            asset_graph=graph,
            partition_names=MONTHS,
            asset_selection=list(graph.materializable_asset_keys),
            dynamic_partitions_store=instance,
            backfill_start_timestamp=now.timestamp(),
            all_partitions=False,
        )
        while True:
            moment = TemporalContext(effective_dt=datetime.now(UTC), last_event_id=None)
            view = AssetGraphView(temporal_context=moment, instance=instance, asset_graph=graph)
            step = execute_asset_backfill_iteration_inner(
                BACKFILL, data, view, now.timestamp(), logging.getLogger(__name__), None
            )
            if not step.run_requests:
                return requested
            data = step.backfill_data
            requested += step.run_requests
            for run in step.run_requests:
                declare_done(instance, run)


def declare_done(instance: dg.DagsterInstance, request: RunRequest) -> None:
    run = create_run_for_test(
        instance, tags={"dagster/backfill": BACKFILL, **request.tags}, status=dg.DagsterRunStatus.SUCCESS
    )
    for key in request.asset_selection or []:
        months: list[str | None] = [*months_of_run(request.tags)]
        for month in months or [None]:
            materialization = StepMaterializationData(dg.AssetMaterialization(key, partition=month))
            event = DagsterEvent("ASSET_MATERIALIZATION", run.job_name, event_specific_data=materialization)
            instance.report_dagster_event(event, run.run_id)

"""Dagster's entry point: collects assets, checks, jobs, schedules and resources; nothing else belongs here.

Loading it reads files only: no database, no source, no network.
"""

import warnings
from functools import cache

import dagster as dg

from revenue_assets.alerts.failed_deliveries import failed_deliveries_job
from revenue_assets.alerts.sensor import alert_delivery_sensor
from revenue_assets.assets.dbt import dbt_models
from revenue_assets.assets.evaluation import evaluation_assets
from revenue_assets.assets.findings import finding_versions
from revenue_assets.assets.lake import lake_assets
from revenue_assets.assets.platform import Platform
from revenue_assets.assets.raw import raw_assets
from revenue_assets.automation.jobs import insights_job, source_sync_job
from revenue_assets.automation.monthly_close import monthly_close_job
from revenue_assets.automation.run_workers import begin_runs_preloaded
from revenue_assets.automation.schedules import schedules
from revenue_assets.automation.sensors.collected import sensors
from revenue_assets.checks.doorstep import doorstep_checks
from revenue_assets.checks.spanning import spanning_checks

# Backfill policies are called beta; pyproject.toml bounds the version.
warnings.filterwarnings("ignore", category=dg.BetaWarning)


begin_runs_preloaded()


@dg.definitions
@cache
def defs() -> dg.Definitions:
    """Everything Dagster knows of this project. Every run is one process: the steps use all cores by themselves."""
    sync, close, insights = source_sync_job(), monthly_close_job(), insights_job()
    return dg.Definitions(
        assets=[*raw_assets(), *lake_assets(), dbt_models(), finding_versions(), *evaluation_assets()],
        asset_checks=[*doorstep_checks(), *spanning_checks()],
        jobs=[sync, close, insights, failed_deliveries_job()],
        schedules=schedules(sync, close, insights),
        sensors=[*sensors(close), alert_delivery_sensor()],
        resources={"platform": Platform(sources=[], overrides={})},
        executor=dg.in_process_executor,
    )

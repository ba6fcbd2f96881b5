"""Dagster's entry point: collects assets, checks, jobs, schedules and resources; nothing else belongs here.

Loading it reads files only: no database, no source, no network.
"""

import warnings

import dagster as dg

from revenue_assets.assets.dbt import dbt_models
from revenue_assets.assets.evaluation import evaluation_assets
from revenue_assets.assets.findings import finding_versions
from revenue_assets.assets.lake import lake_assets
from revenue_assets.assets.platform import Platform
from revenue_assets.assets.raw import raw_assets
from revenue_assets.automation.monthly_close import monthly_close_job, monthly_close_schedule
from revenue_assets.checks.doorstep import doorstep_checks
from revenue_assets.checks.spanning import spanning_checks

# Backfill policies are called beta; pyproject.toml bounds the version.
warnings.filterwarnings("ignore", category=dg.BetaWarning)


@dg.definitions
def defs() -> dg.Definitions:
    """Everything Dagster knows of this project. Every run is one process: the steps use all cores by themselves."""
    close = monthly_close_job()
    return dg.Definitions(
        assets=[*raw_assets(), *lake_assets(), dbt_models(), finding_versions(), *evaluation_assets()],
        asset_checks=[*doorstep_checks(), *spanning_checks()],
        jobs=[close],
        schedules=[monthly_close_schedule(close)],
        resources={"platform": Platform(sources=[], overrides={})},
        executor=dg.in_process_executor,
    )

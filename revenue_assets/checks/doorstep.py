"""Checks at the doorstep: the expectation suites of expectations/ on raw data, before anything is computed from it.

A broken critical expectation stops the run; a broken warning is shown and the run goes on.
"""

from collections.abc import Mapping
from pathlib import Path

import dagster as dg

from revenue_assets.assets.platform import Platform
from revenue_assets.checks.suites import MOST_ROWS, SUITES, SuiteResult, run_suite
from revenue_assets.contract.datasets import DATASETS
from revenue_assets.lake.files import Lake
from revenue_assets.partitions import months_of_run

EXPECTATIONS = "expectations_are_met"


def doorstep_checks() -> list[dg.AssetChecksDefinition]:
    """One blocking check per suite, on the raw dataset of the same name."""
    return [_suite_check(dataset) for dataset in SUITES]


def _suite_check(dataset: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=dg.AssetKey(["raw", dataset]),
        name=EXPECTATIONS,
        blocking=True,
        description=f"The suite expectations/{dataset}.py, run by Great Expectations on at most {MOST_ROWS:,} rows of "
        "each source, an equal share per month: those with the lowest hash of their key, so always the same ones.",
    )
    def expectations_are_met(context: dg.AssetCheckExecutionContext, platform: Platform) -> dg.AssetCheckResult:
        months = months_of_run(context.run.tags)
        files = {source: raw_files(dataset, source, months) for source in platform.source_names()}
        return judge({source: run_suite(dataset, found) for source, found in files.items() if found})

    return expectations_are_met


def raw_files(dataset: str, source: str, months: list[str]) -> list[Path]:
    """The files of the raw lake that the suite looks at: these months, or all when none is given."""
    lake = Lake.from_settings()
    if DATASETS[dataset].is_monthly:
        there = lake.months("raw", dataset, source)
        return [lake.month_file("raw", dataset, month, source) for month in there if not months or month in months]
    snapshot = lake.snapshot_file("raw", dataset, source)
    return [snapshot] if snapshot.exists() else []


def judge(results: Mapping[str, SuiteResult]) -> dg.AssetCheckResult:
    """One check result for all sources; it is an error when a critical expectation is broken."""
    critical = [f"{name}: {o.reason()}" for name, result in results.items() for o in result.broken("critical")]
    warnings = [f"{name}: {o.reason()}" for name, result in results.items() for o in result.broken("warning")]
    rows = {name: f"{result.sampled_rows:,} of {result.rows:,} rows" for name, result in results.items()}
    return dg.AssetCheckResult(
        passed=not (critical or warnings),
        severity=dg.AssetCheckSeverity.ERROR if critical else dg.AssetCheckSeverity.WARN,
        description="; ".join(critical + warnings) or None,
        metadata={"looked_at": dg.MetadataValue.json(rows), "broken": dg.MetadataValue.json(critical + warnings)},
    )

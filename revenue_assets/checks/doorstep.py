"""Checks at the doorstep: the suites of expectations/ on raw data, before anything is computed from it.

Two checks per dataset, from one run of its suite: a broken critical expectation stops the run, a broken warning is
shown and the run goes on. Snapshots are judged together, when all of them are loaded, because they speak of each
other; so are events. What a check shows is in `suite_verdicts`, the pages that it links to in `suite_report`.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import dagster as dg

from revenue_assets.assets.platform import Platform
from revenue_assets.checks.delivered_rows import note_rows, rows_of_last_load
from revenue_assets.checks.suite_report import Report, write_report
from revenue_assets.checks.suite_requests import suite_request
from revenue_assets.checks.suite_verdicts import CRITICAL_CHECK, WARNING_CHECK, verdict
from revenue_assets.checks.suites import SuiteResult, run_suites
from revenue_assets.contract.datasets import DATASETS, MONTHLY_DATASETS, SNAPSHOT_DATASETS
from revenue_assets.contract.source import Source
from revenue_assets.partitions import months_of_run
from revenue_assets.warehouse.connection import connect

_SEVERITIES = {CRITICAL_CHECK: "critical", WARNING_CHECK: "warning"}


def doorstep_checks() -> list[dg.AssetChecksDefinition]:
    """Two checks per dataset of the contract: one step for all snapshots, one for all events and totals."""
    return [_suites("snapshots", SNAPSHOT_DATASETS), _suites("events", MONTHLY_DATASETS)]


def _suites(kind: str, datasets: Sequence[str]) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(name=f"expectations_on_{kind}", specs=_specs(datasets), can_subset=True)
    def expectations(context: dg.AssetCheckExecutionContext, platform: Platform) -> Iterator[dg.AssetCheckResult]:
        wanted = {key.asset_key.path[-1] for key in context.selected_asset_check_keys}
        judged = [name for name in datasets if name in wanted]
        months = months_of_run(context.run.tags)
        results = {source.name: judge_source(source, judged, months) for source in platform.load_sources()}
        by_dataset = {name: {source: found.get(name) for source, found in results.items()} for name in judged}
        reports = [Report(context.run.run_id, months, name, found) for name, found in by_dataset.items()]
        links = write_report(reports, datetime.now(UTC))
        for key in sorted(context.selected_asset_check_keys):
            name = key.asset_key.path[-1]
            yield verdict(name, _SEVERITIES[key.name], by_dataset[name], links[name])

    return expectations


def judge_source(source: Source, datasets: Sequence[str], months: Sequence[str]) -> dict[str, SuiteResult]:
    """The results of those datasets that the source delivers; what is accepted counts as the last load from now on."""
    delivered = [name for name in datasets if name in source.datasets]
    if not delivered:
        return {}
    with connect() as connection:
        before = rows_of_last_load(connection, source.name)
    results = run_suites(suite_request(source, delivered, months, before))
    accepted = {
        name: result.rows
        for name, result in results.items()
        if not DATASETS[name].is_monthly and not result.broken("critical")
    }
    with connect() as connection:
        note_rows(connection, source.name, accepted)
    return results


def _specs(datasets: Sequence[str]) -> list[dg.AssetCheckSpec]:
    return [
        spec
        for name in datasets
        for spec in (
            dg.AssetCheckSpec(
                CRITICAL_CHECK,
                asset=dg.AssetKey(["raw", name]),
                blocking=True,
                description=f"What makes every number wrong: the critical expectations of expectations/{name}.py, "
                "judged on all rows. Stops the run before anything is computed from them.",
            ),
            dg.AssetCheckSpec(
                WARNING_CHECK,
                asset=dg.AssetKey(["raw", name]),
                description=f"What a person should look at: the warnings of expectations/{name}.py, judged on all "
                "rows. The run goes on.",
            ),
        )
    ]

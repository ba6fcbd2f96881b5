"""Groups `staging`, `intermediate` and one per question of the marts: the dbt project, one asset per model.

Everything is partitioned by month and built by one dbt command per run, views too, so that a range of months stays
one run. Tests of the project are checks of the assets; what a model is, who owns it and its group stand in dbt's meta.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import psycopg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject, dbt_assets
from dagster_dbt.asset_utils import DBT_INDIRECT_SELECTION_ENV, get_subset_selection_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from revenue_assets.assets import freshness
from revenue_assets.assets.dbt_build import DbtOutcome, dbt_environment, run_dbt
from revenue_assets.assets.dbt_lineage import column_lineage
from revenue_assets.assets.dbt_manifest import load_manifest
from revenue_assets.assets.environ import environment_with
from revenue_assets.assets.failing_rows import explained
from revenue_assets.assets.later_months import with_later_months
from revenue_assets.assets.platform import Platform
from revenue_assets.assets.step_events import evaluated, materialized
from revenue_assets.assets.tables import month_column, read_columns, rows_by_month
from revenue_assets.errors import CloseError
from revenue_assets.partitions import ONE_RUN, monthly_partitions
from revenue_assets.warehouse.connection import connect
from revenue_assets.warehouse.outdated import outdated_models

VERSIONS = dg.AssetKey(["app", "finding_versions"])
_STARTED = "LogStartLine"
_WRITES = ("model", "seed")
_TOLD_EVERY = 1.0  # seconds: the event of each node would be stored by itself


class Translator(DagsterDbtTranslator):
    """Gives parents to what has none in dbt: an asset without parents gets a run of its own in every backfill.

    Seeds read nothing. Views of the versions of findings read what is noted after the marts: an edge from there would
    be a circle, for which Dagster takes dbt apart into two commands; they hang on the findings that they are of.
    """

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """The asset of a dbt node, as dagster-dbt reads it from the manifest."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        late = freshness.of_mart(spec.key.path[0], spec.group_name)
        if late:
            spec = spec.replace_attributes(freshness_policy=late)
        if unique_id.startswith("seed."):
            return spec.replace_attributes(deps=[dg.AssetKey(["raw", "currencies"])])
        if any(dep.asset_key == VERSIONS for dep in spec.deps):
            return spec.replace_attributes(deps=[dg.AssetKey(["marts", "revmatch_leaks"])])
        return spec


def dbt_models() -> dg.AssetsDefinition:
    """The models of the dbt project; definitions load without a database, from the manifest."""
    manifest = load_manifest()
    translator = Translator(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=True))

    @dbt_assets(
        manifest=manifest,
        name="dbt_models",
        partitions_def=monthly_partitions(),
        backfill_policy=ONE_RUN,
        dagster_dbt_translator=translator,
    )
    def models(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[Any]:
        months = list(context.partition_keys)
        selection, indirect = get_subset_selection_for_context(
            context=context,
            manifest=manifest,
            select="fqn:*",
            exclude=None,
            selector=None,
            dagster_dbt_translator=translator,
            current_dbt_indirect_selection_env=os.environ.get(DBT_INDIRECT_SELECTION_ENV),
        )
        # Of some models, only the tests that read nothing else: what was not built may stand at other months.
        selection += ["--indirect-selection", indirect or "cautious"]

        told_at = time.monotonic()

        def show_progress(event: dict[str, Any]) -> None:
            nonlocal told_at
            if event["info"]["name"] == _STARTED:
                if event["data"]["node_info"]["resource_type"] in _WRITES:
                    platform.stay_alone()  # what is raised here fails this one node, before it changes anything
                if time.monotonic() > told_at + _TOLD_EVERY:
                    told_at = time.monotonic()
                    context.log.info(event["info"]["msg"])

        with connect() as connection:
            outdated = outdated_models(connection, manifest)
            months = [] if outdated else with_later_months(connection, months)
        if outdated:
            context.log.warning(f"Built by an earlier version: {', '.join(outdated)}. All months are built anew.")
            selection = [*selection, "--full-refresh"]
        outcome = run_dbt(["build", *selection], months, show_progress)
        platform.stay_alone()
        with environment_with(dbt_environment(months)):  # examples of failed tests are of the same months
            yield from _dagster_events(context, outcome, manifest, translator)
        if not outcome.is_success:
            raise CloseError(_why(outcome, manifest))

    return models


def _dagster_events(
    context: dg.AssetExecutionContext,
    outcome: DbtOutcome,
    manifest: Mapping[str, Any],
    translator: DagsterDbtTranslator,
) -> Iterator[Any]:
    """dbt's results as Dagster knows them: a materialization per model, a check per test."""
    built = [
        manifest["nodes"][event["data"]["node_info"]["unique_id"]]
        for event in outcome.events
        if event["info"]["name"] in ("LogModelResult", "LogSeedResult")
        and event["data"]["node_info"]["node_status"] == "success"
    ]
    told: list[Any] = []
    with connect() as connection:
        _describe(context, connection, built, outcome, manifest, translator)
        for event in outcome.events:
            message = DbtCoreCliEventMessage(raw_event=event, event_history_metadata={})
            test = event["data"].get("node_info", {}).get("unique_id")
            for one in message.to_default_asset_events(manifest, translator, context, outcome.target_dir):
                if isinstance(one, dg.AssetCheckResult) and test in outcome.failed_queries:
                    one = explained(one, manifest["nodes"][test], outcome.failed_queries[test], connection)
                told.append(one)
    yield from materialized(context, [one for one in told if isinstance(one, dg.Output)])
    yield from evaluated(context, [one for one in told if isinstance(one, dg.AssetCheckResult)])
    yield from (one for one in told if not isinstance(one, dg.Output | dg.AssetCheckResult))


def _describe(
    context: dg.AssetExecutionContext,
    connection: psycopg.Connection,
    built: Sequence[Mapping[str, Any]],
    outcome: DbtOutcome,
    manifest: Mapping[str, Any],
    translator: DagsterDbtTranslator,
) -> None:
    """Attach columns, their lineage, and rows per month to what will be materialized."""
    columns = read_columns(connection, manifest)
    lineages = column_lineage(built, columns, manifest, translator, outcome.compiled, connection.info.dbname)
    for model in built:
        key = translator.get_asset_key(model)
        found = columns.get((model["schema"], model["alias"]), [])
        metadata: dict[str, Any] = {"dagster/column_schema": dg.TableSchema(found)}
        if model["unique_id"] in lineages:
            metadata["dagster/column_lineage"] = lineages[model["unique_id"]]
        context.add_asset_metadata(metadata, asset_key=key)
        by_month = month_column(found)
        if by_month and model["config"]["materialized"] != "view":
            for month, rows in rows_by_month(connection, model, by_month, list(context.partition_keys)).items():
                context.add_asset_metadata({"dagster/row_count": rows}, asset_key=key, partition_key=month)


def _why(outcome: DbtOutcome, manifest: Mapping[str, Any]) -> str:
    """One sentence: the first test that failed with its meaning, else the first error."""
    for event in outcome.events:
        node_info = event["data"].get("node_info", {})
        if event["info"]["name"] == "LogTestResult" and node_info.get("node_status") in ("fail", "error"):
            test = manifest["nodes"].get(node_info["unique_id"], {})
            meaning = f" ({test['description']})" if test.get("description") else ""
            return f"The test {node_info['node_name']}{meaning} failed on {event['data'].get('num_failures')} rows."
    first = " ".join((outcome.errors or ["no reason given"])[0].split())
    return f"dbt could not build the warehouse's tables: {first}"

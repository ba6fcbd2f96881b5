"""Tells Dagster of the many tables and checks of one step together, instead of each by itself.

For every output that a step yields, Dagster asks for the records of its parents, and stores three events with a
statement each: of a step of 185 tables and 480 checks that was half of its time. The events are the same.
"""

from collections.abc import Iterable, Iterator, Sequence

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationTargetMaterializationData
from dagster._core.definitions.assets.definition.asset_spec import AssetExecutionType
from dagster._core.events import DagsterEventBatchMetadata, generate_event_batch_id
from dagster._core.execution.context.system import StepExecutionContext
from dagster._core.execution.plan.execute_step import _get_output_asset_events
from dagster._core.execution.plan.outputs import StepOutputData, StepOutputHandle

_NOT_SEEN = "did not yield or return expected outputs"  # what Dagster says of checks that are told in this way


def materialized(context: dg.AssetExecutionContext, outputs: Sequence[dg.Output[None]]) -> Iterator[dg.DagsterEvent]:
    """The events of these outputs, which are tables in an order in which parents come before what reads them.

    What reads others notes the records of those (its provenance): so they are stored in waves, parents first.
    """
    step = context.op_execution_context._step_execution_context
    for wave in _waves(step, outputs):
        keys = {output.output_name: _key(step, output) for output in wave}
        parents = {parent for key in keys.values() for parent in step.job_def.asset_layer.get(key).parent_keys}
        versions = step._data_version_cache
        versions._fetch_input_asset_version_info(sorted(parents - versions.input_asset_version_info.keys()))
        batch = _new_batch()
        for output in wave:
            yield _output(step, output.output_name, batch)
        made = [
            event for output in wave for event in _materializations(context, step, keys[output.output_name], output)
        ]
        for number, event in enumerate(made, start=1):
            ends = DagsterEventBatchMetadata(batch, is_end=number == len(made))
            yield dg.DagsterEvent.asset_materialization(step, event, ends)


def evaluated(context: dg.AssetExecutionContext, results: Sequence[dg.AssetCheckResult]) -> Iterator[dg.DagsterEvent]:
    """The events of checks that are not by month, each with the table that it judged.

    Dagster itself ends a step with an error when a check that blocks has failed; here the caller does.
    """
    step, batch = context.op_execution_context._step_execution_context, _new_batch()
    checks = [(result, dg.AssetCheckKey(_asset_of(result), str(result.check_name))) for result in results]
    targets = _last_materializations(context.instance, {key.asset_key for _, key in checks})
    step.log.addFilter(lambda record: _NOT_SEEN not in record.getMessage())
    for _, key in checks:
        yield _output(step, step.job_def.asset_layer.get_op_output_name(key), batch)
    for number, (result, key) in enumerate(checks, start=1):
        found = "passed." if result.passed else "did not pass."
        said = f" Description: '{result.description}'" if result.description else ""
        yield dg.DagsterEvent.from_step(
            dg.DagsterEventType.ASSET_CHECK_EVALUATION,
            step,
            dg.AssetCheckEvaluation(
                asset_key=key.asset_key,
                check_name=key.name,
                passed=result.passed,
                metadata=result.metadata,
                target_materialization_data=targets.get(key.asset_key),
                severity=result.severity,
                description=result.description,
                blocking=context.assets_def.get_spec_for_check_key(key).blocking,
            ),
            f"Asset check '{key.name}' on '{key.asset_key.to_user_string()}' {found}{said}",
            DagsterEventBatchMetadata(batch, is_end=number == len(checks)),
        )


def _output(step: StepExecutionContext, name: str | None, batch: str) -> dg.DagsterEvent:
    """What tells the steps after this one that it made this."""
    assert name is not None, "an output of this step"
    step.observe_output(name)
    made = StepOutputData(step_output_handle=StepOutputHandle(step_key=step.step.key, output_name=name))
    said = f'Yielded output "{name}".'
    ends = DagsterEventBatchMetadata(batch, is_end=False)
    return dg.DagsterEvent.from_step(dg.DagsterEventType.STEP_OUTPUT, step, made, said, ends)


def _new_batch() -> str:
    return str(generate_event_batch_id())  # type: ignore[no-untyped-call]


def _waves(step: StepExecutionContext, outputs: Iterable[dg.Output[None]]) -> list[list[dg.Output[None]]]:
    """Outputs that read none of each other, after those that they read."""
    depth: dict[dg.AssetKey, int] = {}
    waves: list[list[dg.Output[None]]] = []
    for output in outputs:
        key = _key(step, output)
        parents = step.job_def.asset_layer.get(key).parent_keys
        depth[key] = max((depth[parent] + 1 for parent in parents if parent in depth), default=0)
        if depth[key] == len(waves):
            waves.append([])
        waves[depth[key]].append(output)
    return waves


def _materializations(
    context: dg.AssetExecutionContext, step: StepExecutionContext, key: dg.AssetKey, output: dg.Output[None]
) -> list[dg.AssetMaterialization]:
    definition = step.op_def.output_def_named(output.output_name)
    months = context.partition_keys if step.job_def.asset_layer.get(key).partitions_def else []
    made = _get_output_asset_events(key, months, output, definition, {}, step, AssetExecutionType.MATERIALIZATION)
    return [event for event in made if isinstance(event, dg.AssetMaterialization)]


def _last_materializations(
    instance: dg.DagsterInstance, assets: Iterable[dg.AssetKey]
) -> dict[dg.AssetKey, AssetCheckEvaluationTargetMaterializationData]:
    entries = [record.asset_entry for record in instance.get_asset_records(sorted(assets))]
    return {
        entry.asset_key: AssetCheckEvaluationTargetMaterializationData(
            storage_id=entry.last_materialization_record.storage_id,
            run_id=entry.last_materialization_record.run_id,
            timestamp=entry.last_materialization_record.timestamp,
        )
        for entry in entries
        if entry.last_materialization_record
    }


def _key(step: StepExecutionContext, output: dg.Output[None]) -> dg.AssetKey:
    key = step.job_def.asset_layer.get_asset_key_for_node_output(step.node_handle, output.output_name)
    assert key is not None, f"{output.output_name} is no asset"
    return key


def _asset_of(result: dg.AssetCheckResult) -> dg.AssetKey:
    assert result.asset_key is not None, f"{result.check_name} names no asset"
    return result.asset_key

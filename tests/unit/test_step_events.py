"""A step that tells its tables and checks together tells what Dagster tells of each by itself."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from revenue_assets.assets.step_events import evaluated, materialized

_MONTHS = dg.StaticPartitionsDefinition(["2025-01", "2025-02"])
_SPECS = [
    dg.AssetSpec("staged", code_version="1"),
    dg.AssetSpec("ladder", deps=["staged"], code_version="1"),
    dg.AssetSpec("rates", code_version="1"),
    dg.AssetSpec("leaks", deps=["ladder", "rates", "staged"], code_version="1"),
]
_CHECKS = [
    dg.AssetCheckSpec("adds_up", asset="ladder", blocking=True),
    dg.AssetCheckSpec("is_known", asset="leaks"),
]


def _run(is_together: bool, partition: str | None) -> tuple[dg.DagsterInstance, Any]:
    """A run of four tables and two checks, one of which warns, and of a table that another step makes of them."""

    @dg.multi_asset(
        specs=[spec.replace_attributes(partitions_def=_MONTHS) if partition else spec for spec in _SPECS],
        check_specs=_CHECKS,
        can_subset=True,
    )
    def models(context: dg.AssetExecutionContext) -> Iterator[Any]:
        outputs = [dg.Output(None, spec.key.to_python_identifier(), metadata={"made": 1}) for spec in _SPECS]
        warned: dict[str, Any] = {
            "severity": dg.AssetCheckSeverity.WARN,
            "description": "2 rows",
            "metadata": {"rows": 2},
        }
        results = [
            dg.AssetCheckResult(passed=True, asset_key="ladder", check_name="adds_up"),
            dg.AssetCheckResult(passed=False, asset_key="leaks", check_name="is_known", **warned),
        ]
        context.add_asset_metadata({"rows": 3}, asset_key="leaks")
        yield from materialized(context, outputs) if is_together else outputs
        yield from evaluated(context, results) if is_together else results

    @dg.asset(deps=["leaks"], partitions_def=_MONTHS if partition else None, code_version="1")
    def versions() -> None: ...

    instance = dg.DagsterInstance.ephemeral()
    return instance, dg.materialize([models, versions], instance=instance, partition_key=partition)


@pytest.mark.parametrize("partition", [None, "2025-02"])
def test_the_same_tables_are_told_with_where_they_come_from(partition: str | None) -> None:
    alone, together = (_tables(*_run(is_together, partition)) for is_together in (False, True))
    assert [name for name, *_ in alone] == ["ladder", "leaks", "rates", "staged", "versions"]
    assert dict(alone[1][-1])["leaks"] == {"ladder", "rates", "staged"}
    assert together == alone


@pytest.mark.parametrize("partition", [None, "2025-02"])
def test_the_same_checks_are_told_of_the_same_tables(partition: str | None) -> None:
    alone, together = (_checks(*_run(is_together, partition)) for is_together in (False, True))
    assert [(name, passed, target) for name, passed, *_, target in alone] == [
        ("adds_up", True, "ladder"),
        ("is_known", False, "leaks"),
    ]
    assert together == alone


def test_nothing_is_said_to_be_missing(capfd: pytest.CaptureFixture[str]) -> None:
    _run(is_together=True, partition=None)
    said = capfd.readouterr().err
    assert "Asset check 'is_known' on 'leaks' did not pass. Description: '2 rows'" in said
    assert "expected outputs" not in said


def _tables(instance: dg.DagsterInstance, result: Any) -> list[tuple[Any, ...]]:
    """Name, month, metadata, data version, and the tables it comes from: by the event that each tag points to."""
    assert result.success
    told = []
    for event in result.get_asset_materialization_events():
        made = event.materialization
        name = made.asset_key.to_user_string()
        pointers = {tag.rpartition("/")[2]: at for tag, at in made.tags.items() if "input_event_pointer" in tag}
        assert {key: _table_at(instance, int(at)) for key, at in pointers.items()} == {key: key for key in pointers}
        versions = made.tags["dagster/data_version"]
        metadata = {key: value.value for key, value in made.metadata.items()}
        told.append((name, made.partition, metadata, versions, [(name, set(pointers))]))
    return sorted(told, key=str)


def _checks(instance: dg.DagsterInstance, result: Any) -> list[tuple[Any, ...]]:
    assert result.success
    return [
        (
            *(one.check_name, one.passed, one.severity, one.description, one.blocking, one.partition),
            {key: value.value for key, value in one.metadata.items()},
            _table_at(instance, one.target_materialization_data.storage_id),
        )
        for one in result.get_asset_check_evaluations()
    ]


def _table_at(instance: dg.DagsterInstance, storage_id: int) -> str:
    """The table that the event with this number tells of."""
    keys = ("staged", "ladder", "rates", "leaks", "versions")
    found = {
        key
        for key in keys
        for record in instance.fetch_materializations(dg.AssetKey(key), limit=10).records
        if record.storage_id == storage_id
    }
    (name,) = found
    return name

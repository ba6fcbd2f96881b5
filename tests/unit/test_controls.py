"""The control catalogue: nothing is missing, the page is what the definitions say, and results are the last ones."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import dagster as dg
import pytest
from typer.testing import CliRunner

from revenue_assets.automation import in_process
from revenue_assets.cli import app
from revenue_assets.controls.catalogue import FOLDED, Control, catalogue, folded, step_of, steps
from revenue_assets.controls.page import PAGE, controls_page
from revenue_assets.controls.results import Outcome, last_results
from revenue_assets.definitions import defs
from revenue_assets.errors import RevenueError

ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


@pytest.fixture(scope="module")
def controls() -> list[Control]:
    return catalogue(defs())


def test_the_page_is_what_the_definitions_say(controls: list[Control]) -> None:
    message = "docs/controls.md is old: write it anew with `python -m revenue_assets.controls.page`"
    assert PAGE.read_text(encoding="utf-8") == controls_page(controls), message


def test_every_check_is_in_the_catalogue_and_every_asset_has_one(controls: list[Control]) -> None:
    graph = defs().resolve_asset_graph()
    assert {control.key for control in controls} == set(graph.asset_check_keys)
    assert len(controls) == len(set(graph.asset_check_keys))
    assert {control.key.asset_key for control in controls} == graph.get_all_asset_keys()
    assert all(control.says for control in controls)


def test_the_steps_are_those_of_the_revenue_chain_and_each_is_guarded(controls: list[Control]) -> None:
    chain = ["delivery", "usage", "metering", "posting", "pricing", "invoicing", "crediting", "collection"]
    chain += ["findings", "reporting"]
    assert [step.name for step in steps()] == chain
    assert {control.step for control in controls if control.is_blocking} == set(chain)


def test_checks_that_say_the_same_are_one_line_and_none_is_lost(controls: list[Control]) -> None:
    lines = folded(controls)
    assert sum(len(group) for _, group in lines) == len(controls)
    assert len(lines) < len(controls) / 2
    for says, group in lines:
        assert len({(control.step, control.kind) for control in group}) == 1
        assert says == group[0].says or says == FOLDED[group[0].kind]


def test_an_asset_without_a_step_is_named() -> None:
    assert step_of("marts/payments/mart_new") == "collection"
    assert step_of("marts/anything/mart_new") == "reporting"
    with pytest.raises(RevenueError, match="no step for intermediate/int_new"):
        step_of("intermediate/int_new")


def report(instance: dg.DagsterInstance, control: Control, passed: bool, severity: dg.AssetCheckSeverity) -> None:
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=control.key.asset_key,
            check_name=control.check,
            passed=passed,
            severity=severity,
            description=None if passed else f"Why {control.check} found something.",
        )
    )


@pytest.fixture
def instance(controls: list[Control]) -> Iterator[dg.DagsterInstance]:
    """The first check passed after it had failed, the second warned, the third failed; the rest were never asked."""
    with dg.DagsterInstance.ephemeral() as ephemeral:
        report(ephemeral, controls[0], False, ERROR)
        report(ephemeral, controls[0], True, ERROR)
        report(ephemeral, controls[1], False, WARN)
        report(ephemeral, controls[2], False, ERROR)
        yield ephemeral


def test_the_last_result_of_each_check_counts(instance: dg.DagsterInstance, controls: list[Control]) -> None:
    results = last_results(instance, controls)
    assert set(results) == {control.key for control in controls}
    found = [results[control.key] for control in controls]
    assert [one.outcome for one in found[:4]] == [Outcome.PASSED, Outcome.WARNED, Outcome.FAILED, Outcome.NEVER_RUN]
    assert found[0].reason is None
    assert found[2].reason == f"Why {controls[2].check} found something."
    assert found[3].at is None
    assert found[0].at is not None
    assert abs((datetime.now(UTC) - found[0].at).total_seconds()) < 600
    assert {one.outcome for one in found[4:]} == {Outcome.NEVER_RUN}


def test_a_check_whose_run_broke_before_it_was_not_asked() -> None:
    check = dg.AssetCheckSpec("right", asset="broken")

    @dg.multi_asset(specs=[dg.AssetSpec("broken")], check_specs=[check])
    def broken() -> Iterator[dg.MaterializeResult[None]]:
        yield from ()
        raise ValueError("no data")

    control = Control("delivery", "broken", "right", "right", "It is right.", is_blocking=True)
    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.materialize([broken], instance=instance, raise_on_error=False)
        assert last_results(instance, [control])[control.key].outcome is Outcome.NOT_ASKED
        assert last_results(instance, [control])[control.key].run_id == run.run_id


@pytest.fixture
def asked(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def opened() -> Iterator[dg.DagsterInstance]:
        yield instance

    monkeypatch.setattr(in_process, "dagster_instance", opened)


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["controls", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_the_command_lists_what_is_wrong_with_its_reason_and_its_page(asked: None, controls: list[Control]) -> None:
    text = printed("--failed")
    assert f"Why {controls[1].check} found something." in text
    assert f"Why {controls[2].check} found something." in text
    assert f"Why {controls[0].check} found something." not in text
    assert f"checkDetail={controls[2].check}" in text
    asked_for = f"1 passed, 1 warned, 1 failed, {len(controls) - 3} never run"
    assert f"2 of {len(controls)} checks found something: {asked_for}." in " ".join(text.split())
    never = sum(control.step == "reporting" for control in controls)
    found_nothing = f"0 of {never} checks found something: {never} never run."  # nothing found is not all well
    assert printed("--failed", "--step", "reporting").strip() == found_nothing


def test_the_command_prints_every_check_for_programs_and_few_lines_for_people(
    asked: None, controls: list[Control]
) -> None:
    rows = list(csv.DictReader(io.StringIO(printed("--format", "csv"))))
    assert [(row["asset"], row["check"]) for row in rows] == [(control.asset, control.check) for control in controls]
    assert [row["last_result"] for row in rows[:4]] == ["passed", "warned", "failed", "never run"]
    of_step = json.loads(printed("--format", "json", "--step", "usage"))
    assert {row["step"] for row in of_step} == {"usage"}
    table = printed("--step", "usage")
    assert f"{len(of_step)} checks: {len(of_step)} never run" in table
    assert len(table.splitlines()) < len(of_step)


def test_a_step_that_there_is_not_is_refused(asked: None) -> None:
    with pytest.raises(
        RevenueError, match="'billing' is not a step of the revenue chain: it is one of delivery, usage"
    ):
        printed("--step", "billing")

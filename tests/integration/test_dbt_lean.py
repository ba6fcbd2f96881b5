"""What is left out of dbt's work changes nothing that it sends, decides or reports."""

import re
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from dbt.contracts.graph.nodes import ModelNode

from revenue_assets.assets import dbt_known_tests, dbt_lean
from revenue_assets.assets.dbt_lean import lean, write_files_of_failures
from revenue_assets.assets.dbt_project import project_in
from revenue_assets.settings import PROJECT_DIR
from tests.integration.conftest import Books

_SOME = ["--full-refresh", "--select", "stg_watched_meters", "severity_thresholds", "stg_disputes+1", "+int_prices"]
_TOLD = ("LogStartLine", "LogModelResult", "LogSeedResult", "LogTestResult", "SkippingDetails")
# The clock in names of tables, and hashed into those of indexes; dbt's comment.
_OF_ONE_RUN = re.compile(r"\d{6,}|\"[0-9a-f]{16,32}\"|/\*.*?\*/", re.DOTALL)


class _Run:
    """One dbt command: what it sent to PostgreSQL, its results and its events, without what differs by the clock."""

    def __init__(self, books: Books, around: AbstractContextManager[Any], *arguments: str) -> None:
        from dbt.adapters.postgres.connections import PostgresConnectionManager
        from dbt.adapters.sql.connections import SQLConnectionManager
        from dbt.cli.main import dbtRunner
        from dbt_common.events.functions import msg_to_dict

        self.sent: list[str] = []
        self.events: list[Any] = []

        def listen(manager: Any, sql: str, *args: Any, **kwargs: Any) -> Any:
            self.sent.append(sql)
            return SQLConnectionManager.add_query(manager, sql, *args, **kwargs)

        def note(message: Any) -> None:
            event = msg_to_dict(message)
            node = event["data"].get("node_info", {})
            if event["info"]["name"] in _TOLD:
                told = {name: node[name] for name in ("unique_id", "node_status", "meta", "node_relation")}
                self.events.append((event["info"]["name"], event["info"]["level"], sorted(told.items(), key=str)))

        places = ["--project-dir", str(PROJECT_DIR / "dbt"), "--profiles-dir", str(PROJECT_DIR / "dbt")]
        places += ["--target-path", str(books.target), "--log-path", str(books.target), "--quiet", "--no-write-json"]
        listening = mock.patch.object(PostgresConnectionManager, "add_query", listen)
        with mock.patch.dict("os.environ", books.address.environment()), around, listening:
            project = project_in(books.address.database).deepcopy()  # an inline query stays in it
            outcome = dbtRunner(project, callbacks=[note]).invoke([*arguments, "--threads", "1", *places])
        self.error = str(outcome.exception or "")
        self.raw_results = getattr(outcome.result, "results", ())
        self.results = [
            (
                result.node.unique_id,
                str(result.status),
                result.message,
                result.failures,
                getattr(result.node, "compiled_code", ""),
            )
            for result in getattr(outcome.result, "results", ())
        ]


@pytest.fixture(scope="module")
def runs(books: Books) -> tuple[_Run, _Run]:
    """The same build as dbt does it, and lean; one check finds something, and one model cannot be built."""
    watched = {"events": 1, "weeks": 1, "hours": 1, "judged_hours": 0, "dispersion": 1}
    books.add("lake.watched_meters", "test", meter_id="m", billing_month="2025-01-01", **watched)
    books.connection.execute("alter table raw.disputes drop column amount cascade")
    books.connection.commit()
    around = (lean(), nullcontext(), lean())
    _, usual, quick = [_Run(books, each, "build", *_SOME) for each in around]  # the first one finds no table there
    return usual, quick


def test_the_same_statements_are_sent(runs: tuple[_Run, _Run]) -> None:
    usual, quick = (Counter(_OF_ONE_RUN.sub("", statement).strip() for statement in run.sent) for run in runs)
    assert any("create  table" in statement for statement in usual)
    assert quick == usual


def test_the_same_results_are_told(runs: tuple[_Run, _Run]) -> None:
    usual, quick = (sorted(run.results, key=str) for run in runs)
    assert {status for _, status, *_ in usual} == {"success", "pass", "warn", "error", "skipped"}
    assert quick == usual


def test_the_same_events_arrive(runs: tuple[_Run, _Run]) -> None:
    usual, quick = (sorted(run.events, key=str) for run in runs)
    assert {name for name, *_ in usual} == set(_TOLD)
    assert quick == usual


def test_only_the_files_of_what_failed_are_written(
    books: Books, runs: tuple[_Run, _Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "target", tmp_path)
    run = _Run(books, lean(), "build", *_SOME)
    assert list(tmp_path.rglob("*.sql")) == []
    write_files_of_failures(run.raw_results)
    failed = {each.node.unique_id.split(".")[2]: each for each in run.raw_results if each.status in ("error", "warn")}
    assert len(failed) > 1
    assert {path.stem for path in (tmp_path / "compiled").rglob("*.sql")} == set(failed)
    assert "stg_disputes" in {path.stem for path in (tmp_path / "run").rglob("*.sql")}


def test_a_disk_without_room_for_these_files_hides_no_failure(
    books: Books, runs: tuple[_Run, _Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "target", tmp_path)
    run = _Run(books, lean(), "build", *_SOME)
    with mock.patch.object(dbt_lean, "_write_node", side_effect=OSError(28, "No space left on device")) as tried:
        write_files_of_failures(run.raw_results)
    assert tried.called


def test_a_macro_that_raises_says_the_same(books: Books) -> None:
    template = "{% if execute %}{{ exceptions.raise_compiler_error('no such month') }}{% endif %}"
    around = (nullcontext(), lean())
    usual, quick = (_Run(books, each, "compile", "--inline", template) for each in around)
    assert "no such month" in usual.error
    assert quick.error == usual.error


def test_a_test_is_rendered_in_the_first_build_and_not_in_the_next(books: Books, runs: tuple[_Run, _Run]) -> None:
    with mock.patch.object(dbt_known_tests, "_compile_code", wraps=dbt_known_tests._compile_code) as rendered:
        again = _Run(books, lean(), "build", *_SOME)
    kinds = {type(call.args[1]) for call in rendered.call_args_list}
    assert ModelNode in kinds
    assert kinds.isdisjoint(dbt_known_tests.TESTS)
    assert sorted(again.results) == sorted(runs[0].results)


@pytest.mark.parametrize("part", ["code", "settings", "macro", "name of what it reads"])
def test_a_test_is_rendered_anew_when_anything_that_it_is_made_of_has_changed(part: str) -> None:
    before = dbt_known_tests.key_of(*_project())
    assert dbt_known_tests.key_of(*_project()) == before
    assert dbt_known_tests.key_of(*_project(part)) != before


def _project(changed: str = "") -> tuple[Any, Any]:
    """A test in a project, as far as keys look at it, one part of which has changed."""
    texts = {part: part for part in ("code", "settings", "macro", "name of what it reads")} | {changed: "another"}
    node = SimpleNamespace(
        unique_id="test.t", raw_code=texts["code"], config=texts["settings"], depends_on=SimpleNamespace(nodes=["m"])
    )
    model = SimpleNamespace(relation_name=texts["name of what it reads"])
    macros = {"macro.m": SimpleNamespace(macro_sql=texts["macro"])}
    return node, SimpleNamespace(nodes={"m": model}, sources={}, macros=macros)

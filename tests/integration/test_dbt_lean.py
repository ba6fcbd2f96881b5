"""What is left out of dbt's work changes nothing that it sends, decides or reports."""

import re
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from unittest import mock

import pytest

from revenue_assets.assets.dbt_lean import lean
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
        from dbt.cli.main import dbtRunner
        from dbt_common.events.functions import msg_to_dict

        self.sent: list[str] = []
        self.events: list[Any] = []
        add_query = PostgresConnectionManager.add_query

        def listen(manager: Any, sql: str, *args: Any, **kwargs: Any) -> Any:
            self.sent.append(sql)
            return add_query(manager, sql, *args, **kwargs)

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
            outcome = dbtRunner(callbacks=[note]).invoke([*arguments, "--threads", "1", *places])
        self.error = str(outcome.exception or "")
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
    around = (lean(books.target), nullcontext(), lean(books.target))
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


def test_a_macro_that_raises_says_the_same(books: Books) -> None:
    template = "{% if execute %}{{ exceptions.raise_compiler_error('no such month') }}{% endif %}"
    around = (nullcontext(), lean(books.target))
    usual, quick = (_Run(books, each, "compile", "--inline", template) for each in around)
    assert "no such month" in usual.error
    assert quick.error == usual.error

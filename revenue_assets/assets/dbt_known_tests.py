"""The SQL of the project's tests, rendered once instead of in every build: 480 of them took half of dbt's time.

What a test is rendered from makes its key: its own code and settings, the project's macros, the names of what it reads,
and dbt itself. None of the project's tests asks the database what to render; one that did must not be kept.
"""

import hashlib
import threading
from importlib.metadata import version
from typing import Any

from dbt.adapters.sql.connections import SQLConnectionManager
from dbt.compilation import Compiler
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import GenericTestNode, SingularTestNode
from dbt.task.test import TestResultData, TestRunner

from revenue_assets.assets.kept import keep, kept

TESTS = (GenericTestNode, SingularTestNode)
_FILE, _MOST = f"tests-{version('dbt-core')}", 5000
_compile_code, _execute, _add_query = (
    Compiler._compile_code,
    TestRunner.execute_data_test,
    SQLConnectionManager.add_query,
)
_known: dict[str, tuple[str, str | None, str]] = {}  # by key: the query, the name of its table, what is sent
_of_thread = threading.local()


def patches() -> list[tuple[Any, str, Any]]:
    """What is put in the place of dbt's own: owner, name and replacement."""
    return [
        (Compiler, "_compile_code", _render),
        (TestRunner, "execute_data_test", _run),
        (SQLConnectionManager, "add_query", _note_sent),
    ]


def load() -> None:
    """Read what earlier processes have rendered."""
    _known.update(kept(_FILE))


def save() -> None:
    """Leave what was rendered to the next process."""
    if len(_known) > _MOST:  # of many earlier states of the project
        _known.clear()
    keep(_FILE, _known)


def count() -> int:
    """How many are known."""
    return len(_known)


def _render(compiler: Compiler, node: Any, manifest: Manifest, extra_context: dict[str, Any] | None = None) -> Any:
    known = _known.get(key_of(node, manifest)) if isinstance(node, TESTS) else None
    if known is None:
        return _compile_code(compiler, node, manifest, extra_context)
    node.compiled_code, node.relation_name, _ = known
    node.compiled = True
    return node


def _run(runner: TestRunner, test: Any, manifest: Manifest) -> TestResultData:
    key = key_of(test, manifest)
    if key not in _known:
        result = _execute(runner, test, manifest)
        _known[key] = (test.compiled_code, test.relation_name, _of_thread.sent)
        return result
    connections = runner.adapter.connections
    _, cursor = connections.add_query(_known[key][2], auto_begin=False)
    failures, should_warn, should_error = cursor.fetchone()
    response = connections.get_response(cursor).to_dict(omit_none=True)
    return TestResultData(int(failures), bool(should_warn), bool(should_error), response)


def _note_sent(manager: SQLConnectionManager, sql: str, *args: Any, **kwargs: Any) -> Any:
    _of_thread.sent = sql
    return _add_query(manager, sql, *args, **kwargs)


def key_of(node: Any, manifest: Manifest) -> str:
    """The key of a test in this state of the project."""
    read = [str(_parent(manifest, unique_id).relation_name) for unique_id in node.depends_on.nodes]
    given = repr(node.test_metadata) if isinstance(node, GenericTestNode) else ""
    parts = (_macros(manifest), node.unique_id, node.raw_code, repr(node.config), given, *read)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _parent(manifest: Manifest, unique_id: str) -> Any:
    return manifest.nodes.get(unique_id) or manifest.sources[unique_id]


def _macros(manifest: Manifest) -> str:
    """All macros, dbt's too, as one value; asked for the same manifest 500 times."""
    known, value = getattr(_of_thread, "macros", (None, ""))
    if known is not manifest:
        texts = "\0".join(macro.macro_sql for _, macro in sorted(manifest.macros.items()))
        value = hashlib.sha256(texts.encode()).hexdigest()
        _of_thread.macros = (manifest, value)
    return value

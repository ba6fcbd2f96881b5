"""What dbt does for each of 600 nodes although nobody reads it or it has done the same before, left out.

Each of these is dbt's own work on one core, while PostgreSQL waits. What dbt decides, which SQL it sends and what it
reports stay as they are (tests/integration/test_dbt_lean.py compares). Only inside `lean`, only in this process.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Any
from unittest import mock

import dbt.clients.jinja as core_jinja
from dbt.adapters.base.impl import BaseAdapter
from dbt.adapters.base.relation import BaseRelation
from dbt.adapters.postgres.connections import PostgresCredentials
from dbt.clients.jinja import MacroGenerator
from dbt.context import providers
from dbt.context.configured import ConfiguredContext
from dbt.context.exceptions_jinja import CONTEXT_EXPORTS, wrapper
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.context.manifest import ManifestContext
from dbt.contracts.graph.nodes import ParsedNode
from dbt.include.global_project import PROJECT_NAME
from dbt_common.clients import agate_helper
from dbt_common.clients import jinja as common_jinja
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager

from revenue_assets.assets import dbt_known_tests
from revenue_assets.assets.kept import keep, kept

_TEMPLATES = f"templates-{version('jinja2')}"
_PARSED_FOR = ("database", "schema")  # what of a connection the parsed project holds: not host, port and user
_make_event, _fire_event = BaseEvent.__init__, EventManager.fire_event
_get_template, _write_node, _type_tester, _make_match = (
    common_jinja.get_template,
    ParsedNode.write_node,
    agate_helper.build_type_tester,
    BaseAdapter._make_match,
)


@contextmanager
def lean() -> Iterator[None]:
    """dbt commands of this process that run in this block do without what nobody reads."""
    if not _codes:
        _codes.update(kept(_TEMPLATES))
        dbt_known_tests.load()
    _held.clear()
    known, known_tests = len(_codes), dbt_known_tests.count()
    replaced: list[tuple[Any, str, Any]] = [
        (BaseEvent, "__init__", _note_event),
        (BaseEvent, "__getattr__", _of_event),
        (EventManager, "fire_event", _fire_unless_debug),
        (common_jinja, "get_template", _template_compiled_once),
        (core_jinja, "get_template", _template_compiled_once),
        (MacroNamespaceBuilder, "build_namespace", _namespace),
        (ManifestContext, "to_dict", _context),
        (ParsedNode, "write_node", _hold_file),
        (agate_helper, "build_type_tester", _type_tester_kept),
        (agate_helper, "empty_table", cache(agate_helper.empty_table)),
        (BaseAdapter, "_make_match", _match_by_name),
        (MacroGenerator, "__init__", _bind),
        (providers, "wrapped_exports", _Exceptions),
        (PostgresCredentials, "_connection_keys", lambda _: _PARSED_FOR),
        *dbt_known_tests.patches(),
    ]
    with ExitStack() as stack:
        for owner, name, ours in replaced:
            stack.enter_context(mock.patch.object(owner, name, ours))
        yield
    if len(_codes) > known:
        keep(_TEMPLATES, _codes)
    if dbt_known_tests.count() > known_tests:
        dbt_known_tests.save()


def _note_event(event: BaseEvent, *args: Any, **kwargs: Any) -> None:
    """Build the message of an event when it is asked for: those of level debug, 9 of 10, never are."""
    object.__setattr__(event, "_given", (args, kwargs))


def _of_event(event: BaseEvent, name: str) -> Any:
    if name == "_given":
        raise AttributeError(name)
    if name != "pb_msg":
        return getattr(event.pb_msg, name)
    args, kwargs = event._given
    _make_event(event, *args, **kwargs)
    return object.__getattribute__(event, "pb_msg")


def _fire_unless_debug(
    manager: EventManager, e: BaseEvent, level: EventLevel | None = None, *args: Any, **kwargs: Any
) -> None:
    if (level or e.level_tag()) != EventLevel.DEBUG:
        _fire_event(manager, e, level, *args, **kwargs)


_codes: dict[tuple[str, bool], Any] = {}


@cache
def _environment(native: bool) -> Any:
    return common_jinja.get_environment(native=native)


def _code(source: str, native: bool) -> Any:
    """The Python code of a template: a process compiles it once, and the next finds it in the checkout."""
    code = _codes.get((source, native))
    if code is None:
        code = _codes[source, native] = _environment(native).compile(source)
    return code


def _template_compiled_once(
    string: str, ctx: dict[str, Any], node: Any = None, capture_macros: bool = False, native: bool = False
) -> Any:
    """A template, whose code the arguments of tests and the hooks of models share."""
    if capture_macros:
        return _get_template(string, ctx, node, capture_macros, native)
    with common_jinja.catch_jinja(node):
        environment, code = _environment(native), _code(str(string), native)
        return environment.template_class.from_code(environment, code, environment.make_globals(ctx))


def _namespace(
    builder: MacroNamespaceBuilder, macros_by_package: Mapping[str, Mapping[str, Any]], ctx: dict[str, Any]
) -> MacroNamespace:
    """All macros bound to one context: the same as dbt's, which adds each of 500 by itself, three times per node."""
    bound = {
        package: {name: MacroGenerator(macro, ctx, builder.node, builder.thread_ctx) for name, macro in macros.items()}
        for package, macros in macros_by_package.items()
    }
    ours = {package: macros for package, macros in bound.items() if package not in builder.internal_package_names}
    internal: dict[str, MacroGenerator] = {}
    for package in reversed(builder.internal_package_names_order):
        internal |= bound.get(package, {})
    root = {} if builder.root_package == builder.search_package else ours.get(builder.root_package, {})
    return MacroNamespace(root, ours.get(builder.search_package, {}), internal, ours)


def _context(context: ManifestContext) -> dict[str, Any]:
    """What templates see: what is nearer hides what is farther."""
    names: object = context.namespace
    if not isinstance(names, MacroNamespace):
        return _context_of_dbt(context)
    visible: dict[str, Any] = ConfiguredContext.to_dict(context)
    visible |= names.global_project_namespace
    visible[PROJECT_NAME] = names.global_project_namespace
    for nearer in (names.packages, names.global_namespace, names.local_namespace):
        visible |= nearer
    return visible


_context_of_dbt: Callable[[ManifestContext], dict[str, Any]] = ManifestContext.to_dict


def _bind(
    macro_of: MacroGenerator, macro: Any, context: dict[str, Any] | None = None, node: Any = None, stack: Any = None
) -> None:
    macro_of.macro, macro_of.context, macro_of.node, macro_of.stack = macro, context, node, stack


class _Exceptions:
    """What templates raise errors with; each function is made when it is asked for."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        if name not in CONTEXT_EXPORTS:
            raise AttributeError(name)
        return wrapper(self._model)(CONTEXT_EXPORTS[name])  # type: ignore[no-untyped-call]


_held: dict[str, list[tuple[ParsedNode, str, str, str]]] = {}


def _hold_file(node: ParsedNode, project_root: str, compiled_path: str, compiled_code: str) -> None:
    _held.setdefault(node.unique_id, []).append((node, project_root, compiled_path, compiled_code))


def write_files_of_failures(results: Iterable[Any]) -> None:
    """The files with the SQL of what failed, to which dbt's messages point; nobody reads those of all the rest.

    Where they cannot be written, on a full disk, the reason of the failure is told all the same.
    """
    for result in results:
        if str(result.status) not in ("success", "pass"):
            for node, project_root, path, code in _held.get(result.node.unique_id, ()):
                with suppress(OSError):
                    _write_node(node, project_root, path, code)
    _held.clear()


def _match_by_name(
    adapter: BaseAdapter, relations_list: Iterable[BaseRelation], database: str, schema: str, identifier: str
) -> list[BaseRelation]:
    """Only what has the name, in whatever case, is compared part by part, not every table of the schema."""
    named = [each for each in relations_list if str(each.identifier).lower() == identifier.lower()]
    return _make_match(adapter, named, database, schema, identifier)


@lru_cache(maxsize=256)
def _type_tester_of(text_columns: tuple[str, ...], null_values: tuple[str, ...]) -> Any:
    return _type_tester(text_columns, null_values)


def _type_tester_kept(text_columns: Iterable[str], string_null_values: Iterable[str] | None = ("null", "")) -> Any:
    return _type_tester_of(tuple(sorted(text_columns)), tuple(string_null_values or ()))

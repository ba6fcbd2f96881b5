"""What the tests of the dbt project say, in a sentence each, for whoever meets one in the UI or in an alert.

A singular test says it itself, in the comment at its head; of a generic one it follows from its arguments. dbt/tests.
"""

import re
from collections.abc import Mapping
from typing import Any

_REF = re.compile(r"(?:ref|source)\((?:'\w+', *)?'(\w+)'\)")
_COMMENT = re.compile(r"\A\s*(--[^\n]*\n)+")


def describe_tests(manifest: Mapping[str, Any]) -> None:
    """Give every test without a description one, where dagster-dbt looks for it: `meta.description`."""
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and not node.setdefault("meta", {}).get("description"):
            node["meta"]["description"] = node.get("description") or meaning(node)


def meaning(test: Mapping[str, Any]) -> str:
    """The sentence of one test of the manifest; empty for a singular test without a comment."""
    generic = test.get("test_metadata")
    return _of_generic(generic["name"], generic["kwargs"]) if generic else _of_singular(test["raw_code"])


def _of_singular(code: str) -> str:
    found = _COMMENT.match(code)
    if not found:
        return ""
    words = " ".join(line.strip().removeprefix("--").strip() for line in found.group().strip().splitlines())
    return f"Must find no row. {words}"


def _of_generic(name: str, given: Mapping[str, Any]) -> str:
    column, columns = given.get("column_name", ""), _listed(given.get("columns", []))
    if name == "grain":
        return f"One row per {columns}, none of them null."
    if name == "never_null":
        return f"Never null: {columns}."
    if name == "rates":
        return f"Shares between 0 and 1: {columns}."
    if name == "unique":
        return f"No two rows have the same {column}."
    if name == "holds":
        return f"True of every row: {' '.join(str(given['statement']).split())}."
    if name == "accepted_values":
        return f"{column} is one of {_listed(given['values'])}."
    if name == "bounds":
        ends = [f"at least {given['at_least']}"] if given.get("at_least") is not None else []
        ends += [f"at most {given['at_most']}"] if given.get("at_most") is not None else []
        return f"{column} is {' and '.join(ends)}."
    if name == "relationships":
        return f"Every {column} is one of {_model(given['to'])}, column {given['field']}."
    if name == "conserves":
        sums = f"the sum of {column} is that of {given['of_column']} in {_model(given['of'])}"
        return f"Nothing is lost or doubled: per {_listed(given['by'])}, {sums}."
    return f"{name}: {given}"


def _listed(names: list[Any]) -> str:
    return ", ".join(map(str, names))


def _model(reference: str) -> str:
    found = _REF.search(reference)
    return found.group(1) if found else reference

"""Named parameters of a source's SELECTs: `:data_dir` becomes an SQL literal.

Text inside quotes and comments is left alone, and so is `::`. Only names that source.toml declares are replaced, so
a struct such as `{'a':b}` keeps its meaning.
"""

import re
from collections.abc import Mapping

from revenue_assets.contract.quoting import literal

Parameter = str | int | float | bool

_TOKEN = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | :: | :(?P<name>[A-Za-z_]\w*)""", re.VERBOSE | re.DOTALL
)


def substitute(statement: str, parameters: Mapping[str, Parameter]) -> str:
    """The statement with each declared `:name` as a literal."""

    def replaced(match: re.Match[str]) -> str:
        name = match["name"]
        return literal(parameters[name]) if name in parameters else match[0]

    return _TOKEN.sub(replaced, statement)


def names_in(statement: str) -> set[str]:
    """Everything in the statement that looks like a parameter."""
    return {match["name"] for match in _TOKEN.finditer(statement) if match["name"]}


def convert(text: str, default: Parameter) -> Parameter:
    """An override from the command line, in the type of the value it replaces; ValueError when it has another."""
    if isinstance(default, bool):
        if text.lower() not in ("true", "false"):
            raise ValueError("true or false")
        return text.lower() == "true"
    if isinstance(default, int):
        try:
            return int(text)
        except ValueError:
            raise ValueError("a whole number") from None
    if isinstance(default, float):
        try:
            return float(text)
        except ValueError:
            raise ValueError("a number") from None
    return text

"""Profiles are TOML files: those in companies/ by their name, a user's own by its path.

A file says what is in `profile.py`, under the same names. With `based_on = "demo"` it says only what is different: each
value at its top, and each value in one of its tables, replaces the one of the same name. A file with a mistake is
refused in one sentence that says which, where and what to do.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from revenue_assets.errors import RevenueError
from revenue_assets.simulation.fields import Rate, refusal
from revenue_assets.simulation.profile import Profile

_FOLDER = Path(__file__).with_name("companies")
_CHECKED = TypeAdapter(Profile)
_UNKNOWN = ("unexpected_keyword_argument", "extra_forbidden")


def profile_names() -> list[str]:
    """The profiles that ship."""
    return sorted(file.stem for file in _FOLDER.glob("*.toml"))


def profile_named(name: str, month_count: int | None = None) -> Profile:
    """The profile that ships under this name or stands in this TOML file, optionally over another number of months.

    Raise RevenueError when there is none, or when the file has a mistake.
    """
    profile = _profile_in(_file_of(name))
    if month_count is None:
        return profile
    if not 3 <= month_count <= 24:
        raise RevenueError(f"A simulation of {month_count} months is not possible: choose between 3 and 24 months.")
    return replace(profile, month_count=month_count)


def _file_of(name: str) -> Path:
    if name in profile_names():
        return _FOLDER / f"{name}.toml"
    file = Path(name).expanduser()
    if file.suffix == ".toml" and file.is_file():
        return file.resolve()
    if file.suffix == ".toml" or "/" in name:
        raise RevenueError(f"There is no file {name}: give the path of a TOML file, or one of {_names()}.")
    raise RevenueError(f"There is no profile '{name}': choose one of {_names()}, or the path of a TOML file.")


def _names() -> str:
    return ", ".join(profile_names())


@cache
def _profile_in(file: Path) -> Profile:
    table = _table_in(file)
    if "name" in table:
        raise RevenueError(f"{file}: name should not be set; the file's own name, {file.stem}, is that of the profile.")
    try:
        return _CHECKED.validate_python(table | {"name": file.stem})
    except ValidationError as error:
        raise RevenueError(f"{file}: {_sentence(error)}") from None


def _table_in(file: Path) -> dict[str, Any]:
    """What the file says, on top of what the one says that it is based on."""
    try:
        own = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RevenueError(f"{file} is not valid TOML: {error}.") from None
    except OSError as error:
        raise RevenueError(f"{file} cannot be read: {error.strerror}.") from None
    base = own.pop("based_on", None)
    if base is None:
        return own
    if base not in profile_names() or _FOLDER / f"{base}.toml" == file:
        raise RevenueError(f"{file}: based_on should be one of {_names()}, not {base!r}.")
    found = _table_in(_FOLDER / f"{base}.toml")
    for name, value in own.items():
        is_table = isinstance(value, dict) and isinstance(found.get(name), dict) and not _is_rate(value)
        found[name] = found[name] | value if is_table else value
    return found


def _is_rate(value: Mapping[str, Any]) -> bool:
    return bool(value) and set(value) <= {"share", "at_least"}


def _sentence(error: ValidationError) -> str:
    """One mistake, an unknown name before all others: where, what, and what it should be."""
    found = error.errors()
    first = next((one for one in found if one["type"] in _UNKNOWN), found[0])
    where, kind = first["loc"], first["type"]
    if kind in _UNKNOWN:
        path, name = _path(where[:-1]), str(where[-1])
        return f"{f'{path}: ' if path else ''}{refusal(name, _names_at(where[:-1]))}"
    if kind == "missing":
        return f"{_path(where)} is missing: add it."
    if kind == "value_error":
        told = ": ".join(part for part in (_path(where), str(first["ctx"]["error"])) if part)
        return told if told.endswith("?") else f"{told}."
    wanted, given = first["msg"].removeprefix("Input should be ").lower(), first["input"]
    if kind.startswith("dataclass"):
        wanted = "a number from 0 to 1 or { share, at_least }" if _is_rate_at(where) else "a table"
    shown = "a table" if isinstance(given, dict) else repr(str(given) if isinstance(given, Decimal) else given)
    return f"{_path(where)} should be {wanted}, not {shown}."


def _path(where: tuple[int | str, ...]) -> str:
    """As in TOML, counting from 1: `organizations[1].plans[2].fee`."""
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in where if part != "[key]")
    return "".join(parts).removeprefix(".")


def _kind_at(where: tuple[int | str, ...]) -> Any:
    """The type of what stands at a place."""
    kind: Any = Profile
    for part in where:
        if is_dataclass(kind):
            kind = get_type_hints(kind)[str(part)]
            named = [one for one in get_args(kind) if is_dataclass(one)]
            kind = named[0] if get_origin(kind) is UnionType and named else kind
        else:
            kind = get_args(kind)[0 if isinstance(part, int) else -1]
    return kind


def _is_rate_at(where: tuple[int | str, ...]) -> bool:
    return _kind_at(where) is Rate


def _names_at(where: tuple[int | str, ...]) -> list[str]:
    """The names that can be set at a place."""
    names = [one.name for one in fields(_kind_at(where))]
    return names if where else [name for name in [*names, "based_on"] if name != "name"]

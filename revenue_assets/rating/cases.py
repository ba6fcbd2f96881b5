"""A file of published cases: those that the raters price, and those outside, each with its reason.

The format is that of tests/data/charge_vectors.json: `vectors`, each with id, model, currency, price, input and
expected. How a model becomes one of the contract's: `translation.py`; what has no counterpart: `outside.toml`.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from revenue_assets.rating.fields import CaseError, Fields
from revenue_assets.rating.terms import Case
from revenue_assets.rating.translation import TRANSLATIONS, OutsideContractError
from revenue_assets.rating.vectors import Vector

_OUTSIDE = Path(__file__).with_name("outside.toml")
_DIGITS = 120  # as the rater's


@dataclass(frozen=True)
class Outside:
    """A case that no rater prices."""

    case_id: str
    model: str
    reason: str


@dataclass
class CaseFile:
    """What a file holds; a vector becomes one case or more, or is outside."""

    vectors: int = 0
    cases: list[Case] = field(default_factory=list)
    outside: list[Outside] = field(default_factory=list)


def read_cases(path: Path) -> CaseFile:
    """Read a file of cases; CaseError, in one sentence, when it or one of its cases cannot be read."""
    entries = _entries(path)
    found, seen = CaseFile(len(entries)), set[str]()
    with localcontext(prec=_DIGITS):
        for number, entry in enumerate(entries, start=1):
            case_id = entry.get("id") if isinstance(entry, Mapping) else None
            if not isinstance(case_id, str) or not case_id:
                raise CaseError(f"Case number {number} of {path} has no id.")
            if case_id in seen:
                raise CaseError(f"Case {case_id} is twice in {path}.")
            seen.add(case_id)
            _add(found, Fields(case_id, "", entry))
    return found


def _add(found: CaseFile, entry: Fields) -> None:
    model = str(entry.get("model"))
    price, given, expected = (
        Fields(entry.case_id, f"{name}.", entry.get(name, {})) for name in ("price", "input", "expected")
    )
    reason = _reason(entry.case_id, model, price, given)
    if reason is None and model not in TRANSLATIONS:
        raise entry.fault("model", f"is {model!r}, which is neither a charge model nor listed as outside")
    if reason is None:
        vector = Vector(entry.case_id, model, str(entry.get("currency", "")), price, given, expected)
        try:
            cases = TRANSLATIONS[model](vector)
        except OutsideContractError as outside:
            reason = str(outside)
        else:
            price.done()
            given.done()
            found.cases.extend(cases)
    if reason is not None:
        found.outside.append(Outside(entry.case_id, model, reason))


def _reason(case_id: str, model: str, price: Fields, given: Fields) -> str | None:
    listed = _listed()
    by_field = next((why for name, why in listed["fields"].items() if name in price or name in given), None)
    return listed["ids"].get(case_id) or by_field or listed["models"].get(model)


@cache
def _listed() -> dict[str, dict[str, str]]:
    return tomllib.loads(_OUTSIDE.read_text(encoding="utf-8"))


def _entries(path: Path) -> list[Any]:
    try:
        content = json.loads(path.read_bytes(), parse_float=Decimal, parse_constant=_refuse)
    except OSError as error:
        raise CaseError(f"The file {path} cannot be read: {error.strerror or error}.") from None
    except ValueError as error:
        raise CaseError(f"The file {path} is no JSON: {error}.") from None
    vectors = content.get("vectors") if isinstance(content, Mapping) else None
    if not isinstance(vectors, list) or not vectors:
        raise CaseError(f'The file {path} has no cases: it should be an object with a list "vectors".')
    return vectors


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")

"""Codes in words and in their natural order, U2 before U10, for pages and pictures."""

import csv
import re
from functools import cache

from revenue_assets.settings import PROJECT_DIR

_CODES = PROJECT_DIR / "dbt" / "seeds" / "leak_codes.csv"


def named(code: str) -> str:
    """The code with its name, such as `U1 unreported usage`."""
    name = _names().get(code, code)
    return code if name == code else f"{code} {name.replace('_', ' ')}"


def natural(code: str) -> tuple[str, int]:
    """The key to sort codes by; those without a number come after the others of their letter."""
    letters, number = re.fullmatch(r"(\D*)(\d*)", code).groups()  # type: ignore[union-attr]  # matches any code
    return letters, int(number or 0)


@cache
def _names() -> dict[str, str]:
    with _CODES.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}

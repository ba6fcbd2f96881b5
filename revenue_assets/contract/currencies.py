"""The currencies of ISO 4217 and their minor units, read from currencies.csv beside this module.

Codes without a minor unit (gold, testing, "no currency") are in the file for completeness but are no currency that an
amount can be rounded in, so the contract does not accept them.
"""

import csv
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("currencies.csv")


@cache
def minor_units() -> dict[str, int]:
    """Decimals of each currency that money can be in: JPY 0, USD 2, KWD 3."""
    with FILE.open(newline="", encoding="utf-8") as lines:
        return {row["code"]: int(row["minor_unit"]) for row in csv.DictReader(lines) if row["minor_unit"]}

"""Scores what was found against what was planted. Pure: two collections in, numbers out.

Null rule: a row that only one side has is missed or false, never skipped. Zero rule: a found amount of zero is false,
unless it was planted: the truth has rows of zero for what is potential only. Tolerance: none; amounts are exact
decimals and compared as such, per currency.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple


class Key(NamedTuple):
    """The grain of a finding."""

    organization_id: str
    account_id: str
    subscription_id: str
    item: str
    period_start: datetime
    currency: str
    code: str


class Item(NamedTuple):
    """The grain of the ladder."""

    organization_id: str
    account_id: str
    subscription_id: str
    item: str
    period_start: datetime
    currency: str


INFERRED = ("U5", "U11")
"""Codes that rest on a likelihood: measured, and not required to be exact."""

Amounts = tuple[Decimal | None, ...]
"""The rungs of an item, from entitled down."""


class Leak(NamedTuple):
    """A planted or a found leak: its key and its signed amount."""

    key: Key
    leak_amount: Decimal


class Decoy(NamedTuple):
    """What must raise nothing; `item` None stands for every item of the period."""

    organization_id: str
    subscription_id: str
    item: str | None
    period_start: datetime
    kind: str


@dataclass(frozen=True)
class CodeScore:
    """How one code did. `amount_error` is the sum of |found - planted| over matched keys, by currency."""

    code: str
    planted: int
    found: int
    matched: int
    amount_error: dict[str, Decimal]
    sign_errors: int
    missed: tuple[Key, ...]
    false: tuple[Key, ...]

    @property
    def precision(self) -> float:
        """The share of what was found that was planted; 1 when nothing was found."""
        return self.matched / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of what was planted that was found; 1 when nothing was planted."""
        return self.matched / self.planted if self.planted else 1.0

    @property
    def is_exact(self) -> bool:
        """Nothing missed, nothing false, every amount right."""
        return not (self.missed or self.false or self.sign_errors or any(self.amount_error.values()))


@dataclass(frozen=True)
class Evaluation:
    """The scores by code, in alphabetical order, and the decoys that were reported as leaks."""

    scores: tuple[CodeScore, ...]
    reported_decoys: tuple[Decoy, ...]

    @property
    def is_exact(self) -> bool:
        """Every code that follows from the inputs is exact and no decoy was reported."""
        deterministic = (score for score in self.scores if score.code not in INFERRED)
        return all(score.is_exact for score in deterministic) and not self.reported_decoys


def evaluate(planted: Iterable[Leak], found: Iterable[Leak], decoys: Iterable[Decoy] = ()) -> Evaluation:
    """Compare by key; a key found more than once is right once and false each further time."""
    truth, rows = {leak.key: leak.leak_amount for leak in planted}, list(found)
    codes = sorted({key.code for key in truth} | {row.key.code for row in rows})
    scores = tuple(_score(code, truth, [row for row in rows if row.key.code == code]) for code in codes)
    periods = {(row.key.organization_id, row.key.subscription_id, row.key.period_start) for row in rows}
    items = {(row.key.organization_id, row.key.subscription_id, row.key.period_start, row.key.item) for row in rows}

    def is_reported(decoy: Decoy) -> bool:
        period = (decoy.organization_id, decoy.subscription_id, decoy.period_start)
        return period in periods if decoy.item is None else (*period, decoy.item) in items

    return Evaluation(scores, tuple(decoy for decoy in decoys if is_reported(decoy)))


def differing_rungs(expected: Mapping[Item, Amounts], found: Mapping[Item, Amounts]) -> list[Item]:
    """The items whose ladder is not as simulated, on any rung, in order.

    Null rule: a rung without an amount differs from every amount. Zero rule: an item that one side does not have is
    zero on all rungs there. Tolerance: none.
    """
    nothing = (Decimal(0),)

    def rungs(side: Mapping[Item, Amounts], item: Item, count: int) -> Amounts:
        return side.get(item, nothing * count)

    count = max((len(amounts) for amounts in [*expected.values(), *found.values()]), default=0)
    items = sorted({*expected, *found})
    return [item for item in items if rungs(expected, item, count) != rungs(found, item, count)]


def _score(code: str, truth: dict[Key, Decimal], found: list[Leak]) -> CodeScore:
    planted = {key for key in truth if key.code == code}
    first = {row.key: row.leak_amount for row in reversed(found)}
    matched = planted & set(first)
    repeated = [key for key, times in Counter(row.key for row in found).items() for _ in range(times - 1)]
    error: dict[str, Decimal] = {key.currency: Decimal(0) for key in sorted(matched)}
    for key in matched:
        error[key.currency] += abs(first[key] - truth[key])
    return CodeScore(
        code=code,
        planted=len(planted),
        found=len(found),
        matched=len(matched),
        amount_error=error,
        sign_errors=sum((first[key] > 0) != (truth[key] > 0) for key in matched),
        missed=tuple(sorted(planted - matched)),
        false=tuple(sorted([*(set(first) - planted), *repeated])),
    )

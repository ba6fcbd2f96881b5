"""Which findings were right: the rows from which confidence is learned and by which it is scored.

A finding is right when the truth has a leak of the same key and sign; how far its amount is off is scored apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from revenue_assets.accuracy.evaluation import Key, Leak

_FOUND = Path(__file__).with_name("judged_findings.sql")


class Judged(NamedTuple):
    """A finding: its code and parts, the confidence it was given, and whether it was right."""

    code: str
    parts: str
    confidence: float | None
    is_right: bool


@dataclass(frozen=True)
class Bin:
    """A row of the reliability table: findings whose confidence lies in `[low, high)`, the last bin with its end."""

    low: float
    high: float
    findings: int
    mean_confidence: float
    right_rate: float


def judge(planted: Iterable[Leak], connection: psycopg.Connection[Any], organizations: list[str]) -> list[Judged]:
    """The findings of these organizations, each compared with what was planted."""
    is_positive = {leak.key: leak.leak_amount > 0 for leak in planted}
    rows = connection.execute(_FOUND.read_bytes(), {"organizations": organizations}).fetchall()
    return [Judged(row[6], row[9], row[8], is_positive.get(Key(*row[:7])) == (row[7] > 0)) for row in rows]


def brier_score(findings: Iterable[Judged]) -> float | None:
    """The mean squared distance between confidence and being right: 0 is perfect; None without any confidence."""
    errors = [(one.confidence - one.is_right) ** 2 for one in findings if one.confidence is not None]
    return sum(errors) / len(errors) if errors else None


def reliability(findings: Iterable[Judged], bins: int = 10) -> list[Bin]:
    """Findings by their confidence; bins without any are left out."""
    sorted_in: dict[int, list[tuple[float, bool]]] = {}
    for one in findings:
        if one.confidence is not None:
            position = min(int(one.confidence * bins), bins - 1)
            sorted_in.setdefault(position, []).append((one.confidence, one.is_right))
    return [
        Bin(
            low=position / bins,
            high=(position + 1) / bins,
            findings=len(inside),
            mean_confidence=sum(confidence for confidence, _ in inside) / len(inside),
            right_rate=sum(is_right for _, is_right in inside) / len(inside),
        )
        for position, inside in sorted(sorted_in.items())
    ]

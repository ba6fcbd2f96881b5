"""Scores of several evaluations as one: counts and amounts add up, shares are taken of the sums."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from revenue_assets.accuracy.calibration_runs import Run
from revenue_assets.accuracy.code_names import natural
from revenue_assets.accuracy.evaluation import CodeScore


@dataclass(frozen=True)
class Pooled:
    """How a code did over several companies. `amount_error` is by currency, and currencies are never added up."""

    code: str
    planted: int
    found: int
    matched: int
    sign_errors: int
    amount_error: dict[str, Decimal]

    @property
    def precision(self) -> float | None:
        """The share of what was found that was planted; None when nothing was found."""
        return self.matched / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """The share of what was planted that was found; None when nothing was planted."""
        return self.matched / self.planted if self.planted else None


def pooled(scores: Iterable[CodeScore]) -> list[Pooled]:
    """One row per code, in their natural order."""
    by_code: dict[str, list[CodeScore]] = {}
    for score in scores:
        by_code.setdefault(score.code, []).append(score)
    return [_sum_of(code, of_code) for code, of_code in sorted(by_code.items(), key=lambda one: natural(one[0]))]


def totals_of(runs: Sequence[Run]) -> Counter[str]:
    """Counts that are of no code: decoys and reported ones, rows of the ladder and unbalanced ones, differing items."""
    totals: Counter[str] = Counter()
    for run in runs:
        totals["decoys"] += len(run.evidence.decoys)
        totals["reported_decoys"] += len(run.evaluation.reported_decoys)
        totals["ladder_rows"] += run.evidence.ladder_rows
        totals["unbalanced_rows"] += run.evidence.unbalanced_rows
        totals["differing_items"] += len(run.differing)
    return totals


def _sum_of(code: str, scores: Sequence[CodeScore]) -> Pooled:
    error: dict[str, Decimal] = {}
    for score in scores:
        for currency, amount in score.amount_error.items():
            error[currency] = error.get(currency, Decimal(0)) + amount
    return Pooled(
        code=code,
        planted=sum(score.planted for score in scores),
        found=sum(score.found for score in scores),
        matched=sum(score.matched for score in scores),
        sign_errors=sum(score.sign_errors for score in scores),
        amount_error=error,
    )

"""Confidence from judged findings: how often findings of a code and of the same parts were right.

Per code a logistic regression on the parts puts them in order, from the least to the most sure, and an isotonic
regression turns that order into shares: never falling, and pooled where the numbers are too few to tell apart. Nothing
is typed in but how many findings a number needs. Pure; scikit-learn is imported when it is needed.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import combinations
from pathlib import Path

from revenue_assets.accuracy.judging import Judged
from revenue_assets.settings import PROJECT_DIR

SEED = PROJECT_DIR / "dbt" / "seeds" / "confidence.csv"
FINDINGS_OF_A_CODE = 30  # fewer say nothing about the code: its findings have no confidence
FINDINGS_OF_PARTS = 5  # of the same parts


@dataclass(frozen=True)
class Measured:
    """A row of the seed: the confidence of findings of a code with the same parts, and what it was measured on."""

    code: str
    parts: str
    confidence: float
    findings: int
    right_findings: int
    runs: int


def calibrate(runs: Sequence[Sequence[Judged]]) -> list[Measured]:
    """What the findings of these runs say, by code and parts; codes and parts with too few are left out."""
    by_code: dict[str, dict[str, list[tuple[int, bool]]]] = {}
    for run, findings in enumerate(runs):
        for one in findings:
            by_code.setdefault(one.code, {}).setdefault(one.parts, []).append((run, one.is_right))
    measured = []
    for code, by_parts in sorted(by_code.items()):
        if sum(map(len, by_parts.values())) < FINDINGS_OF_A_CODE:
            continue
        confidences = _calibrated({parts: [right for _, right in found] for parts, found in by_parts.items()})
        measured += [
            Measured(
                code=code,
                parts=parts,
                confidence=round(confidences[parts], 4),
                findings=len(found),
                right_findings=sum(right for _, right in found),
                runs=len({run for run, _ in found}),
            )
            for parts, found in sorted(by_parts.items())
            if len(found) >= FINDINGS_OF_PARTS
        ]
    return measured


def with_confidence(findings: Iterable[Judged], measured: Iterable[Measured]) -> list[Judged]:
    """The findings with the confidence that these measurements give them."""
    known = {(row.code, row.parts): row.confidence for row in measured}
    return [one._replace(confidence=known.get((one.code, one.parts))) for one in findings]


def held_out(runs_by_seed: Mapping[int, Sequence[Sequence[Judged]]]) -> list[Judged]:
    """Every finding with the confidence that the runs of all other seeds give it: what the score may be taken of."""
    judged = []
    for seed, runs in runs_by_seed.items():
        others = [run for other, those in runs_by_seed.items() if other != seed for run in those]
        measured = calibrate(others)
        for run in runs:
            judged += with_confidence(run, measured)
    return judged


def write_seed(measured: Iterable[Measured], file: Path = SEED) -> None:
    """Replace the seed from which dbt gives findings their confidence."""
    with file.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow([field.name for field in fields(Measured)])
        writer.writerows(
            [row.code, row.parts, f"{row.confidence:.4f}", row.findings, row.right_findings, row.runs]
            for row in measured
        )


def _calibrated(by_parts: Mapping[str, Sequence[bool]]) -> dict[str, float]:
    """The confidence of each combination of parts of one code."""
    rights = [right for found in by_parts.values() for right in found]
    if len(set(rights)) == 1:
        return dict.fromkeys(by_parts, float(rights[0]))

    import numpy as np
    from sklearn.isotonic import IsotonicRegression
    from sklearn.linear_model import LogisticRegression

    # A part may matter only beside another one, so pairs of parts count too.
    features = {parts: {*parts.split(), *combinations(parts.split(), 2)} for parts in by_parts}
    every = sorted({feature for own in features.values() for feature in own}, key=str)
    table = np.array([[feature in own for feature in every] for own in features.values()], dtype=float)
    counts = [len(found) for found in by_parts.values()]
    findings = np.repeat(table, counts, axis=0)
    order = LogisticRegression().fit(findings, rights)
    isotonic = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    isotonic.fit(order.predict_proba(findings)[:, 1], np.array(rights, dtype=float))
    shares = isotonic.predict(order.predict_proba(table)[:, 1])
    return {parts: float(share) for parts, share in zip(by_parts, shares, strict=True)}

"""One closed simulated company, scored: leaks against the truth, the ladder, and the confidence of findings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from revenue_assets.accuracy.evaluation import Evaluation, Item, differing_rungs, evaluate
from revenue_assets.accuracy.evaluation_inputs import Evidence, gather, simulated_organizations
from revenue_assets.accuracy.judging import Judged, judge


@dataclass(frozen=True)
class Scored:
    """What the comparison came to; `differing` are the items whose rungs are not as simulated."""

    evidence: Evidence
    evaluation: Evaluation
    differing: list[Item]
    judged: list[Judged]

    @property
    def is_exact(self) -> bool:
        """Every code, every decoy, every row of the ladder."""
        return self.evaluation.is_exact and not self.evidence.unbalanced_rows and not self.differing


def score(home: Path, connection: psycopg.Connection[Any]) -> Scored:
    """Compare the company in `home` with what was closed; CloseError when one of the two is not there."""
    organizations = simulated_organizations(home)
    evidence = gather(home, connection)
    return Scored(
        evidence=evidence,
        evaluation=evaluate(evidence.planted, evidence.found, evidence.decoys),
        differing=differing_rungs(evidence.expected_rungs, evidence.found_rungs),
        judged=judge(evidence.planted, connection, organizations),
    )

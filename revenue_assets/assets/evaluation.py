"""Group `evaluation`: how right the findings are where the truth is known, that is, on the simulated company.

No part of the monthly close: it reads marts and draws, and says nothing about real sources. The comparison is in
`accuracy/scoring.py`, the picture in `accuracy/plot.py`.
"""

from base64 import b64encode
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import dagster as dg

from revenue_assets.assets.metadata import OWNERS
from revenue_assets.errors import CloseError
from revenue_assets.settings import get_settings
from revenue_assets.warehouse.connection import connect

if TYPE_CHECKING:
    from revenue_assets.accuracy.scoring import Scored

GROUP = "evaluation"
EXACT = "planted_leaks_are_found_to_the_cent"


def evaluation_assets() -> list[dg.AssetsDefinition]:
    """The assets of this module."""

    key = dg.AssetKey([GROUP, "accuracy"])
    exact = dg.AssetCheckSpec(
        EXACT,
        asset=key,
        description="On the simulated company every planted leak is found with its amount, nothing else is, and the "
        "ladder conserves every cent; codes that are inferred are judged by their bounds.",
    )

    spec = dg.AssetSpec(
        key,
        deps=[dg.AssetKey(["marts", "revmatch_leaks"]), dg.AssetKey(["marts", "mart_revenue_ladder"])],
        description="The findings on the simulated company against what was planted: precision, recall, amount error, "
        "decoys and confidence. Without a simulated company it only says so.",
        group_name=GROUP,
        owners=OWNERS,
        kinds={"python", "postgres"},
    )

    @dg.multi_asset(name="evaluation__accuracy", specs=[spec], check_specs=[exact])
    def accuracy() -> Iterator[dg.MaterializeResult[None]]:
        # The simulation and its libraries: a second of every start, and no close needs them.
        from revenue_assets.accuracy.evaluation_inputs import simulated_organizations
        from revenue_assets.accuracy.scoring import score

        home = get_settings().home
        try:
            simulated_organizations(home)  # asked first: without a simulation no server needs to start
            with connect() as connection:
                scored = score(home, connection)
        except CloseError as error:  # nothing simulated, or not closed: a fact about this installation, no fault
            metadata: dict[str, Any] = {"not_evaluated": str(error)}
            result = _exactness(False, f"Nothing was evaluated: {error}")
        else:
            metadata = score_metadata(scored)
            reason = None if scored.is_exact else "The findings are not what was planted: see the table of codes."
            result = _exactness(scored.is_exact, reason)
        yield dg.MaterializeResult(asset_key=key, metadata=metadata, check_results=[result])

    return [accuracy]


def _exactness(is_exact: bool, reason: str | None) -> dg.AssetCheckResult:
    """A warning when it is not so: it says nothing about any real source."""
    return dg.AssetCheckResult(
        check_name=EXACT, passed=is_exact, severity=dg.AssetCheckSeverity.WARN, description=reason
    )


def score_metadata(scored: "Scored") -> dict[str, Any]:
    """The score as Dagster shows it: numbers that can be followed over time, tables and the picture."""
    from revenue_assets.accuracy.judging import brier_score
    from revenue_assets.accuracy.plot import accuracy_plot

    evidence, scores = scored.evidence, scored.evaluation.scores
    months = f"{evidence.months[0]} to {evidence.months[-1]}"
    title = f"Simulated company {evidence.profile}, seed {evidence.seed}, {months}"
    picture = b64encode(accuracy_plot(title, scores, scored.judged)).decode()
    brier = brier_score(scored.judged)
    found, matched = sum(one.found for one in scores), sum(one.matched for one in scores)
    planted = sum(one.planted for one in scores)
    return {
        "company": title,
        "is_exact": scored.is_exact,
        "precision": matched / found if found else 1.0,
        "recall": matched / planted if planted else 1.0,
        "sign_errors": sum(one.sign_errors for one in scores),
        "reported_decoys": len(scored.evaluation.reported_decoys),
        "unbalanced_ladder_rows": evidence.unbalanced_rows,
        "items_not_as_simulated": len(scored.differing),
        **({} if brier is None else {"brier_score": brier}),
        "codes": dg.MetadataValue.md(_codes(scored)),
        "picture": dg.MetadataValue.md(f"![{title}](data:image/png;base64,{picture})"),
    }


def _codes(scored: "Scored") -> str:
    lines = ["| code | planted | found | precision | recall | amount error |", "|---|--:|--:|--:|--:|--:|"]
    for one in scored.evaluation.scores:
        errors = [f"{amount:,.2f} {currency}" for currency, amount in sorted(one.amount_error.items()) if amount]
        rates = f"{one.precision:.3f} | {one.recall:.3f}"
        lines.append(f"| {one.code} | {one.planted:,} | {one.found:,} | {rates} | {', '.join(errors) or '0.00'} |")
    return "\n".join(lines)

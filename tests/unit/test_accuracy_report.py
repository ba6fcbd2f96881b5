"""What is shown of a score: page, picture and metadata tell what was compared, and nothing nicer."""

from base64 import b64decode
from contextlib import nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pytest

from revenue_assets.accuracy.calibration import Measured
from revenue_assets.accuracy.calibration_runs import Run, World
from revenue_assets.accuracy.code_names import natural
from revenue_assets.accuracy.evaluation import Decoy, Key, Leak, evaluate
from revenue_assets.accuracy.evaluation_inputs import Evidence
from revenue_assets.accuracy.judging import Judged
from revenue_assets.accuracy.page import accuracy_page
from revenue_assets.accuracy.pooling import pooled
from revenue_assets.assets import evaluation
from revenue_assets.assets.evaluation import evaluation_assets, score_metadata

START = datetime(2025, 3, 1, tzinfo=UTC)


def leak(code: str, amount: str, account: str) -> Leak:
    return Leak(Key("org", account, f"sub_{account}", "tokens", START, "USD", code), Decimal(amount))


def run(delivery: str, planted: list[Leak], found: list[Leak], judged: list[Judged]) -> Run:
    """A company of which this was planted and found; one decoy, and a ladder of ten rows that is conserved."""
    decoys = [Decoy("org", "sub_z", None, START, "zero_usage")]
    evidence = Evidence("small", 1, ["2025-03"], planted, decoys, found, 10, 0, {}, {})
    return Run(evidence, evaluate(planted, found, decoys), [], judged, World("small", 1, delivery))


# Two of U1 planted: one found a dollar too high, one missed; one of R1 found that is none.
PLANTED = [leak("U1", "5", "a"), leak("U1", "7", "b")]
FOUND = [leak("U1", "6", "a"), leak("R1", "1", "c")]
JUDGED = [Judged("U1", "event_id final", 0.75, True), Judged("R1", "final", None, False)]
WRONG = run("perfect", PLANTED, FOUND, JUDGED)


def test_the_page_has_every_number_and_says_what_has_no_confidence() -> None:
    measured = [Measured("U1", "event_id final", 0.75, 40, 30, 2)]
    page = accuracy_page([WRONG, run("late_documents", PLANTED, PLANTED, [])], measured, JUDGED)
    assert "| R1 wrong price | 0 | 1 | 0.000 |  | 0.00 | 0 |" in page
    assert "| U1 unreported usage | 2 | 1 | 1.000 | 0.500 | 1.00 USD | 0 |" in page
    assert "Decoys reported: 0 of 1." in page
    assert "* seed 1, missed U1: org sub_b tokens from 2025-03-01" in page
    assert "* seed 1, false R1: org sub_c tokens from 2025-03-01" in page
    assert "| U5 unmapped account | 0 | 0 |  |  | 0.00 | 0 |" in page
    assert "| `perfect` | 2 | 1 | 0.500 | 1 | R1 |" in page
    assert "| `late_documents` | 0 | 0 |  | 0 | none |" in page
    assert "1 of 2 findings have one. Brier score 0.0625;" in page  # 0.25 squared
    assert "| 0.7 to 0.8 | 1 | 0.750 | 1.000 |" in page
    assert "| U1 unreported usage | 40 | 0.750 | 0.7500 | 0.0625 |" in page
    assert "Fewer than 30 findings were measured of R1: they have none." in page


def test_scores_of_several_companies_add_up() -> None:
    rows = {row.code: row for row in pooled([*WRONG.evaluation.scores, *WRONG.evaluation.scores])}
    assert (rows["U1"].planted, rows["U1"].matched, rows["U1"].recall) == (4, 2, 0.5)
    assert rows["U1"].amount_error == {"USD": Decimal(2)}


def test_codes_are_in_their_natural_order() -> None:
    assert sorted(["unposted", "U10", "U2", "B1"], key=natural) == ["B1", "U2", "U10", "unposted"]


def test_the_asset_shows_the_score_and_a_picture() -> None:
    metadata = score_metadata(WRONG)
    assert metadata["is_exact"] is False
    assert (metadata["precision"], metadata["recall"], metadata["brier_score"]) == (0.5, 0.5, 0.0625)
    assert "| U1 | 2 | 1 | 1.000 | 0.500 | 1.00 USD |" in metadata["codes"].value
    before, _, picture = metadata["picture"].value.partition("(data:image/png;base64,")
    assert before == "![Simulated company small, seed 1, 2025-03 to 2025-03]"
    assert b64decode(picture.removesuffix(")")).startswith(b"\x89PNG")


def test_a_picture_of_nothing_is_still_one() -> None:
    empty = run("perfect", [], [], [])
    assert "brier_score" not in score_metadata(empty)


@pytest.mark.usefixtures("home")
def test_without_a_simulated_company_the_asset_says_so(tmp_path: Path) -> None:
    result = dg.materialize(evaluation_assets(), instance=dg.DagsterInstance.ephemeral())
    (materialization,) = result.asset_materializations_for_node("evaluation__accuracy")
    assert "Nothing is simulated" in str(materialization.metadata["not_evaluated"].value)
    (check,) = result.get_asset_check_evaluations()
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "Nothing was evaluated: Nothing is simulated" in (check.description or "")


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("found", "is_exact"), [(PLANTED, True), (FOUND, False)])
def test_the_check_of_the_asset_is_quiet_when_what_is_found_was_planted(
    monkeypatch: pytest.MonkeyPatch, found: list[Leak], is_exact: bool
) -> None:
    scored = run("perfect", PLANTED, found, [])
    monkeypatch.setattr("revenue_assets.accuracy.evaluation_inputs.simulated_organizations", lambda home: [])
    monkeypatch.setattr(evaluation, "connect", nullcontext)
    monkeypatch.setattr("revenue_assets.accuracy.scoring.score", lambda home, connection: scored)
    result = dg.materialize(evaluation_assets(), instance=dg.DagsterInstance.ephemeral())
    (check,) = result.get_asset_check_evaluations()
    assert check.passed is is_exact

"""Confidence is what was measured: shares by code and parts, never from the findings it is scored on."""

import csv
from pathlib import Path

import pytest

from revenue_assets.accuracy.calibration import Measured, calibrate, held_out, with_confidence, write_seed
from revenue_assets.accuracy.judging import Bin, Judged, brier_score, reliability


def findings(code: str, parts: str, right: int, wrong: int = 0) -> list[Judged]:
    """So many right and wrong findings, without a confidence yet."""
    return [Judged(code, parts, None, number < right) for number in range(right + wrong)]


def confidences(measured: list[Measured]) -> dict[tuple[str, str], float]:
    return {(row.code, row.parts): row.confidence for row in measured}


def test_a_code_that_was_always_right_is_certain_and_one_that_never_was_is_not() -> None:
    measured = calibrate([findings("R1", "final large", 40) + findings("U9", "final large", 0, 40)])
    assert confidences(measured) == {("R1", "final large"): 1.0, ("U9", "final large"): 0.0}
    assert [(row.findings, row.right_findings, row.runs) for row in measured] == [(40, 40, 1), (40, 0, 1)]


def test_parts_get_the_share_of_theirs_that_was_right() -> None:
    run = findings("U1", "event_id complete", 60) + findings("U1", "event_id sparse", 10, 30)
    run += findings("U1", "natural_key complete", 20, 20)
    assert confidences(calibrate([run])) == {
        ("U1", "event_id complete"): 1.0,
        ("U1", "event_id sparse"): 0.25,
        ("U1", "natural_key complete"): 0.5,
    }


def test_a_part_that_matters_only_beside_another_is_seen() -> None:
    run = findings("U1", "event_id final", 40) + findings("U1", "event_id running", 40)
    run += findings("U1", "natural_key final", 30, 10) + findings("U1", "natural_key running", 0, 40)
    found = confidences(calibrate([run]))
    assert found["U1", "event_id running"] == 1.0
    assert found["U1", "natural_key final"] == 0.75


def test_too_few_findings_say_nothing() -> None:
    run = findings("B5", "final large", 29) + findings("U1", "final large", 26) + findings("U1", "final small", 4)
    assert confidences(calibrate([run])) == {("U1", "final large"): 1.0}  # 30 of U1, but only 4 small ones


def test_runs_are_counted() -> None:
    (row,) = calibrate([findings("R1", "final", 20), findings("R1", "final", 20), findings("U1", "final", 1)])
    assert (row.findings, row.runs) == (40, 2)


def test_what_is_scored_was_not_learned_from() -> None:
    always_right, always_wrong = findings("U1", "final", 40), findings("U1", "final", 0, 40)
    judged = held_out({1: [always_right], 2: [always_wrong]})
    assert {(one.is_right, one.confidence) for one in judged} == {(True, 0.0), (False, 1.0)}


def test_what_was_not_measured_has_no_confidence() -> None:
    measured = [Measured("U1", "final", 0.5, 40, 20, 1)]
    found = with_confidence([*findings("U1", "final", 1), *findings("U1", "open", 1)], measured)
    assert [one.confidence for one in found] == [0.5, None]


def test_the_brier_score_is_the_mean_squared_distance() -> None:
    found = [Judged("U1", "", 0.9, True), Judged("U1", "", 0.5, False), Judged("U1", "", None, False)]
    assert brier_score(found) == pytest.approx((0.01 + 0.25) / 2)
    assert brier_score(found[2:]) is None


def test_the_reliability_table_sorts_by_confidence_and_one_is_in_the_last_bin() -> None:
    found = [Judged("U1", "", 0.25, True), Judged("U1", "", 0.25, False), Judged("U1", "", 1.0, True)]
    assert reliability(found) == [Bin(0.2, 0.3, 2, 0.25, 0.5), Bin(0.9, 1.0, 1, 1.0, 1.0)]


def test_the_seed_has_what_dbt_reads(tmp_path: Path) -> None:
    write_seed([Measured("U1", "event_id final", 0.25, 40, 10, 3)], tmp_path / "confidence.csv")
    with (tmp_path / "confidence.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row == {
        "code": "U1",
        "parts": "event_id final",
        "confidence": "0.2500",
        "findings": "40",
        "right_findings": "10",
        "runs": "3",
    }

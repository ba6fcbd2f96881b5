"""The simulated company: everything planted is found, to the cent, and closing a month again changes nothing."""

import shutil

import pytest
from typer.testing import CliRunner

from revenue_assets.cli import app
from tests.end_to_end.installation import Installation


@pytest.fixture(scope="module")
def simulated(shared: Installation) -> Installation:
    with shared.active():
        result = CliRunner().invoke(app, ["simulate", "--profile", "small"], catch_exceptions=False)
    assert result.exit_code == 0
    printed = shared.close("simulated")
    assert "Ladder" in printed
    assert "not delivered" in printed  # no prepaid balance is simulated
    return shared


def test_every_planted_leak_is_found_and_nothing_else(simulated: Installation) -> None:
    with simulated.active():
        result = CliRunner().invoke(app, ["evaluate"])
    assert result.exit_code == 0, result.output
    assert "All codes are exact" in result.output


def test_closing_one_month_again_leaves_every_table_as_it_was(simulated: Installation) -> None:
    before = simulated.fingerprint()
    simulated.close("simulated", "2025-11", "2025-11")
    assert simulated.fingerprint() == before


def test_the_pipeline_never_reads_the_truth(simulated: Installation) -> None:
    truth = simulated.home / "simulated_truth"
    before = simulated.fingerprint()
    hidden = truth.rename(truth.with_name("hidden"))
    try:
        simulated.close("simulated", "2025-12", "2025-12")
    finally:
        shutil.move(hidden, truth)
    assert simulated.fingerprint() == before

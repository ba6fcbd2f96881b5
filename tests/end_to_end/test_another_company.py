"""One company is simulated after another in one installation: only the newer one is left, and all of it is right."""

from collections.abc import Callable
from pathlib import Path

from typer.testing import CliRunner

from revenue_assets.cli import app
from tests.end_to_end.installation import Installation

COMPANY = """
based_on = "small"
accounts = 6
first_month = "{first_month}"
month_count = {month_count}
"""
FORGOT = "Forgot what was closed of the company simulated before: "


def simulate(installation: Installation, file: Path, seed: int = 1) -> str:
    with installation.active():
        result = CliRunner().invoke(
            app, ["simulate", "--profile", str(file), "--seed", str(seed)], catch_exceptions=False
        )
    assert result.exit_code == 0, result.output
    return result.output


def test_the_newer_company_is_exact_after_an_older_one_of_other_months(
    new_installation: Callable[[str], Installation], tmp_path: Path
) -> None:
    installation = new_installation("another_company")
    older, newer = tmp_path / "older.toml", tmp_path / "newer.toml"
    older.write_text(COMPANY.format(first_month="2025-07", month_count=3))
    newer.write_text(COMPANY.format(first_month="2025-09", month_count=3))

    assert FORGOT not in simulate(installation, newer), "nothing was closed"
    assert FORGOT not in simulate(installation, older), "nothing was closed"
    installation.close("simulated", is_checked=False)
    before = installation.fingerprint()
    assert FORGOT not in simulate(installation, older), "it is the same"
    assert installation.fingerprint() == before

    assert FORGOT in simulate(installation, newer)
    assert not list((installation.home / "lake").rglob("*.parquet"))
    installation.close("simulated")
    months = installation.rows("select distinct to_char(billing_month, 'YYYY-MM') from intermediate.int_billed_lines")
    assert min(months) >= ("2025-09",)
    with installation.active():
        result = CliRunner().invoke(app, ["evaluate"])
    assert result.exit_code == 0, result.output

"""Bad data at the doorstep: a close stops before anything is computed from them, says why, and shows the rows."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from revenue_assets.cli import app
from tests.end_to_end.installation import Installation

SELECTS = {
    "usage_events": """
        select 'e' || number as event_id, 'alice' as account_id, 'call' as event_name,
            timestamptz '2025-01-05 00:00:00+00' + to_hours(number) as occurred_at, 1 as units
        from range(200) as numbers (number)
    """,
    "reported_usage": """
        select 'alice' as account_id, 'call' as meter_id, timestamptz '2025-01-01 00:00:00+00' as window_start,
            timestamptz '2025-02-01 00:00:00+00' as window_end, 200 as units
        from range(:copies)
    """,
    "accounts": """
        select 'alice' as account_id, 'Alice' as name, 'USD' as currency, '2025-01-01T00:00:00Z' as created_at
    """,
    "meters": "select 'call' as meter_id, 'Calls' as name, 'call' as unit, 'sum' as aggregation",
    "plans": "select 'p' as plan_id, 'Plan' as name, 'month' as billing_interval, 'USD' as currency",
    "subscriptions": """
        select 'sub' as subscription_id, 'alice' as account_id, 'p' as plan_id, 'active' as status,
            '2025-01-01T00:00:00Z' as started_at
    """,
    "invoices": """
        select 'in_' || number as invoice_id, 'alice' as account_id, 'open' as status, 'USD' as currency,
            timestamptz '2025-02-01 00:00:00+00' as issued_at, cast(:finalized_at as timestamptz) as finalized_at
        from range(3) as numbers (number)
    """,
    "as_of": "select timestamptz '2025-03-01 00:00:00+00'",
}


@pytest.fixture(scope="module")
def installation(new_installation: Callable[[str], Installation]) -> Installation:
    return new_installation("doorstep")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    (folder / "odd").mkdir()
    toml = 'organization_id = "odd"\n[parameters]\ncopies = 1\nfinalized_at = "2025-02-02T00:00:00Z"\n'
    (folder / "odd" / "source.toml").write_text(toml)
    for dataset, select in SELECTS.items():
        (folder / "odd" / f"{dataset}.sql").write_text(select)
    return folder


def close(installation: Installation, sources: Path, parameters: Mapping[str, str]) -> Result:
    settings = [argument for name, value in parameters.items() for argument in ("--set", f"{name}={value}")]
    with installation.active(REVENUE_SOURCES_DIR=str(sources)):
        return CliRunner().invoke(app, ["close", "--source", "odd", *settings])


@pytest.mark.parametrize(
    ("parameters", "dataset", "reasons", "examples"),
    [
        (
            {"finalized_at": "2025-01-02T00:00:00Z"},
            "invoices",
            ["An invoice is not finalized before it is issued, in 19 of 20 rows", "3 rows, 100.00%", "invoice_id in_0"],
            ["in_0", "in_1", "in_2", "2025-02-01", "2025-01-02"],
        ),
        (
            {"copies": "2"},
            "reported_usage",
            ["One row per organization and account_id, meter_id, window_start, window_end", "found: 1 row"],
            ["alice", "call", "2025-01-01"],
        ),
    ],
)
def test_bad_rows_that_the_contract_lets_in_stop_the_close_and_are_shown(
    installation: Installation,
    sources: Path,
    parameters: dict[str, str],
    dataset: str,
    reasons: list[str],
    examples: list[str],
) -> None:
    result = close(installation, sources, parameters)
    assert result.exit_code == 1
    sentence = str(result.exception)
    assert f"stopped at a failed check: raw/{dataset}: critical_expectations (odd: expected is: " in sentence
    assert all(reason in sentence for reason in reasons), sentence
    assert "\n" not in sentence
    _, _, path = sentence.partition("All that was found: http://127.0.0.1:3001/")
    page = (installation.home / "reports" / path).read_text()
    assert all(example in page for example in examples)
    assert "The run stopped here" in page
    assert nothing_is_computed(installation)


def nothing_is_computed(installation: Installation) -> bool:
    """No usage in `lake`, no table of dbt, no file of a lake step but the calendar, which follows from good rows."""
    computed = [table for table in installation.fingerprint() if table.startswith(("intermediate.", "marts."))]
    rows = installation.rows("select count(*) from lake.period_usage")
    zones = [installation.home / "lake" / zone for zone in ("staged", "reconciled")]
    files = [file for zone in zones for file in zone.rglob("*.parquet") if "billing_periods" not in file.parts]
    return not computed and rows == [(0,)] and not files

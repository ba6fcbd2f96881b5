"""The dry run says what drafts would bill wrongly, changes nothing, and leaves nothing behind, interrupted or not."""

import csv
import os
import signal
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import psycopg
import pytest
from typer.testing import CliRunner, Result

from revenue_assets.automation import scratch
from revenue_assets.cli import app
from tests.end_to_end.installation import Installation

# January is over since a day. Alice called 15 times, Bob 7 times, at 0.30 each; both drafts are written.
SELECTS = {
    "usage_events": """
        select * from (
            values ('e1', 'alice', '2025-01-05T10:00:00Z', '10'), ('e2', 'alice', '2025-01-06T10:00:00Z', '5'),
                ('e3', 'bob', '2025-01-07T10:00:00Z', '7')
        ) as known (event_id, account_id, occurred_at, units)
        cross join (select 'call' as event_name) as named
    """,
    "accounts": """
        select account_id, account_id as name, 'USD' as currency, '2025-01-01T00:00:00Z' as created_at
        from (values ('alice'), ('bob')) as known (account_id)
    """,
    "meters": "select 'call' as meter_id, 'Calls' as name, 'call' as unit, 'sum' as aggregation",
    "plans": "select 'p' as plan_id, 'Plan' as name, 'month' as billing_interval, 'USD' as currency",
    "subscriptions": """
        select 'sub_' || account as subscription_id, account as account_id, 'p' as plan_id, 'active' as status,
            '2025-01-01T00:00:00Z' as started_at
        from (values ('alice'), ('bob')) as known (account)
    """,
    "contract_prices": """
        select 'pr' as price_id, 'p' as plan_id, 'call' as meter_id, 'per_unit' as charge_model, 'USD' as currency,
            '2025-01-01T00:00:00Z' as valid_from, '0.30' as unit_amount
    """,
    "invoices": """
        select 'i_' || account as invoice_id, account as account_id, 'draft' as status, 'USD' as currency,
            '2025-02-01T01:00:00Z' as issued_at, '2025-01-01T00:00:00Z' as period_start,
            '2025-02-01T00:00:00Z' as period_end
        from (values ('alice'), ('bob')) as known (account)
    """,
    "invoice_lines": """
        select 'l_' || account as invoice_line_id, 'i_' || account as invoice_id, 'usage' as kind, 'call' as meter_id,
            units, amount, 'USD' as currency
        from (values ('alice', '10', '3.00'), ('bob', '7', '2.10')) as known (account, units, amount)
    """,
    "as_of": "select timestamptz '2025-02-02 00:00:00+00'",
}


@pytest.fixture(scope="module")
def installation(new_installation: Callable[[str], Installation]) -> Installation:
    return new_installation("dry")


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The source `tiny`, in which Alice's draft lacks the five units of her second call."""
    folder = tmp_path / "sources" / "tiny"
    folder.mkdir(parents=True)
    (folder / "source.toml").write_text('organization_id = "tiny"\ngrace_days = 3\n')
    for dataset, select in SELECTS.items():
        (folder / f"{dataset}.sql").write_text(select)
    return folder.parent


def dry_run(installation: Installation, sources: Path, *arguments: str) -> Result:
    with installation.active(REVENUE_SOURCES_DIR=str(sources)):
        return CliRunner().invoke(app, ["close", "--source", "tiny", "--dry-run", *arguments])


def remains(installation: Installation) -> object:
    """All that a close would leave: tables with rows, schemas, databases, and files of the installation."""
    schemas = installation.rows("select nspname from pg_namespace where nspname !~ '^pg_' order by 1")
    databases = installation.rows("select datname from pg_database order by 1")
    files = sorted(str(path.relative_to(installation.home)) for path in installation.home.rglob("*") if path.is_file())
    return installation.fingerprint(), schemas, databases, files


def test_a_draft_that_bills_too_little_is_told_and_nothing_is_left_behind(
    installation: Installation, sources: Path
) -> None:
    before = remains(installation)
    result = dry_run(installation, sources, "--format", "csv")
    assert result.exit_code == 1, result.output
    alice, bob = csv.DictReader(result.stdout.splitlines())
    wrong = {"account_id": "alice", "invoice_ids": "i_alice", "expected_amount": "4.50", "draft_amount": "3.00"}
    assert wrong | {"difference_amount": "1.50", "causes": "unposted 1.5", "is_right": "False"} == {
        name: alice[name] for name in (*wrong, "difference_amount", "causes", "is_right")
    }
    assert (bob["account_id"], bob["difference_amount"], bob["is_right"]) == ("bob", "0.00", "True")
    assert remains(installation) == before


def test_right_drafts_end_well(installation: Installation, sources: Path) -> None:
    lines = sources / "tiny" / "invoice_lines.sql"
    lines.write_text(lines.read_text().replace("'10', '3.00'", "'15', '4.50'"))
    result = dry_run(installation, sources)
    assert result.exit_code == 0, result.output
    assert "2 drafted items are right, 0 would be billed wrongly. Nothing was changed." in result.output


def test_months_without_a_draft_end_well(installation: Installation, sources: Path) -> None:
    result = dry_run(installation, sources, "--month", "2025-03")
    assert result.exit_code == 0, result.output
    assert "There is no draft" in result.output


def leave_as_a_killed_run_does(installation: Installation) -> None:
    (installation.home / ".lake_scratch" / "lake").mkdir(parents=True)
    (installation.home / ".lake_scratch" / "lake" / "file").touch()
    with psycopg.connect(**installation.address.keywords(), autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute("create database dry_scratch")


@pytest.mark.parametrize("how", ["told to end", "interrupted", "interrupted after a killed one"])
def test_a_run_that_is_stopped_leaves_nothing_behind(installation: Installation, sources: Path, how: str) -> None:
    before = remains(installation)

    if how == "interrupted after a killed one":
        leave_as_a_killed_run_does(installation)

    def stop(*arguments: object, **options: object) -> None:
        if how == "told to end":
            os.kill(os.getpid(), signal.SIGTERM)
        raise KeyboardInterrupt

    handler = signal.getsignal(signal.SIGTERM)
    with mock.patch.object(scratch, "run_dbt", stop):
        result = dry_run(installation, sources)
    assert result.exit_code != 0
    assert remains(installation) == before
    assert signal.getsignal(signal.SIGTERM) is handler


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--from", "2025-03", "--to", "2025-02"], "--from 2025-03 is after --to 2025-02"),
        (["--month", "2025-03", "--to", "2025-02"], "--month 2025-03 is one month"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    installation: Installation, sources: Path, arguments: list[str], sentence: str
) -> None:
    result = dry_run(installation, sources, *arguments)
    assert result.exit_code == 1
    assert sentence in str(result.exception)

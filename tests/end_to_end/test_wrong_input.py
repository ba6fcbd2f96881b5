"""What people get wrong: each mistake gets one clear sentence or a quarantined row, and no good row is lost."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from revenue_assets.cli import app
from tests.end_to_end.installation import Installation


def close(installation: Installation, *arguments: str, **variables: str) -> Result:
    with installation.active(**variables):
        return CliRunner().invoke(app, ["close", *arguments])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--source", "nobody"], "There is no source 'nobody'"),
        (["--source", "revmatch", "--from", "2026-11", "--to", "2026-10"], "--from 2026-11 is after --to 2026-10"),
        (["--source", "revmatch", "--from", "2026-13"], "'2026-13' is not a month"),
        (["--source", "revmatch", "--from", "2026-09"], "has nothing in 2026-09: it goes from 2026-10 to 2026-11"),
        (["--source", "revmatch", "--set", "data_dir=/nowhere"], "there is no file /nowhere/usage_events.csv"),
        (["--source", "revmatch", "--set", "folder=/tmp"], "has no parameter 'folder'"),
        (["--source", "revmatch", "--set", "data_dir"], "write it as --set key=value"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_in_one_sentence(
    shared: Installation, arguments: list[str], sentence: str
) -> None:
    result = close(shared, *arguments)
    assert result.exit_code == 1
    assert sentence in str(result.exception)
    assert "\n" not in str(result.exception)


def test_a_month_before_the_first_of_the_installation(shared: Installation) -> None:
    result = close(shared, "--source", "revmatch", REVENUE_FIRST_MONTH="2026-11")
    assert "2026-10 is before 2026-11, the first month of this installation" in str(result.exception)


def test_an_unreachable_database_is_named_and_nothing_is_written(shared: Installation) -> None:
    address = "postgresql://revenue:secret@127.0.0.1:9/revenue"
    result = close(shared, "--source", "revmatch", REVENUE_DATABASE_URL=address)
    assert "PostgreSQL at 127.0.0.1:9 does not let us in" in str(result.exception)
    assert "secret" not in str(result.exception)
    assert not list((shared.home / "lake").rglob("revmatch.parquet"))


GOOD = ("e1", "e2", "e3", "e5", "e6")
EVENTS = [
    ("e1", "alice", "2025-01-05T10:00:00Z", "10"),
    ("e2", "alice", "2025-01-06T10:00:00Z", "5"),
    ("e3", "bob", "2025-03-07T10:00:00Z", "7"),
    ("e4", "alice", "2025-01-08T10:00:00Z", "many"),  # text in a number
    ("", "alice", "2025-01-08T11:00:00Z", "1"),  # no key
    ("e5", "bob", "2025-01-09T10:00:00Z", "2"),
    ("e5", "bob", "2025-01-09T10:00:00Z", "2"),  # delivered twice: counted once, not quarantined
    ("e6", "bob", "2025-03-09T10:00:00Z", "4"),
    ("e7", "bob", "0014-01-09T10:00:00Z", "4"),  # the year 14
    ("e8", "bob", "2025-03-09T10:00:00Z", "NaN"),
    ("e9", "bob", "2025-03-10T10:00:00Z", "-1"),
]
# February has no event. Alice's invoice lacks e2 (5 units), and Bob has none for March (11 units); a unit costs 0.30.
SELECTS = {
    "usage_events": """
        select id as event_id, account as account_id, 'call' as event_name, time as occurred_at, units
        from read_csv(:data_dir || '/events.csv', header = true, all_varchar = true)
    """,
    "accounts": """
        select account_id, account_id as name, 'USD' as currency, '2025-01-01T00:00:00Z' as created_at
        from (values ('alice'), ('bob'), (null)) as known (account_id)
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
        select * from (
            values ('i1', 'alice', 'open', '2025-02-01T00:00:00Z'), ('i2', 'bob', 'open', '2025-02-01T00:00:00Z'),
                ('i3', 'bob', 'sent', '2025-02-01T00:00:00Z')
        ) as known (invoice_id, account_id, status, issued_at)
        cross join (
            select 'USD' as currency, '2025-01-01T00:00:00Z' as period_start, '2025-02-01T00:00:00Z' as period_end,
                '2025-02-01T00:00:00Z' as finalized_at
        ) as period
    """,
    "invoice_lines": """
        select * from (
            values ('l1', 'i1', '10', '3.00'), ('l2', 'i2', '2', '0.60'), ('l2', 'i2', '2', '0.60')
        ) as known (invoice_line_id, invoice_id, units, amount)
        cross join (
            select 'usage' as kind, 'call' as meter_id, 'USD' as currency, '2025-01-01T00:00:00Z' as period_start,
                '2025-02-01T00:00:00Z' as period_end
        ) as period
    """,
    "as_of": "select timestamptz '2025-05-01 00:00:00+00'",
}
QUARANTINED = {"usage_events": 5, "accounts": 1, "invoices": 1, "invoice_lines": 1}


@pytest.fixture(scope="module")
def dirty(shared: Installation, tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, str, str]:
    """A source with one of every fault, closed: the installation, where its sources are, and what was printed."""
    sources = tmp_path_factory.mktemp("sources")
    folder = sources / "dirty"
    folder.mkdir()
    (folder / "source.toml").write_text(f'organization_id = "dirty"\n[parameters]\ndata_dir = "{folder}"\n')
    for dataset, select in SELECTS.items():
        (folder / f"{dataset}.sql").write_text(select)
    with (folder / "events.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("id", "account", "time", "units"), *EVENTS])
    result = close(shared, "--source", "dirty", REVENUE_SOURCES_DIR=str(sources))
    assert result.exit_code == 0, (result.output, result.exception)
    return shared, str(sources), result.output


def test_every_bad_row_is_in_quarantine_with_its_reason_and_the_summary_says_so(
    dirty: tuple[Installation, str, str],
) -> None:
    installation, _, printed = dirty
    assert "Quarantined rows: " + ", ".join(f"{n} of {name}" for name, n in sorted(QUARANTINED.items())) in printed
    for dataset, count in QUARANTINED.items():
        rows = quarantine(installation.home, dataset)
        assert len(rows) == count
        assert all(reason and json.loads(original) for reason, original in rows)


def quarantine(home: Path, dataset: str) -> list[tuple[str, str]]:
    import duckdb

    files = [str(file) for file in (home / "lake" / "quarantine" / dataset).rglob("dirty.parquet")]
    return duckdb.connect().read_parquet(files).project("reason, original").fetchall()


def test_no_good_row_is_lost(dirty: tuple[Installation, str, str]) -> None:
    installation, _, _ = dirty
    query = "select sum(events_actual), sum(units_actual) from lake.period_usage where organization_id = 'dirty'"
    units = {event: Decimal(units) for event, _, _, units in EVENTS if event in GOOD}
    assert installation.rows(query) == [(len(GOOD), sum(units.values()))]


def test_an_empty_month_is_closed_and_the_money_around_the_bad_rows_is_right(
    dirty: tuple[Installation, str, str],
) -> None:
    installation, sources, _ = dirty
    with installation.active(REVENUE_SOURCES_DIR=sources):
        printed = CliRunner().invoke(app, ["findings", "--source", "dirty", "--format", "csv"]).output
    found = {
        (row["account_id"], row["billing_month"], row["code"]): row["leak_amount"]
        for row in csv.DictReader(printed.splitlines())
    }
    assert found == {("alice", "2025-01-01", "unposted"): "1.50", ("bob", "2025-03-01", "B1"): "3.30"}


def test_a_missing_column_stops_the_close_and_names_it(dirty: tuple[Installation, str, str]) -> None:
    installation, sources, _ = dirty
    select = Path(sources) / "dirty" / "plans.sql"
    before = installation.fingerprint()
    select.write_text("select 'p' as plan_id, 'Plan' as name, 'USD' as currency")
    result = close(installation, "--source", "dirty", REVENUE_SOURCES_DIR=sources)
    select.write_text(SELECTS["plans"])
    assert result.exit_code == 1
    assert "dataset plans: the SELECT does not deliver billing_interval" in str(result.exception)
    assert "\n" not in str(result.exception)
    assert installation.fingerprint() == before

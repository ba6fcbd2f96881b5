"""From event files to findings: a leak is the difference of two whole prices, never units times a rate.

The four prices on which the product of units and rate is wrong in size or in sign.
"""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from revenue_assets.cli import app
from tests.end_to_end.installation import Installation

# account: events of one call each that were used, and how many of them were reported and billed
CALLS = {"volume": (101, 100), "graduated": (11, 10), "package": (129, 121), "minimum": (10, 8)}
SELECTS = {
    "usage_events": """
        select event_id, account_id, 'call' as event_name, occurred_at::timestamptz as occurred_at, units
        from read_csv(:data_dir || '/used.csv', all_varchar = true)
    """,
    "reported_events": """
        select event_id, account_id, 'call' as event_name, occurred_at::timestamptz as occurred_at, units
        from read_csv(:data_dir || '/reported.csv', all_varchar = true)
    """,
    "accounts": """
        select account_id, account_id as name, 'USD' as currency, '2025-01-01T00:00:00Z' as created_at
        from (values ('volume'), ('graduated'), ('package'), ('minimum')) as known (account_id)
    """,
    "meters": "select 'call' as meter_id, 'Calls' as name, 'call' as unit, 'sum' as aggregation",
    "plans": """
        select name as plan_id, name, 'month' as billing_interval, 'USD' as currency
        from (values ('volume'), ('graduated'), ('package'), ('minimum')) as known (name)
    """,
    "subscriptions": """
        select name as subscription_id, name as account_id, name as plan_id, 'active' as status,
            '2025-01-01T00:00:00Z' as started_at
        from (values ('volume'), ('graduated'), ('package'), ('minimum')) as known (name)
    """,
    # up to 100 calls cost 2 each and 10, up to 200 cost 1 each; the eleventh call costs 5 and 3 for entering its tier
    "contract_prices": """
        select *, plan_id as price_id, 'call' as meter_id, 'USD' as currency, '2025-01-01T00:00:00Z' as valid_from
        from (
            values
            ('volume', 'volume', null, null, null, '[{"up_to": 100, "unit_amount": "2", "flat_amount": "10"},
                {"up_to": 200, "unit_amount": "1"}, {"up_to": null, "unit_amount": "1"}]'),
            ('graduated', 'graduated', null, null, null, '[{"up_to": 10, "unit_amount": "1"},
                {"up_to": null, "unit_amount": "5", "flat_amount": "3"}]'),
            ('package', 'package', null, 10, '4.50', null),
            ('minimum', 'per_unit', '1', null, null, null)
        ) as known (plan_id, charge_model, unit_amount, package_size, package_amount, tiers)
    """,
    "commitments": """
        select 'c' as commitment_id, 'minimum' as subscription_id, 'minimum' as kind, '100' as amount,
            'USD' as currency, '2025-01-01T00:00:00Z' as valid_from
    """,
    "invoices": """
        select 'i_' || name as invoice_id, name as account_id, name as subscription_id, 'paid' as status,
            'USD' as currency, '2025-01-01T00:00:00Z' as period_start, '2025-02-01T00:00:00Z' as period_end,
            '2025-02-01T00:00:00Z' as issued_at, '2025-02-01T00:00:00Z' as finalized_at
        from (values ('volume'), ('graduated'), ('package'), ('minimum')) as known (name)
    """,
    "invoice_lines": """
        select account || '_' || kind as invoice_line_id, 'i_' || account as invoice_id, kind,
            case kind when 'usage' then 'call' end as meter_id, units, amount, 'USD' as currency,
            '2025-01-01T00:00:00Z' as period_start, '2025-02-01T00:00:00Z' as period_end
        from (
            values ('volume', 'usage', '100', '210'), ('graduated', 'usage', '10', '10'),
                ('package', 'usage', '121', '58.50'), ('minimum', 'usage', '8', '8'), ('minimum', 'minimum', null, '92')
        ) as known (account, kind, units, amount)
    """,
    "as_of": "select timestamptz '2025-02-20 00:00:00+00'",
}


@pytest.fixture(scope="module")
def closed(shared: Installation, tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, str]:
    """The source, closed: the installation, and what was printed."""
    sources = tmp_path_factory.mktemp("sources")
    folder, data = sources / "whole", sources / "data"
    folder.mkdir()
    data.mkdir()
    (folder / "source.toml").write_text(f'organization_id = "whole"\n[parameters]\ndata_dir = "{data}"\n')
    for dataset, select in SELECTS.items():
        (folder / f"{dataset}.sql").write_text(select)
    write_events(data / "used.csv", {account: used for account, (used, _) in CALLS.items()})
    write_events(data / "reported.csv", {account: reported for account, (_, reported) in CALLS.items()})
    with shared.active(REVENUE_SOURCES_DIR=str(sources)):
        result = CliRunner().invoke(app, ["close", "--source", "whole"])
    assert result.exit_code == 0, (result.output, result.exception)
    return shared, result.output


def write_events(file: Path, counts: dict[str, int]) -> None:
    """One call every five minutes from the second of January on."""
    with file.open("w", newline="") as written:
        rows = csv.writer(written)
        rows.writerow(["event_id", "account_id", "occurred_at", "units"])
        for account, count in counts.items():
            for number in range(count):
                at = f"2025-01-02T{number // 12:02}:{number % 12 * 5:02}:00Z"
                rows.writerow([f"{account}_{number}", account, at, 1])


def test_the_findings_are_differences_of_whole_prices(closed: tuple[Installation, str]) -> None:
    with closed[0].active():
        printed = CliRunner().invoke(app, ["findings", "--source", "whole", "--format", "csv"]).output
    found = {
        row["account_id"]: (row["code"], Decimal(row["units"]), Decimal(row["leak_amount"]), row["direction"])
        for row in csv.DictReader(printed.splitlines())
    }
    assert found == {
        "volume": ("U1", Decimal(1), Decimal(-109), "over"),  # 101 calls cost 101, 100 were billed at 210
        "graduated": ("U1", Decimal(1), Decimal(8), "under"),
    }  # 121 and 129 calls are 13 packages either way; what the minimum covers anyway is not lost


def test_what_the_minimum_covers_is_shown_with_its_units(closed: tuple[Installation, str]) -> None:
    rows = closed[0].rows(
        "select account_id, code, units, events, absorbed_amount from marts.mart_absorbed_usage"
        " where organization_id = 'whole'"
    )
    assert rows == [("minimum", "U1", Decimal(2), 2, Decimal(2))]
    assert "Absorbed by commitments and discounts, in no total" in closed[1]

"""From files to findings of the metering rung: rejections, and prices that are a percentage of each event.

What the billing system refused is lost, what it refused as a copy is not.
"""

import csv
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from revenue_assets.cli import app
from tests.end_to_end.installation import Installation

# At 0.50 a call: 10 arrived, 4 were refused (2.00), 1 was never sent (0.50). Of 6 the first answer got lost and the
# second was "you sent that already"; they are on the invoice. A payment costs 2 % and 0.10: of the two, one of 50 was
# refused (1.10).
EVENTS = """
    ('ok', 'call', 3, 10), ('unknown', 'call', 4, 4), ('forgotten', 'call', 5, 1), ('answer lost', 'call', 6, 6),
    ('paid', 'payment', 3, 100), ('too old', 'payment', 4, 50)
"""
SELECTS = {
    "usage_events": f"""
        select id as event_id, 'a' as account_id, event_name,
            timestamptz '2025-01-01 12:00:00+00' + to_days(day) as occurred_at, units
        from (values {EVENTS}) as events (id, event_name, day, units)
    """,
    "reported_events": """
        select id as event_id, 'a' as account_id, event_name, timestamptz '2025-01-04 12:00:00+00' as occurred_at, units
        from (values ('ok', 'call', 10), ('paid', 'payment', 100)) as events (id, event_name, units)
    """,
    "rejected_meter_events": """
        select id as event_id, timestamptz '2025-01-01 12:00:00+00' + to_days(day) as occurred_at, error_code
        from (
            values ('unknown', 4, 'meter_event_customer_not_found'), ('answer lost', 6, 'duplicate_meter_event'),
                ('too old', 4, 'timestamp_too_far_in_past'), ('codeless', 6, null)
        ) as events (id, day, error_code)
    """,
    "accounts": "select 'a' as account_id, 'A' as name, 'USD' as currency, '2025-01-01T00:00:00Z' as created_at",
    "meters": """
        select meter_id, meter_id as name, 'piece' as unit, 'sum' as aggregation
        from (values ('call'), ('payment')) as known (meter_id)
    """,
    "plans": "select 'p' as plan_id, 'Plan' as name, 'month' as billing_interval, 'USD' as currency",
    "subscriptions": """
        select 's' as subscription_id, 'a' as account_id, 'p' as plan_id, 'active' as status,
            '2025-01-01T00:00:00Z' as started_at
    """,
    "contract_prices": """
        select *, 'p' as plan_id, 'USD' as currency, '2025-01-01T00:00:00Z' as valid_from
        from (
            values ('pr', 'call', 'per_unit', '0.50', null, null), ('pct', 'payment', 'percentage', null, '2', '0.10')
        ) as known (price_id, meter_id, charge_model, unit_amount, rate_percent, fixed_amount)
    """,
    "invoices": """
        select 'i' as invoice_id, 'a' as account_id, 'paid' as status, 'USD' as currency,
            '2025-01-01T00:00:00Z' as period_start, '2025-02-01T00:00:00Z' as period_end,
            '2025-02-01T00:00:00Z' as issued_at, '2025-02-01T00:00:00Z' as finalized_at
    """,
    "invoice_lines": """
        select *, 'i' as invoice_id, 'usage' as kind, 'USD' as currency, '2025-01-01T00:00:00Z' as period_start,
            '2025-02-01T00:00:00Z' as period_end
        from (values ('l1', 'call', '16', '8.00'), ('l2', 'payment', '100', '2.10'))
            as known (invoice_line_id, meter_id, units, amount)
    """,
    "as_of": "select timestamptz '2025-02-20 00:00:00+00'",
}


@pytest.fixture(scope="module")
def refused(shared: Installation, tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, str]:
    """The source, closed: the installation, and what was printed."""
    sources = tmp_path_factory.mktemp("sources")
    folder = sources / "refused"
    folder.mkdir()
    (folder / "source.toml").write_text('organization_id = "refused"\n')
    for dataset, select in SELECTS.items():
        (folder / f"{dataset}.sql").write_text(select)
    with shared.active(REVENUE_SOURCES_DIR=str(sources)):
        result = CliRunner().invoke(app, ["close", "--source", "refused"])
    assert result.exit_code == 0, (result.output, result.exception)
    return shared, result.output


def command(installation: Installation, *arguments: str) -> list[dict[str, str]]:
    with installation.active():
        printed = CliRunner().invoke(app, [*arguments, "--format", "csv"]).output
    return list(csv.DictReader(printed.splitlines()))


def test_the_close_reckons_with_rejections(refused: tuple[Installation, str]) -> None:
    _, printed = refused
    assert "reckon" not in printed
    assert "Quarantined rows: 1 of rejected_meter_events" in printed


def test_each_cause_is_a_finding_with_its_money(refused: tuple[Installation, str]) -> None:
    installation, _ = refused
    found = {
        (row["item"], row["code"]): (row["name"], row["events"], Decimal(row["units"]), row["leak_amount"])
        for row in command(installation, "findings", "--source", "refused")
    }
    assert found == {
        ("call", "U3"): ("rejected_by_meter", "1", Decimal(4), "2.00"),
        ("call", "U1"): ("unreported_usage", "1", Decimal(1), "0.50"),
        ("payment", "U3"): ("rejected_by_meter", "1", Decimal(50), "1.10"),
    }


def test_the_evidence_names_the_error(refused: tuple[Installation, str]) -> None:
    installation, _ = refused
    for finding in command(installation, "findings", "--source", "refused"):
        (event,) = command(installation, "evidence", finding["finding_id"])
        expected = {
            ("call", "U3"): ("unknown", "2.00", "rejected", "meter_event_customer_not_found"),
            ("call", "U1"): ("forgotten", "0.50", "unreported", ""),
            ("payment", "U3"): ("too old", "", "rejected", "timestamp_too_far_in_past"),
        }[finding["item"], finding["code"]]
        assert (event["event_id"], event["amount"], event["outcome"], event["error_code"]) == expected

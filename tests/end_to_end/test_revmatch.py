"""The published sample: who was billed too little, who too much, to the cent, with the events that prove it."""

import csv
import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from typer.testing import CliRunner

from revenue_assets.cli import app
from revenue_assets.settings import PROJECT_DIR
from tests.end_to_end.installation import Installation

DATA = PROJECT_DIR / "sources" / "revmatch" / "data"
PRICES = {"api_call": "0.10", "report_generation": "0.50", "dashboard_view": "0.05", "subscription_billed": "1.00"}

# tenant: (under, events behind it, over, events behind it), as published with the sample
TRUTH = {
    "acme_saas": ("138.35", 708, "0.00", 0),
    "globex_cloud": ("20.95", 97, "25.20", 144),
    "hooli_enterprise": ("108.90", 477, "0.00", 0),
}

Event = tuple[str, datetime, Decimal]


def run(installation: Installation, *arguments: str) -> str:
    with installation.active():
        result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def findings(revmatch: Installation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(revmatch, "findings", "--source", "revmatch", "--format", "json"))
    return found


def test_every_tenant_is_right_to_the_cent_and_nothing_is_netted(findings: list[dict[str, Any]]) -> None:
    assert {finding["account_id"] for finding in findings} == set(TRUTH)
    for tenant, (under, lost, over, surplus) in TRUTH.items():
        of_tenant = [finding for finding in findings if finding["account_id"] == tenant]
        amounts = [Decimal(finding["leak_amount"]) for finding in of_tenant]
        assert sum(amount for amount in amounts if amount > 0) == Decimal(under)
        assert -sum(amount for amount in amounts if amount < 0) == Decimal(over)
        assert sum(f["events"] for f in of_tenant if f["direction"] == "under") == lost
        assert sum(f["events"] for f in of_tenant if f["direction"] == "over") == surplus


def test_the_two_months_add_up(findings: list[dict[str, Any]]) -> None:
    months = Counter[str]()
    for finding in findings:
        months[finding["billing_month"]] += finding["events"]
    assert set(months) == {"2026-10-01", "2026-11-01"}
    assert months.total() == 708 + 97 + 144 + 477


def test_the_reconciliation_says_of_everyone_how_he_was_billed(revmatch: Installation) -> None:
    query = """
        select account_id, array_agg(distinct status), sum(expected_amount), sum(billed_amount)
        from marts.mart_account_reconciliation where organization_id = 'revmatch' group by account_id
    """
    found = {account: (statuses, expected, billed) for account, statuses, expected, billed in revmatch.rows(query)}
    assert found == {
        "acme_saas": (["underbilled"], Decimal("328.75"), Decimal("190.40")),
        "globex_cloud": (["both"], Decimal("233.15"), Decimal("237.40")),
        "initech_io": (["accurate"], Decimal("64.80"), Decimal("64.80")),
        "hooli_enterprise": (["underbilled"], Decimal("200.70"), Decimal("91.80")),
    }


def test_the_evidence_is_exactly_the_events_that_were_not_billed_or_not_used(
    revmatch: Installation, findings: list[dict[str, Any]]
) -> None:
    from revenue_assets.findings.evidence import find_one, gather

    listed = {"under": Counter[Event](), "over": Counter[Event]()}
    with revmatch.active():
        for finding in findings:
            evidence = gather(find_one(finding["finding_id"][:8]), limit=10_000)
            for event in evidence.events:
                amount = evidence.amount_of(event)
                assert amount is not None
                listed[finding["direction"]][finding["account_id"], event.occurred_at, abs(amount)] += 1
    used, billed = read_usage(), read_charges()
    assert listed["under"] == used - billed
    assert listed["over"] == billed - used


def read_usage() -> Counter[Event]:
    with (DATA / "usage_events.csv").open(newline="") as file:
        return Counter(
            (r["tenant_id"], moment(r["timestamp"]), Decimal(PRICES[r["event"]])) for r in csv.DictReader(file)
        )


def read_charges() -> Counter[Event]:
    with (DATA / "billing_records.csv").open(newline="") as file:
        return Counter((r["tenant_id"], moment(r["billing_time"]), Decimal(r["amount"])) for r in csv.DictReader(file))


def moment(text: str) -> datetime:
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def test_evidence_prints_the_events_with_their_amounts_and_the_total(
    revmatch: Installation, findings: list[dict[str, Any]]
) -> None:
    finding = max(findings, key=lambda row: Decimal(row["leak_amount"]))
    printed = run(revmatch, "evidence", finding["finding_id"][:10])
    assert "Total 105 events, 105 units, 52.50 USD" in printed
    assert "and 55 more" in printed
    rows = list(csv.DictReader(run(revmatch, "evidence", finding["finding_id"], "--format", "csv").splitlines()))
    assert len(rows) == 105
    assert {row["amount"] for row in rows} == {"0.50"}


@pytest.mark.parametrize(("wrong", "sentence"), [("0000000", "There is no finding '0000000'"), ("ab", "is too short")])
def test_an_unknown_finding_gets_one_sentence(revmatch: Installation, wrong: str, sentence: str) -> None:
    with revmatch.active():
        result = CliRunner().invoke(app, ["evidence", wrong])
    assert sentence in str(result.exception)
    assert "\n" not in str(result.exception)


def test_the_filters_of_findings(revmatch: Installation) -> None:
    rows = list(
        csv.DictReader(run(revmatch, "findings", "--code", "u9", "--month", "2026-11", "--format", "csv").splitlines())
    )
    assert rows
    assert {(row["code"], row["billing_month"], row["account_id"]) for row in rows} == {
        ("U9", "2026-11-01", "globex_cloud")
    }
    assert "No findings" in run(revmatch, "findings", "--account", "initech_io")
    table = run(revmatch, "findings", "--source", "revmatch")
    assert "USD  under 268.20   over 25.20   net 243.00" in table

"""The checks of the marts as they stand: quiet on a small company, and each finds the cent that it is there for."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import psycopg
import pytest

from revenue_assets.checks.evidence import differing_groups, stated
from revenue_assets.checks.mart_sums import CONSERVED, MART_CHECKS, VERSIONS, wrong_rows
from revenue_assets.checks.verdicts import in_words
from revenue_assets.findings.history.versions import note_findings
from tests.integration.conftest import Books

MONTHS = ["2025-01"]
MARTS = "revmatch_leaks mart_revenue_ladder mart_account_reconciliation mart_absorbed_usage mart_invoice_gate"


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """One January with a loss, a minimum that answers another, a draft, and usage that nobody claims."""
    for organization, also in {"lost": "", "minimum": "commitments", "drafted": ""}.items():
        books.company(organization, also=also, as_of="2025-02-02" if organization == "drafted" else "2025-06-01")
        books.add("meters", organization, meter_id="calls", name="Calls", unit="call", aggregation="sum")
        books.period(organization)
        books.usage(organization, "100 100 60 60 60 60 60")
        row = {"account_id": "a", "subscription_id": "s", "meter_id": "calls", "code": "U1", "events": 4, "units": "40"}
        row |= {"period_start": "2025-01-01", "period_end": "2025-02-01", "billing_month": "2025-01-01"}
        books.add("lake.period_findings", organization, **row)
    books.invoice("lost", "i", "usage 60 6.00")
    books.invoice("minimum", "i", "usage 60 6.00, minimum - 34.00")
    minimum = {"subscription_id": "s", "kind": "minimum", "amount": "40.00", "currency": "USD"}
    books.add("commitments", "minimum", commitment_id="m", valid_from="2024-01-01", **minimum)
    books.invoice("drafted", "i", "usage 60 6.00", status="draft")
    unclaimed = {"account_id": "stranger", "event_name": "call", "meter_id": "calls", "outcome": "unmapped"}
    unclaimed |= {"events": "3", "units": "12", "billing_month": "2025-01-01"}
    times = {"first_event_at": "2025-01-10", "last_event_at": "2025-01-20"}
    books.add("lake.unclaimed_usage", "lost", **unclaimed, **times)
    books.build(only=MARTS)
    note_findings(books.connection, ["test"], MONTHS)
    books.connection.commit()
    return books


@pytest.fixture
def connection(built: Books) -> Iterator[psycopg.Connection]:
    """A connection whose changes are undone."""
    yield built.connection
    built.connection.rollback()


@pytest.mark.parametrize("check", [*MART_CHECKS, VERSIONS])
def test_a_company_whose_sums_are_right_is_quiet(connection: psycopg.Connection, check: str) -> None:
    for table in ("revmatch_leaks", "mart_absorbed_usage", "mart_invoice_gate", "mart_account_reconciliation"):
        counted = connection.execute(f"select count(*) from marts.{table}".encode()).fetchone()
        assert counted is not None
        assert counted[0] > 0, table
    assert wrong_rows(connection, check, MONTHS, ["test"]) == []
    assert wrong_rows(connection, check, [], ["test"]) == []


@pytest.mark.parametrize(
    ("check", "change", "first"),
    [
        (
            CONSERVED,
            "update marts.revmatch_leaks set leak_amount = 4.01 where organization_id = 'lost' and code = 'U1'",
            "lost, a, s, calls, 2025-01-01, USD: entitled_less_collected 4, explained 4.01",
        ),
        (
            CONSERVED,
            "delete from marts.revmatch_leaks where organization_id = 'lost' and code = 'U1'",
            "lost, a, s, calls, 2025-01-01, USD: entitled_less_collected 4, explained 0",
        ),
        (
            "ladder_is_the_sum_of_its_steps",
            "update marts.mart_revenue_ladder set amount = 9 where organization_id = 'lost' and rung = 'entitled'",
            "lost, USD, 2025-01: entitled_less_collected 3, steps 4, findings_difference 0",
        ),
        (
            "ladder_is_the_sum_of_its_steps",
            "delete from marts.revmatch_leaks where organization_id = 'lost' and code = 'U1'",
            "lost, USD, 2025-01: entitled_less_collected 4, steps 4, findings_difference 4",
        ),
        (
            "usage_outside_the_ladder_is_all_there",
            "update marts.revmatch_leaks set events = events - 1 where code = 'U5'",
            "lost, 2025-01, U5: used_events 3, found_events 2, used_units 12, found_units 12",
        ),
        (
            "reconciliation_conserves_the_ladder",
            "update marts.mart_account_reconciliation set billed_amount = 7 where organization_id = 'lost'",
            "lost, USD, 2025-01: expected_difference 0, billed_difference 1, leak_difference 0",
        ),
        (
            "absorbed_usage_conserves_its_causes",
            "update marts.mart_absorbed_usage set absorbed_amount = absorbed_amount * 2",
            "minimum, USD, 2025-01, U1: absorbed_difference 4, leak_difference 0",
        ),
        (
            "gate_conserves_the_drafts",
            "update marts.mart_invoice_gate set draft_amount = 0 where organization_id = 'drafted'",
            "drafted, USD, 2025-01: draft_difference -6",
        ),
    ],
)
def test_a_sum_that_is_wrong_is_found(connection: psycopg.Connection, check: str, change: str, first: str) -> None:
    connection.execute(change.encode())
    assert in_words(wrong_rows(connection, check, MONTHS)[0]) == first
    assert wrong_rows(connection, check, ["2025-02"]) == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("delete from app.finding_versions where organization_id = 'lost'", "reported and not noted"),
        ("delete from marts.revmatch_leaks where organization_id = 'lost'", "noted and not reported any more"),
        (
            "update marts.revmatch_leaks set leak_amount = 9 where organization_id = 'lost'",
            "noted otherwise than it is reported",
        ),
    ],
)
def test_a_finding_that_is_not_noted_as_it_is_reported_is_found(
    connection: psycopg.Connection, change: str, what: str
) -> None:
    connection.execute(change.encode())
    found = wrong_rows(connection, VERSIONS, MONTHS, ["test"])
    assert {(row["code"], row["what"]) for row in found} == {("U1", what), ("U5", what)}
    assert wrong_rows(connection, VERSIONS, MONTHS, ["another"]) == []


def test_a_finding_whose_events_the_lake_does_not_keep_is_found(connection: psycopg.Connection) -> None:
    said = stated(connection, "stated_leaks", ["test"], MONTHS)
    january = datetime(2025, 1, 1, tzinfo=UTC)
    kept = {(name, "s", "calls", january, "U1"): (4, Decimal(40)) for name in ("lost", "drafted")}
    assert set(said) == set(kept)
    assert stated(connection, "stated_leaks", ["another"], MONTHS) == {}
    assert differing_groups(said, kept) == []
    del kept["lost", "s", "calls", january, "U1"]
    assert differing_groups(said, kept) == ["lost, s, calls, period of 2025-01-01, U1: 4 events stated, 0 kept"]


def test_control_totals_say_what_lies_between_entitled_and_collected(connection: psycopg.Connection) -> None:
    totals = {row["organization_id"]: in_words(row) for row in wrong_rows(connection, "ladder_totals", MONTHS)}
    assert totals["lost"] == "lost, USD: entitled 10, collected 6, between_them 4, findings 4, no_leak 0"

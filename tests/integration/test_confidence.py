"""What the confidence of a finding rests on, and that it comes from the measured seed and from nowhere else."""

import csv
from decimal import Decimal

import pytest

from revenue_assets.settings import PROJECT_DIR
from tests.integration.conftest import Books, Row

d = Decimal


def late(books: Books, organization: str, issued_at: str, **company: str) -> None:
    """A company whose only later document is issued at that time, and that lost 30 of 100 calls in its January."""
    books.company(organization, **company)  # type: ignore[arg-type]
    books.period(organization)
    books.usage(organization, "100 100 70 70 70 70 70")
    books.invoice(organization, "i", "usage 50 5.00", issued_at="2025-02-01")
    february = {"period_start": "2025-02-01", "period_end": "2025-03-01"}
    books.invoice(organization, "later", "other - 1.00", issued_at=issued_at, **february)


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    late(books, "reached", "2025-02-04")  # when the grace of three days after January is over
    late(books, "lagging", "2025-02-03", as_of="2025-02-10")
    late(books, "up_to_date", "2025-02-03", as_of="2025-02-05")
    late(books, "running", "2025-01-20", as_of="2025-01-21")
    books.company("natural")
    books.connection.execute("update raw.organizations set matching = 'natural_key' where organization_id = 'natural'")
    books.period("natural")
    books.usage("natural", "100 100 99 99 99 99 99")
    books.invoice("natural", "i", "usage 99 9.90")
    for organization, tried in {"tried": "2025-05-30", "reach": "2025-03-03", "untried": "2025-03-02"}.items():
        books.company(organization, without="")
        books.period(organization)
        books.usage(organization, "100")
        books.invoice(organization, "i", "usage 100 10.00", status="open", due_at="2025-02-10")
        books.payment(organization, "i", "10.00", status="failed", attempted_at="2025-02-02")
        books.invoice(organization, "other", "", status="open")
        books.payment(organization, "other", "1.00", status="failed", attempted_at=tried)
    assert set(books.build_ladder().values()) <= {"success", "pass", "warn"}
    return books


def parts(books: Books, organization: str) -> dict[str, str]:
    """The parts of an organization's findings by code."""
    query = "select code, parts from intermediate.int_finding_parts where organization_id = %s and item = 'calls'"
    return {row["code"]: row["parts"] for row in books.rows(query, organization)}


@pytest.mark.parametrize(
    ("organization", "code", "expected"),
    [
        # every item of January lacks reports, so that no finding about usage rests on complete ones
        ("reached", "U1", "event_id reports_sparse final large confirmed"),
        ("reached", "unposted", "event_id reports_sparse documents_reach final large confirmed"),
        ("lagging", "unposted", "event_id reports_sparse documents_lag final large confirmed"),
        ("up_to_date", "unposted", "event_id reports_sparse documents_reach final large confirmed"),
        ("running", "U1", "event_id reports_sparse not_final large confirmed"),
        ("natural", "U1", "natural_key reports_sparse final small confirmed"),  # one call at 0.10
        ("tried", "C2", "payments_fresh final large confirmed"),
        ("reach", "C2", "payments_reach final large confirmed"),  # 30 days after January
        ("untried", "C2", "payments_lag final large confirmed"),
    ],
)
def test_the_parts_of_a_finding(books: Books, organization: str, code: str, expected: str) -> None:
    assert parts(books, organization)[code] == expected


def test_one_item_of_many_without_reports_leaves_the_month_complete(books: Books) -> None:
    books.company("many")
    for number in range(6):
        books.add("meters", "many", meter_id=f"m{number}", name="M", unit="u", aggregation="sum")
    books.period("many")
    row: Row = {"account_id": "a", "subscription_id": "s", "period_start": "2025-01-01", "period_end": "2025-02-01"}
    row |= {"billing_month": "2025-01-01", "first_event_at": "2025-01-01", "last_event_at": "2025-01-01"}
    units = {f"units_{name}": 9 for name in ("less_rejected", "less_unreported", "requantified", "less_overwritten")}
    units |= {"units_actual": 9, "units_with_reported_twice": 9, "units_reported": 9}
    for number in range(6):
        books.price("many", f"p{number}", meter_id=f"m{number}", unit_amount="1")
        lost = {"units_less_unreported": 5, "units_requantified": 5, "units_less_overwritten": 5}
        lost |= {"units_with_reported_twice": 5, "units_reported": 5}
        own = units | (lost if number == 0 else {}) | {"events_actual": 9, "events_reported": 5 if number == 0 else 9}
        books.add("lake.period_usage", "many", meter_id=f"m{number}", **(row | own))
    books.build_ladder()
    query = "select parts from intermediate.int_finding_parts where organization_id = 'many' and code = 'U1'"
    assert [row["parts"] for row in books.rows(query)] == ["event_id reports_complete final large confirmed"]


def test_the_confidence_is_that_of_the_seed_and_null_where_nothing_was_measured(books: Books) -> None:
    with (PROJECT_DIR / "dbt" / "seeds" / "confidence.csv").open(newline="") as file:
        measured = {(row["code"], row["parts"]): d(row["confidence"]) for row in csv.DictReader(file)}
    query = """
        select code, parts, confidence from marts.revmatch_leaks
        inner join intermediate.int_finding_parts
            using (organization_id, account_id, subscription_id, item, period_start, currency, code)
    """
    found = books.rows(query)
    assert len(found) > 9
    assert {row["confidence"] is None for row in found} == {True, False}
    for row in found:
        assert row["confidence"] == measured.get((row["code"], row["parts"])), row

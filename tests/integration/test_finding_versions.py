"""The life of findings over several closes: first seen, changed, superseded, resolved, and as of an earlier day."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from revenue_assets.findings.history.versions import Noted, note_findings
from tests.integration.conftest import Books, Row

d = Decimal
FIRST, SECOND, THIRD = (datetime(2025, 3, day, tzinfo=UTC) for day in (1, 8, 15))
JANUARY = ["2025-01"]


def close(books: Books, as_of: datetime) -> Noted:
    """Build January as the source tells it at `as_of`, and note what changed."""
    books.connection.execute("update raw.organizations set as_of = %s", [as_of])
    books.build_ladder("2025-01", "2025-01")
    noted = note_findings(books.connection, ["test"], JANUARY)
    books.connection.commit()
    return noted


def versions(books: Books) -> list[Row]:
    """All that was noted, in order."""
    return books.rows("select * from app.finding_versions order by organization_id, finding_id, seen_at")


@pytest.fixture(scope="module", autouse=True)
def closed(books: Books) -> list[Noted]:
    """Four companies that forgot to bill 100 calls; afterwards each does something else about it."""
    for organization in ("waits", "bills", "bills_too_little", "uses_more"):
        books.company(organization)
        books.period(organization)
        books.usage(organization, "100")
    noted = [close(books, FIRST)]
    books.invoice("bills", "late", "usage 100 10.00", issued_at="2025-03-05")
    books.invoice("bills_too_little", "late", "usage 90 9.00", issued_at="2025-03-05")
    books.connection.execute("update lake.period_usage set units_actual = 120 where organization_id = 'uses_more'")
    for rung in ("less_rejected", "less_unreported", "requantified", "less_overwritten", "with_reported_twice"):
        statement = f"update lake.period_usage set units_{rung} = 120 where organization_id = 'uses_more'"
        books.connection.execute(statement.encode())
    books.connection.execute("update lake.period_usage set units_reported = 120 where organization_id = 'uses_more'")
    noted.append(close(books, SECOND))
    return noted


def test_a_close_says_what_became_of_the_findings(closed: list[Noted]) -> None:
    assert closed[0] == Noted(reported=4, began=4, changed=0, superseded=0, resolved=0)
    assert closed[1] == Noted(reported=3, began=2, changed=1, superseded=1, resolved=1)


@pytest.mark.parametrize(
    ("organization", "life"),
    [
        ("waits", [("B1", FIRST, None, None, None)]),
        ("bills", [("B1", FIRST, SECOND, "resolved", "late")]),
        ("bills_too_little", [("B1", FIRST, SECOND, "superseded", None), ("unposted", SECOND, None, None, None)]),
        ("uses_more", [("B1", FIRST, SECOND, "changed", None), ("B1", SECOND, None, None, None)]),
    ],
)
def test_each_finding_keeps_its_life(books: Books, organization: str, life: list[tuple[object, ...]]) -> None:
    found = [
        (row["finding"]["code"], row["seen_at"], row["gone_at"], row["ended"], row["resolved_by"])
        for row in sorted(versions(books), key=lambda row: row["seen_at"])
        if row["organization_id"] == organization
    ]
    assert found == life


def test_a_changed_finding_keeps_its_id(books: Books) -> None:
    amounts = {
        row["finding"]["leak_amount"]: row["finding_id"]
        for row in versions(books)
        if row["organization_id"] == "uses_more"
    }
    assert len(amounts) == 2
    assert len(set(amounts.values())) == 1


def test_the_same_close_again_notes_the_same(books: Books, closed: list[Noted]) -> None:
    before = versions(books)
    assert close(books, SECOND) == closed[1]
    assert versions(books) == before


def test_an_earlier_state_of_the_source_undoes_what_was_noted_since(books: Books) -> None:
    before = versions(books)
    close(books, THIRD)
    assert versions(books) == before  # a week went by and nothing happened
    books.connection.execute("delete from raw.invoice_lines where organization_id = 'bills'")
    close(books, THIRD)
    assert {row["seen_at"] for row in versions(books)} == {FIRST, SECOND, THIRD}
    line = {"kind": "usage", "amount": "10.00", "currency": "USD", "units": 100, "meter_id": "calls"}
    books.add("invoice_lines", "bills", invoice_line_id="late-l1", invoice_id="late", **line)
    close(books, SECOND)
    assert versions(books) == before


def test_what_was_reported_on_an_earlier_day_comes_back(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    from revenue_assets.findings.queries import Filters, find
    from revenue_assets.settings import get_settings

    monkeypatch.setenv("REVENUE_DATABASE_URL", books.address.url())
    get_settings.cache_clear()
    books.connection.commit()
    then = {row["organization_id"]: row["leak_amount"] for row in find(Filters(as_of=datetime(2025, 3, 2, tzinfo=UTC)))}
    assert then == dict.fromkeys(["waits", "bills", "bills_too_little", "uses_more"], d(10))
    now = {row["organization_id"]: row["leak_amount"] for row in find(Filters(as_of=datetime(2025, 3, 9, tzinfo=UTC)))}
    assert now == {"waits": d(10), "bills_too_little": d(1), "uses_more": d(12)}
    columns = ("finding_id", "leak_amount", "period_start", "units", "maturity", "direction")
    noted = find(Filters(as_of=datetime(2025, 3, 9, tzinfo=UTC)))
    assert [[row[name] for name in columns] for row in noted] == [
        [row[name] for name in columns] for row in find(Filters())
    ]

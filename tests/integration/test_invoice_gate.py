"""The pre-invoice gate: drafts that would bill wrongly are named with what is owed, right ones and decoys are not."""

from decimal import Decimal

import pytest

from tests.integration.conftest import Books, Row

d = Decimal
IN_GRACE = "2025-02-02"  # January ended the day before, and the grace is three days
FEE = "25.00"


def drafted(books: Books, organization: str, lines: str, units: str = "100", **company: str) -> None:
    """A company with calls at 0.10 whose January is over, and a draft of the lines."""
    books.company(organization, as_of=IN_GRACE, **company)  # type: ignore[arg-type]
    books.period(organization)
    books.usage(organization, units)
    books.invoice(organization, "i", lines, status="draft")


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    drafted(books, "right", "usage 100 10.00, recurring - 25.00", fee=FEE)
    drafted(books, "missing_line", "recurring - 25.00", fee=FEE)
    drafted(books, "wrong_units", "usage 60 6.00")
    drafted(books, "wrong_price", "usage 100 8.00")
    drafted(books, "two_causes", "usage 100 8.00", units="130 130 100 100 100 100 100")
    for organization in ("wrong_price", "two_causes"):
        books.price(organization, "old", "billing_prices", meter_id="calls", unit_amount="0.08")
    drafted(books, "charged_already", "usage 100 10.00")
    books.invoice("charged_already", "before", "usage 100 10.00", issued_at="2025-01-31")
    drafted(books, "ended", "usage 100 10.00", ended_at="2025-02-01")
    february = {"period_start": "2025-02-01", "period_end": "2025-03-01"}
    books.invoice("ended", "late", "recurring - 25.00", status="draft", **february)
    drafted(books, "no_true_up", "usage 100 10.00", also="commitments")
    drafted(books, "under_minimum", "usage 60 6.00, minimum - 34.00", also="commitments")
    for organization in ("no_true_up", "under_minimum"):
        row = {"subscription_id": "s", "kind": "minimum", "amount": "40.00", "currency": "USD"}
        books.add("commitments", organization, commitment_id="m", valid_from="2024-01-01", **row)
    drafted(books, "unpriced", "usage 100 10.00", call=None)  # type: ignore[arg-type]

    drafted(books, "rounding", "usage 100 10.01")
    drafted(books, "zero_usage", "recurring - 25.00", units="0", fee=FEE)
    books.company("running", as_of="2025-01-20", fee=FEE)
    books.period("running")
    books.usage("running", "100")
    books.invoice("running", "i", "recurring - 25.00", status="draft", issued_at="2025-01-01")
    books.company("trial", as_of=IN_GRACE, fee=FEE, trial_end="2025-02-01")
    books.invoice("trial", "i", "", status="draft")
    books.company("billed_trial", as_of=IN_GRACE, trial_end="2025-02-01")
    books.invoice("billed_trial", "i", "usage 100 10.00", status="draft")

    for organization, until in {"forgotten": "2025-01-21", "not_its_turn": "2025-01-20"}.items():
        books.company(organization, as_of="2025-01-22")
        books.subscription(organization, "other")
        for subscription, end in {"s": "2025-01-20", "other": until}.items():
            books.period(organization, end=end, subscription_id=subscription)
        books.usage(organization, "100", end="2025-01-20")
        row = {"period_end": until, "issued_at": "2025-01-22", "subscription_id": "other"}
        books.invoice(organization, "i", "recurring - 1.00", **row)
    assert set(books.build_ladder().values()) <= {"success", "pass", "warn"}
    return books


def gate(books: Books, organization: str) -> dict[str, Row]:
    """The rows of an organization by item."""
    rows = books.rows("select * from marts.mart_invoice_gate where organization_id = %s", organization)
    return {row["item"]: row for row in rows}


@pytest.mark.parametrize(
    ("organization", "item", "expected", "draft", "difference", "causes"),
    [
        # 100 calls at 0.10 are owed in each
        ("missing_line", "calls", "10", "0", "10", "B10 10"),
        ("wrong_units", "calls", "10", "6", "4", "unposted 4"),
        ("wrong_price", "calls", "10", "8", "2", "R1 2"),
        ("two_causes", "calls", "13", "8", "5", "U1 3, R1 2"),  # 30 calls never reached the meter
        ("charged_already", "calls", "10", "10", "-10", "B6 -10"),
        ("ended", "recurring", "0", "25", "-25", "B5 -25"),
        ("no_true_up", "minimum_true_up", "30", "0", "30", "R4 30"),  # 40 promised, 10 used
        ("billed_trial", "calls", "0", "10", "-10", "unposted -10"),
        ("forgotten", "calls", "10", "0", "10", "B1 10"),
    ],
)
def test_a_draft_that_would_bill_wrongly_is_named_with_what_is_owed(
    books: Books, organization: str, item: str, expected: str, draft: str, difference: str, causes: str
) -> None:
    row = gate(books, organization)[item]
    assert row["is_right"] is False
    assert (row["expected_amount"], row["draft_amount"]) == (d(expected), d(draft))
    assert (row["difference_amount"], row["causes"]) == (d(difference), causes)
    assert row["code"] == causes.split()[0]
    assert row["name"]
    assert row["to_do"]
    assert row["invoice_ids"] == (None if draft == "0" else "late" if organization == "ended" else "i")


def test_the_rest_of_a_wrong_draft_is_right(books: Books) -> None:
    assert {item: row["is_right"] for item, row in gate(books, "missing_line").items()} == {
        "calls": False,
        "recurring": True,
    }
    assert gate(books, "ended")["calls"]["is_right"]


@pytest.mark.parametrize(
    ("organization", "items"),
    [
        ("right", {"calls", "recurring"}),
        ("rounding", {"calls"}),
        ("zero_usage", {"recurring"}),
        ("running", {"recurring"}),  # its calls are billed when the period is over
        ("trial", set()),
        ("under_minimum", {"calls", "minimum_true_up"}),  # 40 are paid either way
        ("not_its_turn", set()),  # billing has not come further than this period's own end
    ],
)
def test_what_only_looks_wrong_raises_nothing(books: Books, organization: str, items: set[str]) -> None:
    rows = gate(books, organization)
    assert set(rows) == items
    assert all(row["is_right"] for row in rows.values())


def test_what_cannot_be_rated_is_neither_right_nor_wrong(books: Books) -> None:
    row = gate(books, "unpriced")["calls"]
    assert (row["is_right"], row["unrated_reason"]) == (None, "no_price_in_force")
    assert (row["expected_amount"], row["draft_amount"]) == (None, d(10))


def test_a_difference_that_no_cause_explains_fails_the_check(books: Books) -> None:
    test = ("test", "--select", "gate_row_whose_causes_do_not_add_up")
    assert set(books.dbt(*test).values()) == {"pass"}
    books.connection.execute("update marts.mart_invoice_gate set difference_amount = 0.01 where item = 'recurring'")
    assert set(books.dbt(*test).values()) == {"fail"}

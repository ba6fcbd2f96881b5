"""Usage that was reported after its invoice was finalized (U4), or billed later, and the value received last (U10)."""

from decimal import Decimal

import pytest

from tests.integration.conftest import LADDER, Books

d = Decimal
JANUARY = {"period_start": "2025-01-01", "period_end": "2025-02-01", "billing_month": "2025-01-01"}
FEBRUARY = {"period_start": "2025-02-01", "period_end": "2025-03-01", "issued_at": "2025-03-01"}
MARCH = {"period_start": "2025-03-01", "period_end": "2025-04-01", "issued_at": "2025-04-01"}
APRIL = {"period_start": "2025-04-01", "period_end": "2025-05-01", "issued_at": "2025-05-01"}


def arrived(books: Books, organization: str, in_time: str, received_last: str | None = None, late: int = 3) -> None:
    """Something of January was reported late; 0.10 a call unless the case says otherwise."""
    times = {"first_event_at": "2025-01-30", "last_event_at": "2025-01-31"} if late else {}
    row = {"account_id": "a", "subscription_id": "s", "meter_id": "calls", "late_events": late}
    row |= {"units_in_time": in_time, "units_received_last": received_last}
    books.add("lake.period_arrivals", organization, **(row | JANUARY | times))


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once. Reported in January, in time, billed."""
    cases = {
        "lost": ("100", "90", "90"),
        "more_than_late": ("100", "90", "80"),
        "less_than_late": ("100", "90", "95"),
        "charged_anyway": ("100", "90", "100"),
        "over_billed": ("100", "90", "110"),
        "next_invoice": ("100", "90", "90"),
        "second_next": ("100", "90", "90"),
        "third_next": ("100", "90", "90"),
        "not_exactly": ("100", "90", "90"),
    }
    for organization, (reported, in_time, billed) in cases.items():
        books.company(organization)
        books.period(organization)
        books.usage(organization, reported)
        arrived(books, organization, in_time)
        books.invoice(organization, "i", f"usage {billed} {d(billed) / 10}")
    for organization in ("next_invoice", "second_next", "third_next", "not_exactly"):
        books.period(organization, "2025-02-01", "2025-03-01", days=(28, 28))
        books.usage(organization, "50", "2025-02-01", "2025-03-01")
    books.invoice("next_invoice", "feb", "usage 50 5.00, usage 10 1.00", **FEBRUARY)
    books.invoice("not_exactly", "feb", "usage 50 5.00, usage 8 0.80", **FEBRUARY)
    for organization in ("second_next", "third_next"):
        books.invoice(organization, "feb", "usage 50 5.00", **FEBRUARY)
        for month in ("2025-03-01 2025-04-01", "2025-04-01 2025-05-01"):
            books.period(organization, *month.split())
            books.usage(organization, "20", *month.split())
    books.invoice("second_next", "mar", "usage 20 2.00, usage 10 1.00", **MARCH)
    books.invoice("second_next", "apr", "usage 20 2.00", **APRIL)
    books.invoice("third_next", "mar", "usage 20 2.00", **MARCH)
    books.invoice("third_next", "apr", "usage 20 2.00, usage 10 1.00", **APRIL)

    books.company("allowance", call=None)
    books.price("allowance", "call", meter_id="calls", unit_amount="0.10", included_units=50)
    books.period("allowance")
    books.usage("allowance", "70")
    arrived(books, "allowance", "40")
    books.invoice("allowance", "i", "usage 40 0.00")

    books.company("all_late", fee="5")
    books.period("all_late")
    books.usage("all_late", "10")
    arrived(books, "all_late", "0")
    books.invoice("all_late", "i", "recurring - 5.00")

    for organization, billed in {"received_last": "30", "neither": "35"}.items():
        books.company(organization)
        books.period(organization)
        books.usage(organization, "40")
        arrived(books, organization, "40", "30", late=0)
        books.invoice(organization, "i", f"usage {billed} {d(billed) / 10}")
    results = books.dbt(*LADDER, "--exclude", "test_type:generic")
    assert not {name: status for name, status in results.items() if status not in ("success", "pass")}
    return books


@pytest.mark.parametrize(
    ("organization", "leaks"),
    [
        ("lost", {"U4": "1.00"}),  # 100 - 90 calls at 0.10
        ("more_than_late", {"U4": "1.00", "unposted": "1.00"}),  # the gap is 20 calls, 10 of them were late
        ("less_than_late", {"U4": "0.50"}),  # 5 of the 10 late calls are on the invoice
        ("charged_anyway", {}),
        ("over_billed", {"unposted": "-1.00"}),  # what was late is no reason to charge more
        ("allowance", {"U4": "2.00"}),  # 50 are free: 70 cost 2.00, 40 cost nothing
        ("all_late", {"U4": "1.00"}),  # no line of the meter, because nothing of it had come
        ("received_last", {"U10": "1.00"}),  # 40 happened last, 30 were received last and billed
        ("neither", {"unposted": "0.50"}),
    ],
)
def test_what_was_late_owns_no_more_than_the_gap(books: Books, organization: str, leaks: dict[str, str]) -> None:
    assert books.leaks(organization) == {("calls", code): d(amount) for code, amount in leaks.items()}


@pytest.mark.parametrize("organization", ["next_invoice", "second_next"])
def test_what_one_of_the_next_two_invoices_charges_is_no_loss(books: Books, organization: str) -> None:
    assert books.leaks(organization) == {}
    query = """
        select to_char(billing_month, 'MM') as month, code, leak_amount from intermediate.int_leak_causes
        where organization_id = %s order by month
    """
    later = {"next_invoice": "02", "second_next": "03"}[organization]
    found = [(row["month"], row["code"], row["leak_amount"]) for row in books.rows(query, organization)]
    assert found == [("01", "billed_later", d("1")), (later, "billed_later", d("-1"))]


@pytest.mark.parametrize(("organization", "over"), [("third_next", "-1.00"), ("not_exactly", "-0.80")])
def test_another_quantity_or_a_later_invoice_charges_something_else(books: Books, organization: str, over: str) -> None:
    found = sorted((row["code"], row["leak_amount"]) for row in books.findings(organization))
    assert found == [("U4", d("1.00")), ("unposted", d(over))]


def test_the_finding_tells_the_late_events(books: Books) -> None:
    (finding,) = books.findings("lost")
    assert (finding["units"], finding["events"], finding["bucket"]) == (10, 3, "posting")
    assert (finding["first_event_at"].day, finding["last_event_at"].day) == (30, 31)


def test_a_later_line_is_found_when_its_month_alone_is_built(books: Books) -> None:
    assert set(books.build_ladder(first="2025-02", last="2025-02").values()) == {"success", "pass"}
    assert books.leaks("next_invoice") == {}

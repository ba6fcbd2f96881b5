"""Maturity, remedy, what is recoverable until when, and severity: all counted from as_of and the vendor's windows."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.integration.conftest import Books

d = Decimal

# 30 unreported calls of 100, the first on the 5th of January; the period ends on the 1st of February.
CASES = {
    "in_window": ("stripe", "2025-02-05", "0.10"),  # 35 days from the 5th of January end on the 9th of February
    "first_event_too_old": ("stripe", "2025-02-20", "0.10"),
    "last_instant": ("stripe", "2025-03-07 23:59:59", "0.10"),
    "beyond": ("stripe", "2025-03-08", "0.10"),
    "metronome_beyond": ("metronome", "2025-03-07", "0.10"),
    "metronome_within": ("metronome", "2025-02-07 23:59:59", "0.10"),
    "no_limit": ("generic", "2026-02-05", "0.10"),
    "medium": ("generic", "2025-06-01", "5"),
    "high": ("generic", "2025-06-01", "40"),
    "critical": ("generic", "2025-06-01", "400"),
    "low_but_urgent": ("stripe", "2025-02-02 00:00:01", "0.10"),
    "urgent_critical": ("stripe", "2025-02-05", "400"),
}


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    for organization, (vendor, as_of, call) in CASES.items():
        books.company(organization, billing_vendor=vendor, as_of=as_of, call=call)
        books.period(organization)
        books.usage(organization, "100 100 70 70 70 70 70")
        books.invoice(organization, "i", f"usage 70 {70 * d(call)}")
        books.add(
            "lake.period_findings", organization, account_id="a", subscription_id="s", meter_id="calls", code="U1",
            units=30, events=3, period_start="2025-01-01", period_end="2025-02-01", billing_month="2025-01-01",
            first_event_at="2025-01-05", last_event_at="2025-01-09",
        )  # fmt: skip
    books.company("over", billing_vendor="stripe", as_of="2025-02-05")
    books.period("over")
    books.usage("over", "100 100 100 100 100 100 130")
    books.invoice("over", "i", "usage 130 13.00")
    for organization, as_of in {"unpaid": "2025-03-20", "unpaid_too_long": "2025-06-01"}.items():
        books.company(organization, billing_vendor="stripe", as_of=as_of, without="")
        books.period(organization)
        books.usage(organization, "100")
        books.invoice(organization, "i", "usage 100 10.00", status="open", due_at="2025-02-02")
        for number in (1, 2):
            columns = {"attempt_id": f"{organization}-{number}", "attempt_number": number, "status": "failed"}
            books.payment(organization, "i", "10.00", **columns, attempted_at=f"2025-02-0{number + 1}")
    results = books.build_ladder()
    failed = {name: status for name, status in results.items() if status not in ("success", "pass", "warn")}
    assert not failed
    return books


@pytest.mark.parametrize(
    ("organization", "maturity", "remedy", "until"),
    [
        ("in_window", "finalized", "send_meter_event", datetime(2025, 2, 9, tzinfo=UTC)),
        ("first_event_too_old", "finalized", "draft_invoice", None),
        ("last_instant", "finalized", "draft_invoice", None),
        ("beyond", "beyond_window", "draft_invoice", None),
        ("metronome_beyond", "beyond_window", "draft_invoice", None),
        ("metronome_within", "finalized", "send_meter_event", datetime(2025, 2, 8, tzinfo=UTC)),
        ("no_limit", "finalized", "send_meter_event", None),
    ],
)
def test_usage_is_sent_while_its_first_event_is_young_enough_and_invoiced_by_hand_after(
    books: Books, organization: str, maturity: str, remedy: str, until: datetime | None
) -> None:
    (finding,) = books.findings(organization)
    assert (finding["code"], finding["maturity"], finding["remedy"]) == ("U1", maturity, remedy)
    assert (finding["recoverable_until"], finding["recoverable_amount"]) == (until, d("3"))


def test_over_billing_is_credited_and_brings_nothing_back(books: Books) -> None:
    (finding,) = books.findings("over")
    assert (finding["direction"], finding["remedy"]) == ("over", "credit_note")
    assert (finding["leak_amount"], finding["recoverable_amount"]) == (d("-3"), 0)


def test_a_failed_payment_is_tried_again_for_sixty_days_after_the_period_and_then_written_off(books: Books) -> None:
    (finding,) = books.findings("unpaid")
    assert (finding["code"], finding["remedy"], finding["recoverable_amount"]) == ("C1", "retry_payment", d("10"))
    assert finding["recoverable_until"] == datetime(2025, 4, 2, tzinfo=UTC)
    (finding,) = books.findings("unpaid_too_long")
    assert (finding["remedy"], finding["recoverable_amount"]) == ("write_off", 0)
    assert finding["recoverable_until"] is None


# 30 calls at 0.10, 5, 40 and 400 are 3, 150, 1200 and 12000 USD; the steps are 100, 1000 and 10000.
@pytest.mark.parametrize(
    ("organization", "severity"),
    [
        ("no_limit", "low"),
        ("medium", "medium"),
        ("high", "high"),
        ("critical", "critical"),
        ("low_but_urgent", "medium"),
        ("urgent_critical", "critical"),
    ],
)
def test_severity_is_the_amount_and_one_step_more_in_the_last_seven_days(
    books: Books, organization: str, severity: str
) -> None:
    (finding,) = books.findings(organization)
    assert finding["severity"] == severity


def test_the_reconciliation_knows_periods_beyond_the_window(books: Books) -> None:
    assert books.reconciliation("beyond")["maturity"] == "beyond_window"
    assert books.reconciliation("beyond")["leak_under_amount"] == d("3")

"""First payments of the last three days against the four weeks before: what is a spike and what is not."""

from decimal import Decimal

import pytest

from tests.integration.conftest import Books, Row

RECENT, BEFORE = "2025-05-30", "2025-05-10"  # as of June


def tried(books: Books, organization: str, day: str, failed: int, succeeded: int) -> None:
    """So many invoices whose first try was on this day; one that failed is paid a day later."""
    for number in range(failed + succeeded):
        invoice, is_failed = f"{day}-{number}", number < failed
        books.invoice(organization, invoice, "other - 10.00", due_at=day)
        code = {"status": "failed", "decline_code": "do_not_honor"} if is_failed else {}
        books.payment(organization, invoice, "10.00", attempted_at=day, **code)
        if is_failed:
            again = {"attempt_id": f"again-{invoice}", "attempt_number": 2, "attempted_at": f"{day[:8]}31"}
            books.payment(organization, invoice, "10.00", **again)


# organization: (failed, succeeded) in the last days, (failed, succeeded) before
CASES = {
    "spike": ((12, 12), (2, 38)),
    "as_before": ((2, 38), (2, 38)),
    "few_tries": ((12, 7), (2, 38)),
    "few_before": ((12, 12), (0, 19)),
    "by_chance": ((4, 20), (2, 38)),
    "strict": ((12, 12), (2, 38)),
}


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    for organization, (recent, before) in CASES.items():
        books.company(organization, without="", call=None)
        tried(books, organization, RECENT, *recent)
        tried(books, organization, BEFORE, *before)
    books.company("no_payments", call=None)
    books.build(only="mart_payment_failure_spike")
    books.connection.execute(
        "insert into staging.payment_alert_thresholds values ('strict', 3, 28, 20, 0.5)"  # a rise of 50 points
    )
    books.connection.commit()
    return books


def spike(books: Books, organization: str) -> Row:
    (row,) = books.rows("select * from marts.mart_payment_failure_spike where organization_id = %s", organization)
    return row


def test_first_tries_are_counted_before_and_after_and_retries_are_not(books: Books) -> None:
    row = spike(books, "spike")
    assert [row[f"recent_{name}"] for name in ("attempts", "failures")] == [24, 12]
    assert [row[f"baseline_{name}"] for name in ("attempts", "failures")] == [40, 2]
    assert (row["recent_failure_rate"], row["baseline_failure_rate"]) == (Decimal("0.5"), Decimal("0.05"))


def test_the_lower_bound_is_that_of_the_two_wilson_intervals(books: Books) -> None:
    """Newcombe's method 10 by hand with z = 2.5758: 12/24 is 0.2673..0.7327, 2/40 is 0.0098..0.2182.

    0.45 - sqrt((0.5 - 0.2673)**2 + (0.2182 - 0.05)**2) = 0.1629.
    """
    assert spike(books, "spike")["rise_low_rate"] == pytest.approx(Decimal("0.1629"), abs=Decimal("0.0001"))


@pytest.mark.parametrize("organization", CASES)
def test_only_a_clear_rise_over_enough_tries_is_a_spike(books: Books, organization: str) -> None:
    assert spike(books, organization)["is_spike"] == (organization == "spike")


def test_an_organization_without_payments_has_no_row(books: Books) -> None:
    assert not books.rows("select 1 from marts.mart_payment_failure_spike where organization_id = 'no_payments'")

"""The metering rung and the rounding of amounts: every expected amount is worked out by hand beside its case."""

from decimal import Decimal

import pytest

from tests.integration.conftest import LADDER, Books

d = Decimal


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    for organization, units in {
        "peeled": "100 97 90 88 85 92 95",
        "under_and_over": "100 100 80 80 80 80 95",
        "under_as_over": "100 100 80 80 80 80 100",
        "clean": "100",
    }.items():
        books.company(organization)
        books.period(organization)
        books.usage(organization, units)
        billed = units.split()[-1]
        books.invoice(organization, "i", f"usage {billed} {d(billed) / 10}")

    books.company("allowance", call=None)
    books.price("allowance", "call", meter_id="calls", unit_amount="0.10", included_units=50)
    books.period("allowance")
    books.usage("allowance", "70 70 45 45 45 45 60")
    books.invoice("allowance", "i", "usage 60 1.00")
    books.add(
        "lake.period_findings", "peeled", account_id="a", subscription_id="s", meter_id="calls", code="U1", units=7,
        events=4, period_start="2025-01-01", period_end="2025-02-01", billing_month="2025-01-01",
        first_event_at="2025-01-05", last_event_at="2025-01-09",
    )  # fmt: skip
    for currency, price in {"JPY": "0.5", "USD": "0.005", "KWD": "0.0005"}.items():
        books.company(currency, currency=currency, call=price, without="invoices invoice_lines payment_attempts")
        books.period(currency, currency=currency)
        books.usage(currency, "3 3 1 1 1 1 1")
    books.company("refund_per_call", call="-0.005", without="invoices")
    books.period("refund_per_call")
    books.usage("refund_per_call", "1")
    results = books.dbt(*LADDER, "--exclude", "test_type:generic")
    failed = {name: status for name, status in results.items() if status not in ("success", "pass")}
    assert not failed
    return books


def test_each_cause_is_priced_on_the_quantity_left_after_the_one_before(books: Books) -> None:
    # 0.10 per call: 100 -3 rejected -7 unreported -2 differing -3 overwritten +7 twice +3 without usage = 95
    assert books.leaks("peeled") == {
        ("calls", "U3"): d("0.30"),
        ("calls", "U1"): d("0.70"),
        ("calls", "U2"): d("0.20"),
        ("calls", "U10"): d("0.30"),
        ("calls", "U8"): d("-0.70"),
        ("calls", "U9"): d("-0.30"),
    }
    assert books.ladder("peeled")[:6] == [d("10"), *[d("9.5")] * 5]


def test_a_metering_finding_tells_its_own_events(books: Books) -> None:
    (finding,) = books.rows("select * from marts.revmatch_leaks where organization_id = 'peeled' and code = 'U1'")
    assert (finding["units"], finding["events"]) == (7, 4)
    assert (finding["first_event_at"].day, finding["last_event_at"].day) == (5, 9)
    assert (finding["direction"], finding["maturity"], finding["bucket"]) == ("under", "finalized", "metering")
    assert (finding["entitled_amount"], finding["billed_amount"]) == (10, d("9.5"))


def test_an_under_and_an_over_of_the_same_size_leave_a_step_of_zero_with_two_causes(books: Books) -> None:
    assert books.leaks("under_as_over") == {("calls", "U1"): d("2"), ("calls", "U9"): d("-2")}
    assert books.ladder("under_as_over")[:2] == [10, 10]
    assert books.reconciliation("under_as_over")["status"] == "both"


def test_under_and_over_of_one_item_are_never_netted(books: Books) -> None:
    assert books.leaks("under_and_over") == {("calls", "U1"): d("2"), ("calls", "U9"): d("-1.5")}
    row = books.reconciliation("under_and_over")
    assert (row["status"], row["expected_amount"], row["billed_amount"]) == ("both", 10, d("9.5"))
    assert (row["leak_under_amount"], row["leak_over_amount"], row["leak_net_amount"]) == (2, d("1.5"), d("0.5"))


def test_a_clean_period_raises_nothing(books: Books) -> None:
    assert books.leaks("clean") == {}
    row = books.reconciliation("clean")
    assert row["status"] == "accurate"


def test_an_allowance_is_used_up_before_anything_is_lost(books: Books) -> None:
    # 50 units are free: 70 cost 2.00, 45 cost nothing, 60 cost 1.00
    assert books.leaks("allowance") == {("calls", "U1"): d("2"), ("calls", "U9"): d("-1")}


@pytest.mark.parametrize(
    ("currency", "entitled", "metered"),
    # half a minor unit is rounded away from zero: 1.5 and 0.5 yen, 1.5 and 0.5 cents, 1.5 and 0.5 fils
    [("JPY", "2", "1"), ("USD", "0.02", "0.01"), ("KWD", "0.002", "0.001")],
)
def test_half_a_minor_unit_is_rounded_away_from_zero(books: Books, currency: str, entitled: str, metered: str) -> None:
    assert books.ladder(currency)[:2] == [d(entitled), d(metered)]
    assert books.leaks(currency) == {("calls", "U1"): d(entitled) - d(metered)}


def test_a_negative_half_is_rounded_away_from_zero_too(books: Books) -> None:
    assert books.ladder("refund_per_call")[0] == d("-0.01")


def test_the_ladder_of_a_month_sums_its_items(books: Books) -> None:
    rungs = books.rungs("peeled")
    assert [row["rung"] for row in rungs][:3] == ["entitled", "metered", "posted"]
    assert [row["amount"] for row in rungs][:3] == [10, d("9.5"), d("9.5")]
    metered = rungs[1]
    assert (metered["leak_under_amount"], metered["leak_over_amount"]) == (d("1.5"), 1)
    assert metered["leak_net_amount"] == d("0.5")

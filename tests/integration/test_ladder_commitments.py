"""Minimums, maximums and discounts: items of their own that follow from the others, rung by rung."""

from decimal import Decimal

import pytest

from tests.integration.conftest import Books

d = Decimal


def agreed(books: Books, organization: str, lines: str | None, units: str = "100", start: str = "2025-01-01") -> None:
    """A company with calls at 0.10, one January (or half of it), an invoice of the lines, and all datasets of terms."""
    books.company(organization, also="commitments discounts")
    books.period(organization, start, days=(31, 31) if start == "2025-01-01" else (15, 30))
    books.usage(organization, units, start)
    if lines is not None:
        books.invoice(organization, "i", lines, period_start=start)


def lost(books: Books, organization: str, units: str) -> None:
    """What the lake says of a January in which calls were never reported: four events of so many units."""
    row = {"account_id": "a", "subscription_id": "s", "meter_id": "calls", "code": "U1", "events": 4, "units": units}
    row |= {"period_start": "2025-01-01", "period_end": "2025-02-01", "billing_month": "2025-01-01"}
    books.add("lake.period_findings", organization, **row)


def commitment(books: Books, organization: str, kind: str, amount: str, **columns: object) -> None:
    """A commitment of subscription `s` since 2024."""
    row = {"subscription_id": "s", "kind": kind, "amount": amount, "currency": "USD", "valid_from": "2024-01-01"}
    books.add("commitments", organization, commitment_id=kind, **(row | columns))


def discount(books: Books, organization: str, discount_id: str = "d", **columns: object) -> None:
    """A discount of subscription `s` since 2024."""
    row = {"subscription_id": "s", "valid_from": "2024-01-01"}
    books.add("discounts", organization, discount_id=discount_id, **(row | columns))


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    agreed(books, "trued_up", "usage 100 10.00, minimum - 30.00")
    agreed(books, "not_trued_up", "usage 100 10.00")
    agreed(books, "trued_up_short", "usage 100 10.00, minimum - 25.00")
    agreed(books, "above_minimum", "usage 500 50.00", units="500")
    agreed(books, "lost_under_minimum", "usage 60 6.00, minimum - 34.00", units="100 100 60 60 60 60 60")
    agreed(books, "lost_across_minimum", "usage 300 30.00, minimum - 10.00", units="500 500 300 300 300 300 300")
    agreed(books, "no_invoice", None)
    agreed(books, "half_period", "usage 100 10.00, minimum - 10.00", start="2025-01-17")
    for organization in ("trued_up", "not_trued_up", "trued_up_short", "above_minimum", "lost_under_minimum"):
        commitment(books, organization, "minimum", "40.00")
    for organization in ("lost_across_minimum", "no_invoice", "half_period"):
        commitment(books, organization, "minimum", "40.00")
    agreed(books, "capped", "usage 500 50.00, maximum - -20.00", units="500")
    agreed(books, "lost_above_cap", "usage 400 40.00, maximum - -10.00", units="500 500 400 400 400 400 400")
    agreed(books, "not_capped", "usage 500 50.00", units="500")
    for organization in ("capped", "lost_above_cap", "not_capped"):
        commitment(books, organization, "maximum", "30.00")
    agreed(books, "ended_commitment", "usage 100 10.00, minimum - 30.00")
    commitment(books, "ended_commitment", "minimum", "40.00", valid_to="2025-01-01")

    agreed(books, "discounted", "usage 100 10.00, discount - -2.00")
    agreed(books, "too_much_off", "usage 100 10.00, discount - -3.00")
    agreed(books, "not_discounted", "usage 100 10.00")
    agreed(books, "lost_at_a_discount", "usage 60 6.00, discount - -1.20", units="100 100 60 60 60 60 60")
    for organization in ("discounted", "too_much_off", "not_discounted", "lost_at_a_discount"):
        discount(books, organization, percent_off="20")
    agreed(books, "discount_ended", "usage 100 10.00, discount - -2.00")
    discount(books, "discount_ended", percent_off="20", valid_to="2025-01-01")
    agreed(books, "other_meter", "usage 100 10.00, discount - -2.00")
    discount(books, "other_meter", percent_off="20", meter_id="tokens")
    agreed(books, "two_discounts", "usage 100 10.00, discount - -3.50")
    discount(books, "two_discounts", percent_off="20")
    discount(books, "two_discounts", "e", amount_off="1.50")
    agreed(books, "more_than_there_is", "usage 100 10.00, discount - -10.00")
    discount(books, "more_than_there_is", amount_off="25.00")
    agreed(books, "discount_then_minimum", "usage 500 50.00, discount - -25.00, minimum - 15.00", units="500")
    discount(books, "discount_then_minimum", percent_off="50")
    commitment(books, "discount_then_minimum", "minimum", "40.00")
    losses = {"lost_under_minimum": "40", "lost_across_minimum": "200", "lost_above_cap": "100"}
    for organization, units in (losses | {"lost_at_a_discount": "40"}).items():
        lost(books, organization, units)
    results = books.build_ladder()
    assert not {name: status for name, status in results.items() if status not in ("success", "pass")}
    return books


@pytest.mark.parametrize(
    ("organization", "leaks"),
    [
        ("trued_up", {}),
        ("not_trued_up", {("minimum_true_up", "R4"): "30"}),
        ("trued_up_short", {("minimum_true_up", "R4"): "5"}),
        ("above_minimum", {}),
        # 40.00 are owed whether 10.00 or 6.00 were used
        ("lost_under_minimum", {}),
        # 50.00 were owed and 40.00 are paid: 20.00 of usage were lost, the minimum brought back 10.00
        ("lost_across_minimum", {("calls", "U1"): "10"}),
        ("no_invoice", {("calls", "B1"): "10", ("minimum_true_up", "B1"): "30"}),
        # 40.00 x 15 / 30
        ("half_period", {}),
        ("capped", {}),
        ("lost_above_cap", {}),
        ("not_capped", {("maximum_discount", "R4"): "-20"}),
        ("ended_commitment", {("minimum_true_up", "R4"): "-30"}),
        ("discounted", {}),
        ("too_much_off", {("discount", "R5"): "1"}),
        ("not_discounted", {("discount", "R5"): "-2"}),
        ("lost_at_a_discount", {("calls", "U1"): "3.2"}),
        ("discount_ended", {("discount", "R5"): "2"}),
        ("other_meter", {("discount", "R5"): "2"}),
        ("two_discounts", {}),
        ("more_than_there_is", {}),
        ("discount_then_minimum", {}),
    ],
)
def test_terms_over_all_items_have_their_leaks(
    books: Books, organization: str, leaks: dict[tuple[str, str], str]
) -> None:
    assert books.leaks(organization) == {key: d(amount) for key, amount in leaks.items()}


def test_what_a_minimum_absorbs_leaves_the_cause_on_both_sides(books: Books) -> None:
    assert books.causes("lost_under_minimum") == {("calls", "absorbed"): 4, ("minimum_true_up", "absorbed"): -4}
    assert books.ladder("lost_under_minimum", "minimum_true_up")[:2] == [30, 34]


@pytest.mark.parametrize(
    ("organization", "absorbed_by", "units", "absorbed", "left"),
    [
        # 40 calls of 0.10 were lost under the minimum of 40.00: all 4.00 are made up for
        ("lost_under_minimum", "minimum_true_up", "40", "4", "0"),
        # 200 calls were lost, 20.00; the minimum of 40.00 brings back the 10.00 below it
        ("lost_across_minimum", "minimum_true_up", "200", "10", "10"),
        # 100 calls were lost, 10.00, above the cap of 30.00
        ("lost_above_cap", "maximum_discount", "100", "10", "0"),
        # 40 calls were lost, 4.00, of which 20 % would have been taken off
        ("lost_at_a_discount", "discount", "40", "0.8", "3.2"),
    ],
)
def test_what_was_absorbed_is_shown_with_the_units_of_its_cause(
    books: Books, organization: str, absorbed_by: str, units: str, absorbed: str, left: str
) -> None:
    (row,) = books.rows("select * from marts.mart_absorbed_usage where organization_id = %s", organization)
    assert (row["item"], row["code"], row["direction"], row["absorbed_by"]) == ("calls", "U1", "under", absorbed_by)
    assert (row["units"], row["events"]) == (d(units), 4)
    assert (row["absorbed_amount"], row["leak_amount"]) == (d(absorbed), d(left))
    account = books.reconciliation(organization)
    assert (account["absorbed_under_amount"], account["absorbed_over_amount"]) == (d(absorbed), 0)
    assert account["leak_under_amount"] == d(left)


def test_only_what_was_absorbed_is_shown_as_such(books: Books) -> None:
    shown = books.rows("select distinct organization_id from marts.mart_absorbed_usage order by 1")
    lossy = ["lost_above_cap", "lost_across_minimum", "lost_at_a_discount", "lost_under_minimum"]
    assert [row["organization_id"] for row in shown] == lossy


def test_a_cap_that_was_not_applied_is_over_billing(books: Books) -> None:
    (finding,) = books.findings("not_capped")
    assert (finding["direction"], finding["entitled_amount"], finding["billed_amount"]) == ("over", -20, 0)

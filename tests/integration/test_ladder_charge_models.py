"""Prices that are no straight line, from usage to findings: a leak is the difference of two whole prices.

Never units times a rate. The first four are the worked examples of docs/definitions.md, "Leak".
"""

import json
from decimal import Decimal

import pytest

from tests.integration.conftest import Books, Row

d = Decimal
# Amounts as text and as numbers: a source may deliver both.
VOLUME: list[Row] = [
    {"up_to": 100, "unit_amount": "2", "flat_amount": 10},
    {"up_to": 200, "unit_amount": 1},
    {"unit_amount": 0.5},
]
GRADUATED: list[Row] = [
    {"up_to": "10", "unit_amount": 10, "flat_amount": "2"},
    {"up_to": None, "unit_amount": 5, "flat_amount": "3"},
]
PERCENT: list[Row] = [{"up_to": 1000, "rate_percent": "1.5"}, {"up_to": None, "rate_percent": 1, "flat_amount": "0.10"}]
TERMS: dict[str, Row] = {
    "volume": {"charge_model": "volume", "tiers": json.dumps(VOLUME)},
    "graduated": {"charge_model": "graduated", "tiers": json.dumps(GRADUATED)},
    "package": {"charge_model": "package", "package_size": "10", "package_amount": "100"},
    "dynamic": {"charge_model": "dynamic", "unit_amount": None},
    "marked_up": {"charge_model": "dynamic", "unit_amount": "1.2"},
    "of_amounts": {"charge_model": "graduated_percentage", "tiers": json.dumps(PERCENT)},
    "flat": {"charge_model": "flat", "unit_amount": "40.00"},
}
# What the customer used, what reached the meter, what stands on the invoice; then the finding.
UNREPORTED = "{0} {0} {1} {1} {1} {1} {1}"


def company(books: Books, organization: str, terms: Row, used: str, reported: str, line: str) -> None:
    """A January of calls at these terms: used and, when other, reported units, and an invoice of one usage line."""
    books.company(organization, call=None)
    books.price(organization, "call", meter_id="calls", **terms)
    books.period(organization)
    books.usage(organization, UNREPORTED.format(used, reported))
    books.invoice(organization, "i", f"usage {line}" if line else "")


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    company(books, "volume", TERMS["volume"], "101", "100", "100 210.00")
    company(books, "graduated", TERMS["graduated"], "11", "10", "10 102.00")
    company(books, "package", TERMS["package"], "129", "121", "121 1300.00")
    company(books, "package_begun", TERMS["package"], "131", "121", "121 1300.00")
    company(books, "package_down", TERMS["package"] | {"rounding": "down"}, "129", "129", "129 1300.00")
    company(books, "short_posted", TERMS["graduated"], "25", "25", "10 102.00")
    company(books, "dynamic", TERMS["dynamic"], "345.67", "300", "300 300.00")
    company(books, "marked_up", TERMS["marked_up"], "100", "100", "50 60.00")
    company(books, "of_amounts", TERMS["of_amounts"], "1200", "900", "900 13.50")
    company(books, "flat_of_meter", TERMS["flat"], "7", "0", "7 40.00")

    company(books, "included", TERMS["graduated"] | {"included_units": "5"}, "16", "15", "15 102.00")
    company(books, "within_included", TERMS["graduated"] | {"included_units": "5"}, "5", "3", "3 2.00")
    no_flat = {"included_units": "5", "zero_usage_flat_fee": False}
    company(books, "nothing_above", TERMS["graduated"] | no_flat, "6", "5", "5 0.00")

    company(books, "tier_wrong", TERMS["graduated"], "20", "20", "20 167.00")
    wrong = [GRADUATED[0], GRADUATED[1] | {"unit_amount": "6"}]
    books.price(
        "tier_wrong", "b", "billing_prices", meter_id="calls", charge_model="graduated", tiers=json.dumps(wrong)
    )
    company(books, "model_wrong", TERMS["volume"], "150", "150", "150 225.00")
    books.price("model_wrong", "b", "billing_prices", meter_id="calls", unit_amount="1.50")
    company(books, "same_in_billing", TERMS["volume"], "150", "150", "150 150.00")
    written = [{"up_to": "100.0", "unit_amount": 2, "flat_amount": "10.00"}, *VOLUME[1:]]
    books.price(
        "same_in_billing", "b", "billing_prices", meter_id="calls", charge_model="volume", tiers=json.dumps(written)
    )
    company(books, "allowance_wrong", TERMS["package"], "25", "25", "25 200.00")
    books.price("allowance_wrong", "b", "billing_prices", meter_id="calls", **TERMS["package"], included_units="5")

    company(books, "yen", TERMS["of_amounts"], "333", "333", "333 5")
    books.connection.execute("update raw.contract_prices set currency = 'JPY' where organization_id = 'yen'")
    books.connection.execute("update raw.invoices set currency = 'JPY' where organization_id = 'yen'")
    books.connection.execute("update raw.invoice_lines set currency = 'JPY' where organization_id = 'yen'")
    assert set(books.build_ladder().values()) == {"success", "pass"}
    return books


@pytest.mark.parametrize(
    ("organization", "leaks"),
    [
        # 101 units cost 101, 100 cost 2 x 100 + 10: what was not reported would have made the bill smaller
        ("volume", {"U1": "-109"}),
        # 11 units enter the second tier: 5 + 3
        ("graduated", {"U1": "8"}),
        # 13 packages were begun either way
        ("package", {}),
        ("package_begun", {"U1": "100"}),
        # 12 full packages are owed, 13 were billed
        ("package_down", {"R8": "-100"}),
        # 25 units: 100 + 2 + 75 + 3; 10 units: 102
        ("short_posted", {"unposted": "78"}),
        ("dynamic", {"U1": "45.67"}),
        ("marked_up", {"unposted": "60"}),
        # 1.5 % of 1000, 1 % of 200 and 0.10 on entering; 1.5 % of 900
        ("of_amounts", {"U1": "3.60"}),
        ("flat_of_meter", {"U1": "40", "unposted": "-40"}),
        # 5 included: 11 against 10 units are priced
        ("included", {"U1": "8"}),
        ("within_included", {}),
        ("nothing_above", {"U1": "12"}),
        # 102 + 53 signed, 102 + 63 charged, 167 written
        ("tier_wrong", {"R1": "-10", "R8": "-2"}),
        ("model_wrong", {"R1": "-75"}),
        ("same_in_billing", {}),
        # 3 packages of 25 units, 2 of the 20 beyond the allowance
        ("allowance_wrong", {"R3": "100"}),
        # 1.5 % of 333 is 4.995, 5 in whole yen
        ("yen", {}),
    ],
)
def test_a_leak_is_the_difference_of_two_whole_prices(books: Books, organization: str, leaks: dict[str, str]) -> None:
    found = {code: amount for (_, code), amount in books.causes(organization).items()}
    assert found == {code: d(amount) for code, amount in leaks.items()}


def test_over_and_under_are_findings_with_their_sign(books: Books) -> None:
    assert books.leaks("volume") == {("calls", "U1"): d(-109)}
    assert books.leaks("graduated") == {("calls", "U1"): d(8)}
    assert books.leaks("package") == {}
    (finding,) = books.findings("volume")
    assert (finding["direction"], finding["entitled_amount"], finding["billed_amount"]) == ("over", 101, 210)


def test_a_price_with_a_gap_between_its_pieces_is_a_failed_test(books: Books) -> None:
    test = "price_whose_pieces_leave_a_quantity_out"
    assert books.dbt("test", "--select", test) == {test: "pass"}
    books.connection.execute(
        "update intermediate.int_price_pieces set up_to = 99 where up_to = 100 and organization_id = 'volume'"
    )
    assert books.dbt("test", "--select", test) == {test: "fail"}

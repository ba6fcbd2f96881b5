"""The rater in SQL against published cases, and against what a price is by definition at its edges.

Cases are typed in here too, so that a mistake in reading the file of published ones cannot hide one in the SQL.
"""

from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from revenue_assets.errors import RevenueError
from revenue_assets.rating.cases import read_cases
from revenue_assets.rating.in_sql import amounts
from revenue_assets.rating.terms import Case, Terms, Tier

d = Decimal
PUBLISHED = Path(__file__).parent.parent / "data" / "charge_vectors.json"
OF_A_CASE = {field.name for field in fields(Case)}
Expected = tuple[str, Case]


def tiers(*listed: str, amount: str = "unit_amount") -> tuple[Tier, ...]:
    """Tiers written as `up_to amount flat`, - for no end."""
    split = [tier.split() for tier in listed]
    return tuple(
        Tier(None if up_to == "-" else d(up_to), flat_amount=d(flat), **{amount: d(each)})
        for up_to, each, flat in split
    )


LAGO = tiers("10 10 2", "20 5 3", "- 5 3")
VOLUME = tiers("100 2 10", "200 1 0", "- 0.5 50")
OPENMETER = tiers("5 0 100", "10 0 150", "15 10 0", "- 5 0")
LAGO_PERCENT = tiers("10 1 200", "20 2 300", "- 3 400", amount="rate_percent")


def case(amount: str, charge_model: str, quantity: str = "0", **given: Any) -> Expected:
    """A case of these terms and fields (text is a number), beside the amount it must have."""
    values: dict[str, Any] = {
        name: d(value) if isinstance(value, str) and name != "rounding" else value for name, value in given.items()
    }
    terms = Terms(charge_model, **{name: value for name, value in values.items() if name not in OF_A_CASE})
    of_case: dict[str, Any] = {"minor_unit": None} | {
        name: value for name, value in values.items() if name in OF_A_CASE
    }
    return amount, Case("", terms, quantity=d(quantity), **of_case)


def percentage(amount: str, events: str, **terms: Any) -> Expected:
    return case(amount, "percentage", event_amounts=tuple(map(d, events.split())), **terms)


def check(*cases: Expected) -> None:
    """All in one statement: each must come to its own amount."""
    named = {
        f"{number} {case.terms.charge_model}": (d(expected), case) for number, (expected, case) in enumerate(cases)
    }
    asked = [Case(**(vars(case) | {"case_id": name})) for name, (_, case) in named.items()]
    assert amounts(asked) == {name: expected for name, (expected, _) in named.items()}


@pytest.mark.usefixtures("warehouse")
def test_every_published_case_that_is_within_the_contract() -> None:
    cases = read_cases(PUBLISHED).cases
    found = amounts(cases)
    assert len(cases) > 100
    assert {case.case_id: found[case.case_id] for case in cases} == {case.case_id: case.expected for case in cases}


@pytest.mark.usefixtures("warehouse")
def test_published_amounts_of_quantities() -> None:
    package = {"package_size": "10", "package_amount": "100"}
    fees = tiers("5 0 100", "10 0 50", "15 5 0", "- 1 0")
    check(
        case("51.2345", "per_unit", "10", unit_amount="5.12345"),
        case("110", "graduated", "11", tiers=LAGO),
        case("163", "graduated", "21", tiers=LAGO),
        case("3", "graduated", "0.5", tiers=tiers("0.1 10 0", "1 5 0", "- 2 0")),
        case("100", "graduated", tiers=OPENMETER),
        case("210", "volume", "100", tiers=VOLUME),
        case("101", "volume", "101", tiers=VOLUME),
        case("200", "volume", "300", tiers=VOLUME),
        case("100", "volume", tiers=OPENMETER),
        case("150", "volume", "15", tiers=OPENMETER),
        case("0", "package", "121", included_units="200", **package),
        case("1300", "package", "121", **package),
        case("1300", "package", "129", **package),
        case("2", "package", "250", package_size="100", package_amount="1", rounding="down"),
        case("0", "package", package_size="100", package_amount="1"),
        case("200.01", "graduated_percentage", "1", tiers=LAGO_PERCENT),
        case("500.12", "graduated_percentage", "11", tiers=LAGO_PERCENT),
        case("900.33", "graduated_percentage", "21", tiers=LAGO_PERCENT),
        case("3.45", "dynamic", unit_amount="1", event_amounts=(d("0.70"), d("0.55"), d("2.20"))),
        case("13.33", "dynamic", unit_amount="1.33333", event_amounts=(d(10),), minor_unit=2),
        case("22", "graduated", "10", quantity_before="12", tiers=fees),
        case("15", "package", "5", quantity_before="17", package_size="10", package_amount="15"),
    )


@pytest.mark.usefixtures("warehouse")
def test_published_amounts_under_commitments_discounts_and_shares_of_a_period() -> None:
    steps = {"quantity_before": "7", "maximum_amount": "100", "unit_amount": "10"}
    check(
        case("30", "per_unit", "5", billed_before="70", **steps),
        case("65", "per_unit", "20", billed_before="35", percent_off="50", **steps),
        case("150", "volume", "5", tiers=OPENMETER, minimum_amount="150"),
        case("125", "volume", "7", tiers=OPENMETER, maximum_amount="125"),
        case("100", "package", package_size="10", package_amount="15", minimum_amount="100"),
        case("3871", "flat", unit_amount="5000", served=24, whole=31, minor_unit=0),
        case("548", "flat", unit_amount="1000", served=17, whole=31, minor_unit=0),
        # 1000.00 minimum for 14 of 28 days
        case("500.00", "per_unit", "3", unit_amount="1", minimum_amount="1000", served=14, whole=28, minor_unit=2),
        case("10.28", "per_unit", "1", unit_amount="10.275", minor_unit=2),
        case("1024", "per_unit", "1", unit_amount="1023.5", minor_unit=0),
        case("0.01", "per_unit", "1", unit_amount="0.005", minor_unit=2),
    )


@pytest.mark.usefixtures("warehouse")
def test_published_percentages_of_events() -> None:
    four, minmax = "50 100 250 400", {"transaction_minimum": "1.75", "transaction_maximum": "12"}
    lago = {"rate_percent": "1", "fixed_amount": "5", "free_amount": "15"}
    check(
        percentage("11.15", four, rate_percent="1.3", fixed_amount="2", free_events=3, free_amount="250"),
        percentage("7.2", four, rate_percent="1.3", fixed_amount="2", free_events=3),
        percentage("18.4", four, rate_percent="1.3", fixed_amount="2"),
        percentage("0.116", "1 1 1 1", rate_percent="2.9"),
        percentage("18.691", "10 80 10000", rate_percent="2.99", fixed_amount="2", **minmax),
        percentage("12", "10 80 10000", rate_percent="2.99", free_events=2, **minmax),
        percentage("13.794", "10 80 10000", rate_percent="2.99", free_amount="30", **minmax),
        percentage("5.01", "4 4 4 4", **lago),
        percentage("10.11", "4 4 4 4 10", **lago),
        percentage("5.01", "1 1 1 1", free_events=3, **lago),
        percentage("5.05", "10 10", free_events=3, **lago),
        percentage("10.15", "10 10 10", free_events=3, **lago),
        percentage("0", "", rate_percent="1", fixed_amount="5"),
    )


@pytest.mark.usefixtures("warehouse")
def test_prices_at_their_edges() -> None:
    check(
        # the units beyond the included ones begin in the first tier: 5 free, then 10 at 10 + 2, then 1 at 5 + 3
        case("110", "graduated", "16", included_units="5", tiers=LAGO),
        case("2", "graduated", "5", included_units="5", tiers=LAGO),
        case("12", "graduated", "6", included_units="5", tiers=LAGO),
        case("101", "volume", "111", included_units="10", tiers=VOLUME),
        # nothing used: the first flat fee, unless the price says otherwise
        case("10", "volume", "0", tiers=VOLUME),
        case("0", "volume", "0", tiers=VOLUME, zero_usage_flat_fee=False),
        case("0", "graduated", "5", included_units="5", tiers=LAGO, zero_usage_flat_fee=False),
        case("7", "graduated", "3", tiers=tiers("- 2 1")),
        # a third of 3.000000000000 is exactly one package; a hair more is two
        case("1", "package", "3.000000000000", package_size="3", package_amount="1"),
        case("2", "package", "3.000000000001", package_size="3", package_amount="1"),
        case("9999999999999999.999999999999", "per_unit", "9999999999999999.999999999999", unit_amount="1"),
        case("0.000000000001000000000001", "per_unit", "1.000000000001", unit_amount="0.000000000001"),
        # 2.5 % of 0.1 is 0.0025; of 100,000,000,000 with all decimals nothing is lost either
        percentage("0.0025", "0.1", rate_percent="2.5"),
        percentage("1000000000.000000000001", "100000000000.0000000001", rate_percent="1"),
        percentage("0.00000000000001", "1", rate_percent="0.000000000001"),
    )


@pytest.mark.usefixtures("warehouse")
def test_a_price_without_its_terms_is_refused_even_under_a_minimum() -> None:
    _, without = case("0", "volume", "5", minimum_amount="10")
    with pytest.raises(RevenueError, match="its terms lack what its charge model needs"):
        amounts([without])

"""What holds for every price, and the four prices where units times rate is wrong (the amounts are worked by hand)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revenue_assets.errors import RevenueError
from revenue_assets.rating.rater import amount
from revenue_assets.rating.terms import Case, Terms, Tier


def decimals(most: int, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(0, most, places=places, allow_nan=False, allow_infinity=False)


QUANTITIES = decimals(1_000, 3)
PRICES = decimals(100, 6)


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    bounds = sorted(draw(st.sets(st.decimals("0.001", 900, places=3), max_size=4)))
    return tuple(Tier(bound, draw(PRICES), draw(PRICES)) for bound in (*bounds, None))


@st.composite
def terms(draw: st.DrawFn, *models: str) -> Terms:
    return Terms(
        draw(st.sampled_from(models)),
        unit_amount=draw(PRICES),
        included_units=draw(st.sampled_from([Decimal(0), Decimal(10), Decimal("99.5")])),
        package_size=draw(st.decimals("0.001", 100, places=3)),
        package_amount=draw(PRICES),
        rounding=draw(st.sampled_from(["up", "down"])),
        tiers=draw(tiers()),
        zero_usage_flat_fee=draw(st.booleans()),
        maximum_amount=draw(st.none() | PRICES),
        percent_off=draw(st.sampled_from([Decimal(0), Decimal("12.5")])),
    )


OF_QUANTITY = ("per_unit", "graduated", "volume", "package")


def price(of: Terms, quantity: Decimal) -> Decimal:
    return amount(Case("x", of, None, quantity))


def leak(of: Terms, owed: Decimal, billed: Decimal) -> Decimal:
    """What is lost when another quantity was billed than was owed."""
    return amount(Case("x", of, None, owed - billed, billed, price(of, billed)))


@settings(deadline=None)
@given(terms("per_unit", "graduated", "package"), QUANTITIES, QUANTITIES)
def test_more_units_never_cost_less(of: Terms, first: Decimal, second: Decimal) -> None:
    assert price(of, min(first, second)) <= price(of, max(first, second))


def test_more_units_can_cost_less_under_volume_prices() -> None:
    assert price(VOLUME, Decimal(100)) == 210
    assert price(VOLUME, Decimal(101)) == 101


@settings(deadline=None)
@given(terms(*OF_QUANTITY), st.decimals("0.001", 1_000, places=3), QUANTITIES)
def test_what_was_billed_before_and_the_rest_add_up(of: Terms, before: Decimal, rest: Decimal) -> None:
    step = amount(Case("x", of, None, rest, before))
    assert price(of, before) + step == price(of, before + rest)


@settings(deadline=None)
@given(terms(*OF_QUANTITY), QUANTITIES, QUANTITIES)
def test_a_leak_has_the_opposite_sign_the_other_way_round(of: Terms, owed: Decimal, billed: Decimal) -> None:
    assert leak(of, owed, billed) == -leak(of, billed, owed)


VOLUME = Terms(
    "volume",
    tiers=(Tier(Decimal(100), Decimal(2), Decimal(10)), Tier(Decimal(200), Decimal(1)), Tier(None, Decimal("0.5"))),
)
GRADUATED = Terms(
    "graduated",
    tiers=(
        Tier(Decimal(10), Decimal(10), Decimal(2)),
        Tier(Decimal(20), Decimal(5), Decimal(3)),
        Tier(None, Decimal(5), Decimal(3)),
    ),
)
PACKAGE = Terms("package", package_size=Decimal(10), package_amount=Decimal(100))
MINIMUM = Terms("per_unit", unit_amount=Decimal(2), minimum_amount=Decimal(500))


@pytest.mark.parametrize(
    ("of", "owed", "billed", "lost"),
    [
        (VOLUME, 101, 100, -109),  # one unit less was billed, and 109 too much
        (GRADUATED, 11, 10, 8),  # 5 for the unit, and the 3 of the tier that it enters
        (PACKAGE, 129, 121, 0),  # the thirteenth package was begun before
        (MINIMUM, 200, 100, 0),  # both lie below what is owed in any case
    ],
)
def test_a_leak_is_never_units_times_rate(of: Terms, owed: int, billed: int, lost: int) -> None:
    assert leak(of, Decimal(owed), Decimal(billed)) == lost


@pytest.mark.parametrize(("of", "flat"), [(VOLUME, 10), (GRADUATED, 2)])
def test_the_first_flat_is_owed_for_no_units_unless_the_contract_says_not(of: Terms, flat: int) -> None:
    with_included = replace(of, included_units=Decimal(5))
    assert [price(with_included, Decimal(units)) for units in (0, 5)] == [flat, flat]
    without = replace(with_included, zero_usage_flat_fee=False)
    assert [price(without, Decimal(units)) for units in (0, 5)] == [0, 0]
    assert price(without, Decimal(6)) == price(with_included, Decimal(6)) > flat


def test_an_allowance_that_is_used_up_exactly_frees_no_further_event() -> None:
    of = Terms("percentage", rate_percent=Decimal(1), fixed_amount=Decimal(5), free_amount=Decimal(10))
    assert amount(Case("x", of, None, event_amounts=(Decimal(4), Decimal(6)))) == 0
    assert amount(Case("x", of, None, event_amounts=(Decimal(4), Decimal(6), Decimal(0)))) == 5


def test_half_a_cent_stays_half_a_cent_through_share_and_discount() -> None:
    of = Terms("flat", unit_amount=Decimal("0.05"), percent_off=Decimal(70))  # 0.05 x 1/3 x 30 % = 0.005
    assert amount(Case("x", of, 2, served=1, whole=3)) == Decimal("0.01")


def test_a_commitment_is_owed_for_the_served_share() -> None:
    of = Terms("per_unit", unit_amount=Decimal(1), minimum_amount=Decimal(31), maximum_amount=Decimal(62))
    owed = [amount(Case("x", of, 2, Decimal(units), served=10, whole=31)) for units in (5, 15, 25)]
    assert owed == [10, 15, 20]


def test_an_unknown_charge_model_is_an_error_and_not_free() -> None:
    with pytest.raises(RevenueError, match="Case x has charge model 'stairs'"):
        amount(Case("x", Terms("stairs"), None, Decimal(1)))

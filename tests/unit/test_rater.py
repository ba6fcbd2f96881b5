"""The simulation's rater against published cases: getlago/lago-api and lago-doc, Stripe's documentation, Flexprice and
OpenMeter, as collected in the charge vectors (model `standard` and `currency_rounding`), and hand-worked prorations.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from revenue_assets.errors import RevenueError
from revenue_assets.rating.rater import round_to_minor
from revenue_assets.simulation.rater import (
    Price,
    PriceBook,
    exact_recurring,
    exact_usage,
    rate_recurring,
    rate_usage,
)

SIGNED = datetime(2025, 1, 1, tzinfo=UTC)


def price(unit_amount: str, **others: Any) -> Price:
    values: dict[str, Any] = {
        "price_id": "x",
        "plan_id": "p",
        "subscription_id": None,
        "meter_id": "m",
        "charge_model": "per_unit",
        "currency": "USD",
        "valid_from": SIGNED,
        "unit_amount": Decimal(unit_amount),
    }
    return Price(**(values | others))


@pytest.mark.parametrize(
    ("unit_amount", "units", "amount"),
    [
        ("5.12345", "10", "51.2345"),  # std-lago-1
        ("0.05", "1000", "50"),  # std-lago-2
        ("5", "5", "25"),  # std-stripe-2
        ("5", "6", "30"),  # std-stripe-3
        ("5", "20", "100"),  # std-stripe-4
        ("5", "25", "125"),  # std-stripe-5
    ],
)
def test_standard_price_is_units_times_unit_amount(unit_amount: str, units: str, amount: str) -> None:
    assert exact_usage(price(unit_amount), Decimal(units)) == Decimal(amount)


@pytest.mark.parametrize(
    ("amount", "minor_unit", "rounded"),
    [
        ("10.278798", 2, "10.28"),  # round-fx-1
        ("10.275", 2, "10.28"),  # round-fx-3
        ("1023.45", 0, "1023"),  # round-fx-4, JPY
        ("1023.5", 0, "1024"),  # round-fx-5, JPY
        ("99.996", 2, "100.00"),  # round-fx-6
        ("0.004", 2, "0.00"),  # round-fx-7
        ("0.005", 2, "0.01"),  # round-fx-8
        ("1.235", 2, "1.24"),  # round-om-1
        ("-0.005", 2, "-0.01"),
        ("-1023.5", 0, "-1024"),
        ("0.0005", 3, "0.001"),  # KWD
    ],
)
def test_amounts_round_half_away_from_zero(amount: str, minor_unit: int, rounded: str) -> None:
    assert round_to_minor(Decimal(amount), minor_unit) == Decimal(rounded)


@pytest.mark.parametrize(
    ("units", "amount"), [("0", "0"), ("99.5", "0"), ("100", "0"), ("100.5", "0.13"), ("101", "0.25")]
)
def test_included_units_are_free_and_never_give_money_back(units: str, amount: str) -> None:
    assert rate_usage(price("0.25", included_units=Decimal(100)), Decimal(units), 2) == Decimal(amount)


def test_a_line_is_rounded_once_and_not_by_unit() -> None:
    assert rate_usage(price("0.000005243169"), Decimal(1_000_000), 2) == Decimal("5.24")


def test_wide_quantities_keep_every_decimal() -> None:
    units = Decimal("12345678901234567890123456.123456789012")
    assert exact_usage(price("0.000000000001"), units) == Decimal("12345678901234.567890123456123456789012")


@pytest.mark.parametrize(
    ("fee", "days", "of", "minor_unit", "amount"),
    [
        ("49.97", 31, 31, 2, "49.97"),
        ("49.97", 10, 30, 2, "16.66"),  # 16.6566...
        ("1485", 25, 30, 0, "1238"),  # 1237.5 exactly: a fraction of twelve decimals would give 1237
        ("199", 1, 28, 2, "7.11"),  # 7.1071...
        ("30", 0, 30, 2, "0"),
    ],
)
def test_a_fee_is_prorated_by_days(fee: str, days: int, of: int, minor_unit: int, amount: str) -> None:
    flat = price(fee, charge_model="flat", meter_id=None)
    assert rate_recurring(flat, days, of, minor_unit) == Decimal(amount)


def test_a_fee_without_proration_is_owed_whole() -> None:
    assert exact_recurring(price("30", charge_model="flat", meter_id=None, proration="none"), 1, 30) == 30


def test_the_subscriptions_own_price_wins_while_it_is_valid() -> None:
    until = SIGNED + timedelta(days=30)
    own = price("1", price_id="own", plan_id=None, subscription_id="s", valid_to=until)
    book = PriceBook([price("2", price_id="plan"), own])
    assert book.in_force("s", "p", "m", SIGNED).price_id == "own"
    assert book.in_force("s", "p", "m", until).price_id == "plan"
    assert book.in_force("other", "p", "m", SIGNED).price_id == "plan"


def test_a_missing_price_is_an_error_and_not_free() -> None:
    with pytest.raises(RevenueError, match="no price for recurring"):
        PriceBook([price("2")]).in_force("s", "p", None, SIGNED)

"""A price without the terms that its charge model needs never reaches the ladder."""

import json
from datetime import UTC, datetime

import duckdb
import pytest

from revenue_assets.contract.datasets import DATASETS
from revenue_assets.contract.validation import Validation

KEYS = "'p' as price_id, 'plan' as plan_id, 'calls' as meter_id, 'USD' as currency, '2025-01-01' as valid_from"
NO_TIERS = "charge_model is graduated, volume or graduated_percentage, but tiers is no list of tiers"
NOT_THE_LAST = "not exactly the last of the tiers has no up_to"
NOT_RISING = "up_to does not rise from tier to tier, starting above 0"
NO_AMOUNT = "a tier has no amount: unit_amount (rate_percent where charge_model is graduated_percentage) or flat_amount"


def reasons(**terms: object) -> list[str]:
    """Why the price is refused; empty when it is not."""
    duck = duckdb.connect()
    selected = ", ".join(f"${name} as {name}" for name in terms)
    select = f"(select {KEYS}, {selected})"
    values = {
        name: json.dumps(value) if isinstance(value, list | dict) else str(value) for name, value in terms.items()
    }
    duck.execute(f"create table delivered as {select}", values)
    given = {row[0]: row[1] for row in duck.execute("describe delivered").fetchall()}
    latest = datetime(2026, 1, 1, tzinfo=UTC)
    validation = Validation(DATASETS["contract_prices"], "shop", "org", given, latest, "delivered")
    good = duck.execute(f"select count(*) from ({validation.good_rows()})").fetchone()
    bad = [row[0] for row in duck.execute(f"select reason from ({validation.bad_rows()})").fetchall()]
    assert good == (1 - len(bad),)
    return bad


def tier(up_to: object, **amounts: object) -> dict[str, object]:
    return {"up_to": up_to} | (amounts or {"unit_amount": "1"})


@pytest.mark.parametrize(
    "terms",
    [
        {"charge_model": "flat", "unit_amount": "20"},
        {"charge_model": "per_unit", "unit_amount": "0"},
        {"charge_model": "package", "package_size": "10", "package_amount": "5"},
        {"charge_model": "percentage", "rate_percent": "2.9", "free_events": "3", "free_amount": "10"},
        {"charge_model": "percentage", "rate_percent": "1", "transaction_minimum": "1", "transaction_maximum": "1"},
        {"charge_model": "dynamic"},
        {"charge_model": "graduated", "tiers": [tier(None)]},
        {"charge_model": "graduated", "tiers": [tier("10.5", flat_amount=3), tier(20), {"unit_amount": 0.5}]},
        {"charge_model": "volume", "tiers": [tier(1), tier(10), tier(None, flat_amount="2")]},
        {"charge_model": "graduated_percentage", "tiers": [tier(10, rate_percent=1), tier(None, flat_amount=2)]},
    ],
)
def test_a_price_with_its_terms_is_good(terms: dict[str, object]) -> None:
    assert reasons(**terms) == []


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"charge_model": "flat"}, "charge_model is flat or per_unit, but unit_amount is missing"),
        ({"charge_model": "per_unit", "tiers": []}, "charge_model is flat or per_unit, but unit_amount is missing"),
        (
            {"charge_model": "package", "package_size": "10"},
            "charge_model is package, but package_size or package_amount is missing",
        ),
        (
            {"charge_model": "package", "package_amount": "10"},
            "charge_model is package, but package_size or package_amount is missing",
        ),
        ({"charge_model": "percentage"}, "charge_model is percentage, but rate_percent is missing"),
        (
            {"charge_model": "percentage", "rate_percent": 1, "transaction_minimum": 2, "transaction_maximum": 1},
            "transaction_minimum is above transaction_maximum",
        ),
        ({"charge_model": "percentage", "rate_percent": 1, "free_events": -1}, "free_events: '-1' is negative"),
        ({"charge_model": "graduated"}, NO_TIERS),
        ({"charge_model": "volume", "tiers": []}, NO_TIERS),
        ({"charge_model": "graduated_percentage", "tiers": {"up_to": None}}, NO_TIERS),
        ({"charge_model": "graduated", "tiers": [1, 2]}, f"{NOT_THE_LAST}; {NO_AMOUNT}"),
        ({"charge_model": "graduated", "tiers": [tier(10), tier(20)]}, NOT_THE_LAST),
        ({"charge_model": "graduated", "tiers": [tier(None), tier(20)]}, NOT_THE_LAST),
        ({"charge_model": "graduated", "tiers": [tier(None), tier(None)]}, NOT_THE_LAST),
        ({"charge_model": "volume", "tiers": [tier(20), tier(10), tier(None)]}, NOT_RISING),
        ({"charge_model": "volume", "tiers": [tier(10), tier("10.0"), tier(None)]}, NOT_RISING),
        ({"charge_model": "volume", "tiers": [tier(0), tier(None)]}, NOT_RISING),
        (
            {"charge_model": "graduated", "tiers": [tier("ten"), tier(None)]},
            f"a number in tiers is no number; {NOT_THE_LAST}",
        ),
        ({"charge_model": "graduated", "tiers": [tier(None, unit_amount="NaN")]}, "a number in tiers is no number"),
        ({"charge_model": "graduated", "tiers": [tier(None, price=1)]}, NO_AMOUNT),
        ({"charge_model": "graduated", "tiers": [tier(None, rate_percent=1)]}, NO_AMOUNT),
        ({"charge_model": "graduated_percentage", "tiers": [tier(None, unit_amount=1)]}, NO_AMOUNT),
    ],
)
def test_a_price_that_lacks_what_its_model_needs_is_refused_with_the_reason(
    terms: dict[str, object], reason: str
) -> None:
    assert reasons(**terms) == [reason]

"""Every published case in the Python rater: prices worked out by Lago, Stripe, OpenMeter, Flexprice and Kill Bill.

A case is priced, or compared with the calendar here, or drawn from a wallet in test_rating_grants.py, or listed
in outside.toml with its reason; none is lost.
"""

import json
from collections import Counter
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from revenue_assets.rating.cases import read_cases
from revenue_assets.rating.rater import amount
from revenue_assets.rating.terms import Case
from revenue_assets.simulation.periods import boundary

FILE = Path(__file__).parents[1] / "data" / "charge_vectors.json"
VECTORS: dict[str, Any] = {vector["id"]: vector for vector in json.loads(FILE.read_text())["vectors"]}
FOUND = read_cases(FILE)
BY_ID = {case.case_id: case for case in FOUND.cases}
DATES = ["anchor-fx-1", "clamp-fx-2", "clamp-fx-3", "clamp-fx-4"]
WALLETS = ["wallet-lago-1", "wallet-lago-2"]


def vector_of(case: Case) -> str:
    """The id in the file: a vector of two lines is two cases, with the line in brackets."""
    return case.case_id.partition(" (")[0]


@pytest.mark.parametrize("case", FOUND.cases, ids=lambda case: case.case_id)
def test_a_published_case_costs_what_its_source_says(case: Case) -> None:
    assert case.expected is not None
    assert amount(case) == case.expected


def test_every_published_case_is_priced_or_listed_with_its_reason() -> None:
    priced, outside = {vector_of(case) for case in FOUND.cases}, {one.case_id for one in FOUND.outside}
    assert priced | outside == set(VECTORS)
    assert not priced & outside
    assert len(priced) + len(outside) == FOUND.vectors == 140
    assert {*DATES, *WALLETS} <= outside  # these are checked, only not by the raters
    assert (len(priced), len(DATES) + len(WALLETS), len(outside - {*DATES, *WALLETS})) == (119, 6, 15)
    assert all(one.reason for one in FOUND.outside)


def test_every_charge_model_of_the_contract_has_published_cases() -> None:
    models = Counter(case.terms.charge_model for case in FOUND.cases)
    assert set(models) == {
        *("flat", "per_unit", "graduated", "volume", "package", "percentage", "graduated_percentage", "dynamic")
    }


@pytest.mark.parametrize(
    "case_id", [case_id for case_id, vector in VECTORS.items() if {"true_up", "max_discount"} & set(vector["expected"])]
)
def test_a_commitment_adds_the_true_up_and_takes_the_discount_that_the_source_says(case_id: str) -> None:
    case, expected = BY_ID[case_id], VECTORS[case_id]["expected"]
    without = replace(case, terms=replace(case.terms, minimum_amount=None, maximum_amount=None))
    if case.billed_before is None:
        assert case.quantity_before == 0  # or taking the commitment away would change what was billed before
    assert amount(case) - amount(without) == Decimal(expected.get("true_up", 0)) - Decimal(
        expected.get("max_discount", 0)
    )


def test_the_lines_of_a_price_change_are_credit_and_charge() -> None:
    lines = [amount(case) for case in FOUND.cases if vector_of(case) == "pror-stripe-change"]
    assert lines == [Decimal("-5.00"), Decimal("10.00")]


@pytest.mark.parametrize("case_id", DATES)
def test_a_month_is_added_as_a_published_calendar_says(case_id: str) -> None:
    vector = VECTORS[case_id]
    if vector["model"] == "billing_anchor":  # its boundaries carry the anchor's time of day, ours are midnights
        anchor_day = datetime.fromisoformat(vector["input"]["anchor"]).day
        start, after = vector["input"]["current_period_start"], vector["expected"]["next_billing"]
    else:
        anchor_day = vector["price"]["anchor_day"]
        start, after = vector["input"]["from"], vector["expected"]["next"]
    start_date, next_date = (datetime.fromisoformat(text).date() for text in (start, after))
    this, following = (
        boundary(start_date.year, start_date.month + months, anchor_day, ZoneInfo("UTC")).date() for months in (0, 1)
    )
    assert (this, following) == (start_date, next_date)

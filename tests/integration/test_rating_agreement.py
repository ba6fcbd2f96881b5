"""Two raters that share no code: plain Decimal and the warehouse's SQL, on published and on random cases.

What a case costs is known from its source (tests/unit/test_rating_vectors.py); here the question is whether both do.
"""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from revenue_assets.cli import app
from revenue_assets.errors import RevenueError
from revenue_assets.rating import in_sql
from revenue_assets.rating.agreement import compare
from revenue_assets.rating.rater import amount
from revenue_assets.rating.terms import Case, Terms
from tests.integration.random_cases import MODELS, random_cases

FILE = Path(__file__).parents[1] / "data" / "charge_vectors.json"
CASES = 100_000


@pytest.mark.usefixtures("warehouse")
def test_both_raters_agree_on_every_random_price() -> None:
    cases = list(random_cases(CASES, seed=1))
    differing = compare(cases)
    assert [(one.case, one.in_python, one.in_sql) for one in differing[:3]] == []
    assert len({case.case_id for case in cases}) == CASES


@pytest.mark.usefixtures("warehouse")
def test_half_a_minor_unit_stays_half_through_share_discount_and_step() -> None:
    """34 x 15/28 x 3.78 % = 0.6885, less 3.92 is -3.2315: a share divided before the discount would lose the half."""
    terms = Terms("flat", unit_amount=Decimal(34), percent_off=Decimal("96.22"))
    case = Case("x", terms, 3, billed_before=Decimal("3.92"), served=15, whole=28, expected=Decimal("-3.232"))
    assert compare([case]) == []


def test_the_random_prices_are_worth_comparing() -> None:
    cases = list(random_cases(10_000, seed=1))
    paid = Counter(case.terms.charge_model for case in cases if amount(case))
    assert all(paid[model] > 800 for model in MODELS)
    on_a_bound = [
        case
        for case in cases
        if case.quantity_before + case.quantity - case.terms.included_units in [tier.up_to for tier in case.terms.tiers]
    ]
    assert len(on_a_bound) > 80


@pytest.mark.usefixtures("warehouse")
def test_both_raters_price_every_published_case_as_its_source() -> None:
    done = CliRunner().invoke(app, ["rate", "check", str(FILE)])
    assert done.exit_code == 0, done.output
    assert "Cases priced: 119; outside: 21; both raters give the amounts expected." in done.stdout
    assert "mrr-stripe: a subscription metric, not the price of something" in done.stdout


def one_case(folder: Path, **expected: str) -> str:
    file = folder / "cases.json"
    vector: dict[str, Any] = {"id": "calls", "model": "per_unit", "price": {"unit_amount": "0.1"}}
    file.write_text(json.dumps({"vectors": [vector | {"input": {"quantity": "3"}, "expected": expected}]}))
    return str(file)


@pytest.mark.usefixtures("warehouse")
def test_a_case_that_both_price_other_than_expected_is_shown_and_ends_with_1(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["rate", "check", one_case(tmp_path, amount="0.31")])
    assert done.exit_code == 1
    header, row, verdict = done.stdout.splitlines()
    assert header.split() == ["case", "model", "expected", "Python", "SQL"]
    assert row.split() == ["calls", "per_unit", "0.31", "0.3", "0.3"]
    assert verdict == "Cases priced: 1; outside: 0; 1 differ."


def test_a_case_that_only_one_rater_prices_so_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_sql, "amounts", lambda cases: {case.case_id: Decimal("0.4") for case in cases})
    done = CliRunner().invoke(app, ["rate", "check", one_case(tmp_path)])
    assert done.exit_code == 1
    assert done.stdout.splitlines()[1].split() == ["calls", "per_unit", "0.3", "0.4"]


def test_amounts_beyond_the_lakes_digits_are_one_sentence() -> None:
    for rate, event in (("1", 10**25), ("20000", 1)):
        terms = Terms("percentage", rate_percent=Decimal(rate))
        with pytest.raises(RevenueError, match="do not fit the lake's 38 digits"):
            in_sql.amounts([Case("x", terms, None, event_amounts=(Decimal(event),) * 30)])


def test_a_missing_file_starts_no_server(tmp_path: Path, home: Path) -> None:
    done = CliRunner().invoke(app, ["rate", "check", str(tmp_path / "none.json")])
    assert isinstance(done.exception, RevenueError)
    assert "none.json cannot be read" in str(done.exception)
    assert not (home / "postgres").exists()

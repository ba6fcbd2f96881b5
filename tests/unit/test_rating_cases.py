"""Files of cases that cannot be read: one sentence, which case, which field. And what is outside though it is known."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from revenue_assets.rating.cases import CaseFile, read_cases
from revenue_assets.rating.fields import CaseError
from revenue_assets.rating.rater import amount

TIERS = [{"up_to": "10", "unit_amount": "1"}, {"up_to": None, "unit_amount": "2"}]
BLOCKS = [{"block_size": 10, "block_price": 1, "max_blocks": 1}, {"block_size": 10, "block_price": 2}]


def vector(model: str, price: Any, given: Any = None, **others: Any) -> dict[str, Any]:
    given = {"quantity": "11"} if given is None else given
    return {"id": "x", "model": model, "currency": "USD", "price": price, "input": given} | others


def read(folder: Path, *vectors: Any) -> CaseFile:
    file = folder / "cases.json"
    file.write_text(json.dumps({"vectors": vectors}))
    return read_cases(file)


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (vector("per_unit", {}), "Case x: price.unit_amount is missing."),
        (vector("per_unit", {"unit_amount": "1"}, {}), "Case x: input.quantity is missing."),
        (vector("package", {"package_amount": 1}), "Case x: price.package_size is missing."),
        (vector("package", {"package_amount": 1, "package_size": 0}), "package_size is 0, and should be above zero"),
        (vector("package", {"package_amount": 1, "package_size": 1, "rounding": "to"}), "'to', and should be up or"),
        (vector("per_unit", {"unit_amount": "one"}), "price.unit_amount is 'one', and should be a decimal number"),
        (
            vector("per_unit", {"unit_amount": "NaN"}),
            "unit_amount is 'NaN', and should be a number of at most 26 digits before the",
        ),
        (vector("per_unit", {"unit_amount": True}), "price.unit_amount is True, and should be a decimal number"),
        (vector("per_unit", {"unit_amount": "1e99"}), "is '1e99', and should be a number of at most 26 digits before"),
        (vector("per_unit", {"unit_amount": "0.1234567890123"}), "digits before the point and 12 after it."),
        (vector("per_unit", {"unit_amount": "1", "rate": 2}), "Case x: price.rate is not known for this model."),
        (vector("per_unit", {"unit_amount": "1"}, {"quantity": 1, "day": 2}), "input.day is not known for this model."),
        (vector("graduated", {"tiers": []}), "price.tiers should be a list with at least one entry"),
        (vector("graduated", {"tiers": TIERS[:1]}), "should end with a tier without an upper bound"),
        (vector("graduated", {"tiers": TIERS[::-1]}), "should have an up_to above zero that rises from tier to tier"),
        (vector("graduated", {"tiers": [{"up_to": None}]}), "Case x: price.tiers[0].unit_amount is missing."),
        (vector("volume", {"tiers": TIERS, "zero_usage_flat_fee": "no"}), "is 'no', and should be true or false"),
        (vector("percentage", {"rate_percent": 1, "free_events": 1.5}), "should be a whole number of zero or more"),
        (vector("flat", {"unit_amount": 1}, {"served": 1, "whole": 3}), "Case x: price.minor_unit is missing."),
        (vector("flat", {"unit_amount": 1, "minor_unit": 2}, {"served": 1, "whole": 0}), "input.whole is 0, and"),
        (vector("flat", {"unit_amount": 1, "minor_unit": 99}), "price.minor_unit is 99, and should be at most 12"),
        (vector("stairs", {}), "model is 'stairs', which is neither a charge model nor listed as outside"),
        (vector("rerate", {"model": "percentage", "rate_percent": 1}), "should be one of per_unit, graduated"),
        (vector("proration_cents", {}, {"amount": 1, "formula": "?", "days": 1, "period_days": 2}), "formula is '?'"),
        (vector("proration_cents", {}, {"formula": "?", "days": 1, "period_days": 0}), "input.period_days is 0, and"),
        (vector("currency_rounding", {"exponent": 99}), "price.exponent is 99, and should be at most 12"),
        (vector("block_tiers", {"policy": "NO", "tiers": BLOCKS}), "price.policy should be ALL_TIER or TOP_TIER."),
        (vector("block_tiers", {"policy": "TOP_TIER", "tiers": BLOCKS[:1]}), "should end with a tier without an upper"),
        (
            vector("proration_cents", {}, {"amount": 1, "formula": "?", "period_days": 2}),
            "Case x: input.days is missing.",
        ),
        (vector("per_unit", 7), "Case x: price must be an object with fields."),
        ({"model": "per_unit"}, "Case number 1 of "),
        (7, "Case number 1 of "),
    ],
)
def test_a_case_that_cannot_be_read_is_named_with_its_field(entry: Any, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(CaseError) as raised:
        read(tmp_path, entry)
    assert sentence in str(raised.value)
    assert str(raised.value).endswith(".")


def test_two_cases_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="Case x is twice"):
        read(tmp_path, vector("per_unit", {"unit_amount": 1}), vector("per_unit", {"unit_amount": 2}))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "is no JSON"),
        (b"\xff\xfe", "is no JSON"),
        (b'{"vectors": [NaN]}', "is no JSON: NaN is no number."),
        (b"[]", "has no cases"),
        (b'{"vectors": []}', "has no cases"),
    ],
)
def test_a_file_without_cases_is_one_sentence(content: bytes, sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_bytes(content)
    with pytest.raises(CaseError, match=sentence):
        read_cases(file)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"none\.json cannot be read: No such file or directory\."):
        read_cases(tmp_path / "none.json")


def test_numbers_in_the_file_keep_every_digit(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_text(
        '{"vectors": [{"id": "x", "model": "per_unit", "price": {"unit_amount": 0.123456789012000}, '
        '"input": {"quantity": 12345678901234567890123456}}]}'
    )
    (case,) = read_cases(file).cases
    assert amount(case) == Fraction(123456789012, 10**12) * 12345678901234567890123456


def test_blocks_are_tiers_only_while_none_is_just_begun(tmp_path: Path) -> None:
    price = {"policy": "ALL_TIER", "tiers": BLOCKS}
    assert [amount(case) for case in read(tmp_path, vector("block_tiers", price, {"quantity": 30})).cases] == [5]
    found = read(tmp_path, vector("block_tiers", price))
    assert (found.cases, found.outside[0].reason.startswith("blocks of unequal size")) == ([], True)


def test_usage_billed_from_zero_had_paid_what_stands_at_zero(tmp_path: Path) -> None:
    tiers = [{"up_to": None, "unit_amount": "1", "flat_amount": "7"}]
    given = {"billed_quantity": "0", "actual_quantity": "3"}
    (case,) = read(tmp_path, vector("rerate", {"model": "graduated", "tiers": tiers}, given)).cases
    assert amount(case) == 3

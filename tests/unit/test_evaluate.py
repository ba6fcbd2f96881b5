"""The comparison of planted and found leaks must fail in every way in which it can be wrong."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from revenue_assets.accuracy.evaluation import CodeScore, Decoy, Item, Key, Leak, differing_rungs, evaluate

START = datetime(2025, 3, 1, tzinfo=UTC)


def leak(code: str, amount: str, account: str = "a1", currency: str = "USD") -> Leak:
    return Leak(Key("org", account, f"sub_{account}", "tokens", START, currency, code), Decimal(amount))


def only(planted: list[Leak], found: list[Leak]) -> CodeScore:
    result = evaluate(planted, found)
    (score,) = result.scores
    assert result.is_exact == score.is_exact
    return score


def test_equal_sides_are_exact() -> None:
    both = [leak("U1", "1.50"), leak("U8", "-0.20"), leak("U1", "3", "a2")]
    result = evaluate(both, list(reversed(both)))
    assert result.is_exact
    assert [(one.code, one.planted, one.found, one.precision, one.recall) for one in result.scores] == [
        ("U1", 2, 2, 1.0, 1.0),
        ("U8", 1, 1, 1.0, 1.0),
    ]


def test_a_missed_leak_lowers_recall() -> None:
    score = only([leak("U1", "1"), leak("U1", "2", "a2")], [leak("U1", "1")])
    assert (score.precision, score.recall, score.is_exact) == (1.0, 0.5, False)
    assert [key.account_id for key in score.missed] == ["a2"]


def test_a_false_leak_lowers_precision() -> None:
    score = only([leak("U1", "1")], [leak("U1", "1"), leak("U1", "2", "a2")])
    assert (score.precision, score.recall, score.is_exact) == (0.5, 1.0, False)
    assert [key.account_id for key in score.false] == ["a2"]


def test_a_code_that_was_never_planted_is_false() -> None:
    score = only([], [leak("B1", "1")])
    assert (score.precision, score.is_exact) == (0.0, False)


def test_another_code_at_the_same_place_is_missed_and_false() -> None:
    result = evaluate([leak("U1", "1")], [leak("U9", "1")])
    assert [(one.code, len(one.missed), len(one.false)) for one in result.scores] == [("U1", 1, 0), ("U9", 0, 1)]


def test_a_key_found_twice_is_right_once() -> None:
    score = only([leak("U1", "1")], [leak("U1", "1"), leak("U1", "1")])
    assert (score.precision, score.recall, score.is_exact) == (0.5, 1.0, False)


def test_a_found_amount_of_zero_is_false() -> None:
    assert only([], [leak("U1", "0")]).is_exact is False


def test_the_last_minor_unit_counts() -> None:
    score = only([leak("U1", "1.00"), leak("U1", "2", "a2")], [leak("U1", "1.01"), leak("U1", "1.97", "a2")])
    assert score.amount_error == {"USD": Decimal("0.04")}  # absolute: errors of either sign do not cancel
    assert (score.precision, score.recall, score.is_exact) == (1.0, 1.0, False)


def test_errors_in_different_currencies_are_not_added_up() -> None:
    planted = [leak("U1", "1"), leak("U1", "100", "a2", "JPY")]
    score = only(planted, [leak("U1", "2"), leak("U1", "101", "a2", "JPY")])
    assert score.amount_error == {"USD": Decimal(1), "JPY": Decimal(1)}


def test_a_wrong_sign_is_said() -> None:
    score = only([leak("U2", "1")], [leak("U2", "-1")])
    assert (score.sign_errors, score.amount_error) == (1, {"USD": Decimal(2)})


@pytest.mark.parametrize(("item", "is_reported"), [("tokens", True), (None, True), ("requests", False)])
def test_a_decoy_that_was_reported_is_said(item: str | None, is_reported: bool) -> None:
    both = [leak("U1", "1")]
    result = evaluate(both, both, [Decoy("org", "sub_a1", item, START, "delivered_twice")])
    assert (len(result.reported_decoys) == 1) == is_reported
    assert result.is_exact == (not is_reported)


LADDER = (Decimal(10), Decimal(8), Decimal(8))


def item(name: str) -> Item:
    return Item("org", "a1", "sub_a1", name, START, "USD")


def test_equal_ladders_differ_nowhere() -> None:
    nothing = (Decimal(0),) * 3
    assert differing_rungs({item("a"): LADDER, item("b"): nothing}, {item("a"): LADDER, item("c"): nothing}) == []


@pytest.mark.parametrize(
    "found",
    [
        (Decimal(10), Decimal(8), Decimal("8.01")),
        (Decimal("9.99"), Decimal(8), Decimal(8)),  # a wrong entitlement that nothing else would show
        (Decimal(10), None, Decimal(8)),  # a rung that the warehouse believes the source does not have
        None,
    ],
)
def test_a_ladder_with_another_rung_is_said(found: tuple[Decimal | None, ...] | None) -> None:
    rows = {item("a"): found} if found else {}
    assert differing_rungs({item("a"): LADDER}, rows) == [item("a")]
    assert differing_rungs(rows, {item("a"): LADDER}) == [item("a")]


def test_nothing_simulated_is_one_sentence(tmp_path: Path) -> None:
    from revenue_assets.accuracy.evaluation_inputs import simulated_organizations
    from revenue_assets.errors import CloseError

    with pytest.raises(CloseError, match="Nothing is simulated"):
        simulated_organizations(tmp_path)


def test_nothing_simulated_ends_with_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from revenue_assets.cli import app
    from revenue_assets.settings import get_settings

    monkeypatch.setenv("REVENUE_HOME", str(tmp_path))
    get_settings.cache_clear()
    try:
        assert CliRunner().invoke(app, ["evaluate"]).exit_code == 1
    finally:
        get_settings.cache_clear()

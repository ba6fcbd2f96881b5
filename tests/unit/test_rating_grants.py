"""Which grant pays: worked examples that billing systems publish, and the contract's own rules.

Published: Lago's prepaid-credits scenario (the wallet vectors), Stigg's "Credit consumption logic", Orb's "which block
will be drawn down from first", Kong's "Credit consumption and expiration".
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from revenue_assets.rating.grants import Grant, draw_down

FILE = Path(__file__).parents[1] / "data" / "charge_vectors.json"
WALLETS = [vector for vector in json.loads(FILE.read_text())["vectors"] if vector["model"] == "wallet"]
NOW = datetime(2025, 8, 10, tzinfo=UTC)
GRANTED = datetime(2025, 8, 1, tzinfo=UTC)


def grant(
    grant_id: str, amount: str, expires: datetime | None = None, priority: int | None = None, granted: int = 0
) -> Grant:
    return Grant(grant_id, Decimal(amount), GRANTED + timedelta(days=granted), expires, priority)


def drawn(grants: list[Grant], amount: str, at: datetime = NOW) -> list[tuple[str, Decimal | int]]:
    return [(paid_by.grant_id, share) for paid_by, share in draw_down(grants, Decimal(amount), at)]


@pytest.mark.parametrize("vector", WALLETS, ids=lambda vector: vector["id"])
def test_a_wallet_pays_the_published_invoice_and_keeps_the_published_rest(vector: dict[str, dict[str, str]]) -> None:
    given, expected = vector["input"], vector["expected"]
    taxed = Decimal(given["unit"]) * (100 + Decimal(given["tax_percent"])) / 100
    wallet = grant("wallet", given["wallet_before"])
    ((_, paid),) = draw_down([wallet], taxed.quantize(Decimal("0.01"), ROUND_HALF_UP), NOW)
    assert paid == Decimal(expected["amount"])
    assert wallet.amount - paid == Decimal(expected["wallet_after"])


def test_priority_comes_before_expiry() -> None:
    """Stigg: 60 credits come from B (20) and A (40) of priority 1; C of priority 2 stays, though it expires first."""
    september, august = datetime(2025, 9, 1, tzinfo=UTC), datetime(2025, 8, 15, tzinfo=UTC)
    a, b = grant("A", "50", september, 1, granted=1), grant("B", "20", september, 1)
    assert drawn([a, b, grant("C", "100", august, 2)], "60") == [("B", 20), ("A", 40)]


def test_the_earlier_expiry_comes_first_and_then_the_earlier_grant() -> None:
    """Orb: blocks granted on August 1, 3, 5 and 2 are drawn in the order B, C, A, D."""
    middle, end = datetime(2025, 9, 15, tzinfo=UTC), datetime(2025, 9, 30, tzinfo=UTC)
    a, b = grant("A", "1", end), grant("B", "1", middle, granted=2)
    c, d = grant("C", "1", middle, granted=4), grant("D", "1", datetime(2025, 10, 1, tzinfo=UTC), granted=1)
    assert [name for name, _ in drawn([a, b, c, d], "4")] == ["B", "C", "A", "D"]


def test_credit_that_is_too_small_leaves_a_rest_to_be_paid() -> None:
    """Kong: of a charge of 100 a balance of 40 pays 40."""
    assert drawn([grant("A", "40")], "100") == [("A", 40)]


def test_no_priority_and_no_expiry_come_last_and_ids_break_ties() -> None:
    soon = datetime(2025, 8, 11, tzinfo=UTC)
    grants = [
        grant("d", "1", soon),
        grant("c", "1", None, 9),
        grant("b", "1"),
        grant("a", "1"),
        grant("e", "1", soon, 9),
    ]
    assert [name for name, _ in drawn(grants, "5")] == ["e", "c", "d", "a", "b"]


def test_an_expired_grant_never_pays_nor_one_that_is_not_yet_granted() -> None:
    grants = [grant("expired", "5", NOW, 1), grant("to come", "5", None, 1, granted=10), grant("good", "5")]
    assert drawn(grants, "15") == [("good", 5)]
    assert drawn(grants, "15", NOW - timedelta(microseconds=1)) == [("expired", 5), ("good", 5)]
    assert drawn(grants, "15", GRANTED + timedelta(days=10)) == [("to come", 5), ("good", 5)]


def test_nothing_to_pay_draws_nothing_and_an_empty_grant_pays_nothing() -> None:
    assert drawn([grant("A", "5")], "0") == []
    assert drawn([grant("A", "5")], "-1") == []
    assert drawn([grant("A", "0"), grant("B", "5")], "1") == [("B", 1)]


def test_a_draw_is_exact_to_the_last_of_38_digits() -> None:
    wide = "12345678901234567890123456.123456789012"
    (first, second) = drawn([grant("A", "0.000000000001", None, 1), grant("B", wide)], wide)
    assert first == ("A", Decimal("0.000000000001"))
    assert second == ("B", Decimal("12345678901234567890123456.123456789011"))

"""Random prices and quantities, the same for the same seed: where two raters could come apart.

Quantities lie on tier bounds and package sizes as often as beside them, shares and discounts often end in exactly half
a minor unit, allowances end within events, between them, or before the first.
"""

from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

from revenue_assets.rating.terms import ZERO, Case, Terms, Tier

MODELS = ("flat", "per_unit", "graduated", "volume", "package", "percentage", "graduated_percentage", "dynamic")
_WITHOUT_QUANTITY = ("flat", "percentage", "dynamic")
_MINOR_UNITS = (0, 2, 3)


def random_cases(count: int, seed: int) -> Iterator[Case]:
    """So many cases, every charge model as often."""
    rng = Random(seed)
    for number in range(count):
        terms = _terms(rng, MODELS[number % len(MODELS)])
        yield _case(rng, f"{terms.charge_model}-{number}", terms)


def _case(rng: Random, case_id: str, terms: Terms) -> Case:
    events = terms.charge_model in ("percentage", "dynamic")
    quantity = ZERO if terms.charge_model in _WITHOUT_QUANTITY else _quantity(rng, terms)
    before = _quantity(rng, terms) if quantity and rng.random() < 0.3 else ZERO
    whole = rng.choice((None, 3, 28, 30, 31, 365, 2_678_400))
    return Case(
        case_id,
        terms,
        # A share has no exact amount, so it is always rounded.
        rng.choice(_MINOR_UNITS) if whole or rng.random() < 0.5 else None,
        quantity,
        before,
        _decimal(rng, 100, 2) if rng.random() < 0.2 else None,
        tuple(_decimal(rng, 50, 2) for _ in range(rng.randrange(6))) if events else (),
        None if whole is None else rng.randint(0, whole),
        whole,
    )


def _terms(rng: Random, charge_model: str) -> Terms:
    terms: dict[str, Any] = {
        "minimum_amount": _decimal(rng, 500, 2) if rng.random() < 0.25 else None,
        "maximum_amount": _decimal(rng, 900, 2) if rng.random() < 0.25 else None,
        "percent_off": rng.choice((ZERO, ZERO, Decimal(50), Decimal("33.33"), _decimal(rng, 100, 2))),
    }
    if charge_model in ("flat", "per_unit", "dynamic"):
        terms["unit_amount"] = _amount(rng)
    if charge_model not in _WITHOUT_QUANTITY:
        terms["included_units"] = rng.choice((ZERO, ZERO, Decimal(10), Decimal("0.5")))
    if charge_model in ("graduated", "volume", "graduated_percentage"):
        terms |= {"tiers": _tiers(rng), "zero_usage_flat_fee": rng.random() < 0.5}
    if charge_model == "package":
        size = rng.choice((Decimal(1), Decimal(10), Decimal("0.25"), Decimal(3), Decimal(1000)))
        terms |= {"package_size": size, "package_amount": _amount(rng), "rounding": rng.choice(("up", "down"))}
    if charge_model == "percentage":
        terms |= {
            "rate_percent": _decimal(rng, 10, 3),
            "fixed_amount": rng.choice((ZERO, _decimal(rng, 3, 2))),
            "free_events": rng.choice((None, None, 0, 1, 3)),
            "free_amount": rng.choice((None, None, ZERO, _decimal(rng, 100, 2), Decimal(50))),
            "transaction_minimum": rng.choice((None, _decimal(rng, 2, 2))),
            "transaction_maximum": rng.choice((None, _decimal(rng, 5, 2))),
        }
    return Terms(charge_model, **terms)


def _tiers(rng: Random) -> tuple[Tier, ...]:
    bounds = sorted({_decimal(rng, 200, rng.choice((0, 1))) + 1 for _ in range(rng.randrange(4))})
    return tuple(
        Tier(bound, _amount(rng), rng.choice((ZERO, _decimal(rng, 50, 2))), _decimal(rng, 10, 3))
        for bound in (*bounds, None)
    )


def _quantity(rng: Random, terms: Terms) -> Decimal:
    edges = [ZERO, terms.included_units, *(tier.up_to for tier in terms.tiers if tier.up_to is not None)]
    if terms.package_size is not None:
        edges.append(terms.package_size * rng.randrange(5))
    edge = rng.choice(edges) + rng.choice((ZERO, terms.included_units))
    beside = rng.choice((ZERO, ZERO, Decimal("0.000000000001"), Decimal(1), Decimal("-0.001")))
    return rng.choice((max(edge + beside, ZERO), _decimal(rng, 300, 3), _decimal(rng, 10**9, 6)))


def _amount(rng: Random) -> Decimal:
    """A few cents, an ordinary price, or one with all twelve decimals."""
    most, places = rng.choice(((1, 2), (50, 2), (3, 12)))
    return _decimal(rng, most, places)


def _decimal(rng: Random, most: int, places: int) -> Decimal:
    return Decimal(rng.randint(0, most * 10**places)).scaleb(-places)

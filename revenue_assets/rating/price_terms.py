"""The price of a case's JSON as Terms: the contract's names, and those under which billing systems publish the same.

Which fields a charge model needs and which it may have stands in one table; any other is refused, because a price with
a term that is left out is another price.
"""

from collections.abc import Sequence
from typing import Any

from revenue_assets.rating.fields import Fields
from revenue_assets.rating.terms import ZERO, Terms, Tier

# charge model: (fields it needs, fields it may have)
FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "flat": (("unit_amount",), ()),
    "per_unit": (("unit_amount",), ("included_units",)),
    "graduated": (("tiers",), ("included_units", "zero_usage_flat_fee")),
    "volume": (("tiers",), ("included_units", "zero_usage_flat_fee")),
    "package": (("package_size", "package_amount"), ("included_units", "rounding")),
    "percentage": (
        ("rate_percent",),
        ("fixed_amount", "free_events", "free_amount", "transaction_minimum", "transaction_maximum"),
    ),
    "graduated_percentage": (("tiers",), ("included_units", "zero_usage_flat_fee")),
    "dynamic": ((), ("unit_amount",)),
}
_ALWAYS = ("minimum_amount", "maximum_amount", "percent_off")
_PUBLISHED_AS = {
    "included_units": "free_units",
    "transaction_minimum": "per_txn_min",
    "transaction_maximum": "per_txn_max",
    "percent_off": "percentage_discount",
}
_ROUNDINGS = ("up", "down")


def read_terms(charge_model: str, price: Fields) -> Terms:
    """The terms that the fields state; CaseError when one is missing, unknown or impossible."""
    needed, possible = FIELDS[charge_model]
    values: dict[str, Any] = {"charge_model": charge_model}
    for name in (*needed, *possible, *_ALWAYS):
        published = _PUBLISHED_AS.get(name, name)
        written = published if published in price else name
        if written in price or name in needed:
            values[name] = _read(name, written, price, charge_model)
    if charge_model == "dynamic":
        values.setdefault("unit_amount", price.number("multiplier", ZERO + 1))
    return Terms(**values)


def _read(name: str, written: str, price: Fields, charge_model: str) -> Any:
    if name == "tiers":
        return _read_tiers(price, charge_model)
    if name == "zero_usage_flat_fee":
        return price.flag(written, True)
    if name == "free_events":
        return price.count(written)
    if name == "rounding":
        rounding = price.get(written)
        if rounding not in _ROUNDINGS:
            raise price.fault(written, f"is {rounding!r}, and should be up or down")
        return rounding
    return price.positive(written) if name == "package_size" else price.number(written)


def _read_tiers(price: Fields, charge_model: str) -> tuple[Tier, ...]:
    rate = "rate_percent" if charge_model == "graduated_percentage" else "unit_amount"
    tiers = []
    for position, entry in enumerate(price.list("tiers")):
        fields = Fields(price.case_id, f"{price.where}tiers[{position}].", entry)
        up_to, flat_amount = fields.number("up_to", None), fields.number("flat_amount", ZERO)
        tiers.append(Tier(up_to, flat_amount=flat_amount, **{rate: fields.number(rate)}))
        fields.done()
    return in_order(price, tiers)


def in_order(price: Fields, tiers: Sequence[Tier]) -> tuple[Tier, ...]:
    """The tiers, if they follow each other without end; CaseError otherwise."""
    *bounds, last = [tier.up_to for tier in tiers]
    above = ZERO
    for bound in bounds:
        if bound is None or bound <= above:
            raise price.fault("tiers", "should have an up_to above zero that rises from tier to tier")
        above = bound
    if last is not None:
        raise price.fault("tiers", "should end with a tier without an upper bound")
    return tuple(tiers)

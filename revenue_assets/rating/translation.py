"""Published models that are ours in other words, as cases: an overage fee is two tiers, a rerating is a step.

A translation is exact or it is refused: what a case cannot say without changing its amount is outside.
Amounts in cents become major units of the case's currency.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from revenue_assets.rating.fields import Fields
from revenue_assets.rating.price_terms import FIELDS, in_order, read_terms
from revenue_assets.rating.rater import amount
from revenue_assets.rating.terms import ZERO, Case, Terms, Tier
from revenue_assets.rating.vectors import Vector, as_priced

_OF_QUANTITY = ("per_unit", "graduated", "graduated_percentage", "volume", "package")


class OutsideContractError(Exception):
    """A case that our terms cannot express exactly; the text is the reason."""


def _rerate(vector: Vector) -> list[Case]:
    """What the actual quantity costs beyond the billed one."""
    terms = read_terms(_model_of_quantity(vector.price), vector.price)
    actual, billed = vector.given.number("actual_quantity"), vector.given.number("billed_quantity")
    before = None if billed else amount(Case(vector.case_id, terms, None))  # at zero too a flat may have been billed
    return [Case(vector.case_id, terms, None, actual - billed, billed, before, expected=vector.expected_amount)]


def _fixed_plus_overage(vector: Vector) -> list[Case]:
    """A first tier that costs the fee whatever is used of it, and a second one for the overage."""
    included, fee = vector.price.number("included_units"), vector.price.number("fixed_fee")
    overage = vector.price.number("overage_unit_amount")
    tiers = (Tier(included, flat_amount=fee), Tier(None, overage)) if included else (Tier(None, overage, fee),)
    terms = Terms("graduated", tiers=in_order(vector.price, tiers))
    return [Case(vector.case_id, terms, None, vector.given.number("quantity"), expected=vector.expected_amount)]


def _block_tiers(vector: Vector) -> list[Case]:
    """Tiers of equal blocks are tiers whose unit is one block, as long as no block is only begun."""
    charge_model = {"ALL_TIER": "graduated", "TOP_TIER": "volume"}.get(str(vector.price.get("policy")))
    if charge_model is None:
        raise vector.price.fault("policy", "should be ALL_TIER or TOP_TIER")
    tiers, sizes, blocks = [], set(), ZERO
    for position, entry in enumerate(vector.price.list("tiers")):
        tier = Fields(vector.case_id, f"price.tiers[{position}].", entry)
        most = tier.number("max_blocks", None)
        blocks += most or ZERO
        sizes.add(tier.positive("block_size"))
        tiers.append(Tier(None if most is None else blocks, tier.number("block_price")))
        tier.done()
    terms = Terms(charge_model, tiers=in_order(vector.price, tiers))
    quantity = vector.given.number("quantity")
    if len(sizes) > 1 or quantity % min(sizes):
        raise OutsideContractError("blocks of unequal size or only begun: neither tiers nor packages say that")
    return [Case(vector.case_id, terms, None, quantity / min(sizes), expected=vector.expected_amount)]


def _currency_rounding(vector: Vector) -> list[Case]:
    terms = Terms("flat", unit_amount=vector.given.number("quantity"))
    return [Case(vector.case_id, terms, vector.price.minor_unit("exponent"), expected=vector.expected_amount)]


def _proration_cents(vector: Vector) -> list[Case]:
    """The share of a fee, or of a minimum of which the share of the fee has been billed."""
    given, formula = vector.given, vector.given.get("formula")
    share = given.share("days", "period_days")
    owed = vector.major(given.number("amount"))
    case = Case(vector.case_id, Terms("flat", unit_amount=owed), vector.minor_unit, **share)
    if formula == "commit*days/period_days-round(fee*days/period_days)":
        fee = Terms("flat", unit_amount=vector.major(given.number("fee")))
        billed = amount(replace(case, terms=fee))
        case = replace(case, terms=replace(fee, minimum_amount=owed), billed_before=billed)
    elif formula != "amount*days/period_days":
        raise given.fault("formula", f"is {formula!r}, which is not known")
    return [replace(case, expected=vector.major(vector.expected.number("amount")))]


def _proration_change(vector: Vector) -> list[Case]:
    """One case per line: the rest of the old fee is given back, the rest of the new one charged."""
    given = vector.given
    share = given.share("remaining", "period")
    fees = (-vector.major(given.number("old_cents")), vector.major(given.number("new_cents")))
    lines = [Fields(vector.case_id, "expected.lines.", line) for line in vector.expected.list("lines")]
    if len(lines) != len(fees) or sum(line.number("amount") for line in lines) != vector.expected.number("amount"):
        raise vector.expected.fault("lines", "should be two that add up to the amount")
    return [
        Case(
            f"{vector.case_id} (line {number})",
            Terms("flat", unit_amount=fee),
            vector.minor_unit,
            **share,
            expected=vector.major(line.number("amount")),
        )
        for number, (fee, line) in enumerate(zip(fees, lines, strict=True), start=1)
    ]


def _progressive(vector: Vector) -> list[Case]:
    """Amounts that are given, less what an invoice within the period has billed of them."""
    given = vector.given
    amounts, billed = (given.number("usage_amount"), given.number("subscription")), "already_invoiced_progressive"
    terms = Terms("dynamic", unit_amount=Decimal(1))
    return [
        Case(
            vector.case_id,
            terms,
            None,
            billed_before=given.number(billed),
            event_amounts=amounts,
            expected=vector.expected_amount,
        )
    ]


def _model_of_quantity(price: Fields) -> str:
    model = price.get("model")
    model = "per_unit" if model == "standard" else model
    if model not in _OF_QUANTITY:
        raise price.fault("model", f"is {model!r}, and should be one of {', '.join(_OF_QUANTITY)}")
    return str(model)


def _as(charge_model: str) -> Callable[[Vector], list[Case]]:
    return lambda vector: as_priced(vector, charge_model)


TRANSLATIONS: dict[str, Callable[[Vector], list[Case]]] = {
    **{charge_model: _as(charge_model) for charge_model in FIELDS},
    "standard": _as("per_unit"),
    "rerate": _rerate,
    "fixed_plus_overage": _fixed_plus_overage,
    "block_tiers": _block_tiers,
    "currency_rounding": _currency_rounding,
    "proration_cents": _proration_cents,
    "proration_change": _proration_change,
    "progressive": _progressive,
}

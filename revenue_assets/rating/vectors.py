"""One published case as it stands in its file, and those of them that are worded as the contract words a price."""

from dataclasses import dataclass, replace
from decimal import Decimal

from revenue_assets.contract.currencies import minor_units
from revenue_assets.rating.fields import Fields
from revenue_assets.rating.price_terms import read_terms
from revenue_assets.rating.terms import ZERO, Case


@dataclass(frozen=True)
class Vector:
    """One published case as it stands in the file."""

    case_id: str
    model: str
    currency: str
    price: Fields
    given: Fields
    expected: Fields

    @property
    def minor_unit(self) -> int:
        """Decimals of the case's currency."""
        if self.currency not in minor_units():
            raise Fields(self.case_id, "", {}).fault("currency", f"is {self.currency!r}, which ISO 4217 does not list")
        return minor_units()[self.currency]

    @property
    def expected_amount(self) -> Decimal | None:
        """What the source states; None: it states none, and only the raters are compared."""
        amount: Decimal | None = self.expected.number("amount", None)
        return amount

    def major(self, cents: Decimal) -> Decimal:
        """An amount in cents (or the currency's minor unit) in major units."""
        return cents.scaleb(-self.minor_unit)


def as_priced(vector: Vector, charge_model: str) -> list[Case]:
    """A case whose price and input are the contract's."""
    price, given = vector.price, vector.given
    minor_unit = price.minor_unit("round_dp" if "round_dp" in price else "minor_unit", None)
    case = Case(vector.case_id, read_terms(charge_model, price), minor_unit, expected=vector.expected_amount)
    if charge_model in ("percentage", "dynamic"):
        precise = "event_precise_amounts"
        if charge_model == "dynamic" and "quantity" in given:
            return [replace(case, event_amounts=(given.number("quantity"),))]
        return [replace(case, event_amounts=given.numbers(precise if precise in given else "event_amounts"))]
    if "whole" in given:
        price.count("minor_unit")  # a share has no exact amount, so there must be one to round to
        case = replace(case, **given.share("served", "whole"))
    if charge_model == "flat":
        return [case]
    return [
        replace(
            case,
            quantity=given.number("quantity"),
            quantity_before=given.number("previous_quantity", ZERO),
            billed_before=given.number("previously_billed", None),
        )
    ]

"""What a price says, and one thing to price under it: the language that both raters speak.

Only values: no arithmetic, no database. Amounts are in major units, percents are 0 to 100 as a contract states them.
What each charge model means, with the reason: docs/definitions.md, "Charge models".
"""

from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class Tier:
    """The units of `(previous tier's up_to, up_to]`; the last tier has no `up_to`."""

    up_to: Decimal | None
    unit_amount: Decimal = ZERO
    flat_amount: Decimal = ZERO
    rate_percent: Decimal = ZERO  # of graduated_percentage, where the quantity is an amount


@dataclass(frozen=True)
class Terms:
    """The columns of contract_prices that decide an amount; what a charge model does not use stays at its default."""

    charge_model: str
    unit_amount: Decimal = ZERO  # flat: the fee; dynamic: what the events' amounts are multiplied by
    included_units: Decimal = ZERO
    package_size: Decimal | None = None
    package_amount: Decimal | None = None
    rounding: str = "up"
    tiers: tuple[Tier, ...] = ()
    zero_usage_flat_fee: bool = True
    rate_percent: Decimal = ZERO
    fixed_amount: Decimal = ZERO
    free_events: int | None = None
    free_amount: Decimal | None = None
    transaction_minimum: Decimal | None = None
    transaction_maximum: Decimal | None = None
    # The contract keeps commitments and discounts in datasets of their own; published cases put them on the price.
    minimum_amount: Decimal | None = None
    maximum_amount: Decimal | None = None
    percent_off: Decimal = ZERO


@dataclass(frozen=True)
class Case:
    """One thing to price: the step from `quantity_before` to `quantity_before + quantity` of one period.

    A step from zero pays what stands at zero too (a first tier's flat, a fee): nothing was billed before it.
    A share without a minor unit is a quotient that no decimal need hold, so two raters may differ in its last digits.
    """

    case_id: str
    terms: Terms
    minor_unit: int | None  # None: the unrounded amount
    quantity: Decimal = ZERO
    quantity_before: Decimal = ZERO
    billed_before: Decimal | None = None  # None: 0 at quantity_before 0, else its price, discount and commitment too
    event_amounts: tuple[Decimal, ...] = ()  # percentage and dynamic: in order of time
    served: int | None = None  # of `whole`, in days or seconds: the share of a fee or commitment that is owed
    whole: int | None = None
    expected: Decimal | None = None

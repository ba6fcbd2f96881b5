"""How values are written: amounts with the decimals of their currency, times in UTC, nothing rounded away."""

from datetime import UTC, date, datetime
from decimal import Decimal

from revenue_assets.findings.queries import AMOUNT_COLUMNS, FINDING_COLUMNS, Row


def amount_text(amount: Decimal, minor_unit: int | None, separator: str = "") -> str:
    """An amount with the decimals of its currency; more where it has more, so that no fraction disappears."""
    plain = amount.normalize()
    own_decimals = -int(plain.as_tuple().exponent) if plain else 0
    decimals = max(2 if minor_unit is None else minor_unit, own_decimals)
    return f"{plain:{separator}.{decimals}f}"


def units_text(units: Decimal, separator: str = "") -> str:
    """A quantity without the zeros at its end."""
    plain = units.normalize()
    return f"{plain:{separator}.{max(0, -int(plain.as_tuple().exponent))}f}" if plain else "0"


def value_text(value: object, minor_unit: int | None = None, *, is_amount: bool = False) -> str:
    """Any value of a finding as text for CSV and JSON; a null is empty."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return amount_text(value, minor_unit) if is_amount else units_text(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def finding_texts(finding: Row) -> dict[str, str | int | None]:
    """The columns of a finding for programs: exact numbers are texts, counts are numbers, a null stays one."""
    return {name: _exact(name, finding[name], finding["minor_unit"]) for name in FINDING_COLUMNS}


def _exact(name: str, value: object, minor_unit: int | None) -> str | int | None:
    if value is None or isinstance(value, int):
        return value
    return value_text(value, minor_unit, is_amount=name in AMOUNT_COLUMNS)

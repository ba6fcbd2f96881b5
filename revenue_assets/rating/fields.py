"""Exact values out of a case's JSON, or one sentence that names the case and the field.

Every field must be asked for: one that nobody asks for would change the price that was meant, so it is refused.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from revenue_assets.errors import RevenueError

_WHOLE, _DECIMALS = 26, 12  # as the contract's decimal(38, 12)
_MISSING = object()


class CaseError(RevenueError):
    """A case that cannot be read: which one, which field, and what it should be."""


class Fields:
    """The fields of one object in a case, `where` being how a sentence calls them ("price.", "input.")."""

    def __init__(self, case_id: str, where: str, values: Any) -> None:
        self.case_id, self.where = case_id, where
        if not isinstance(values, Mapping):
            raise CaseError(f"Case {case_id}: {where.rstrip('.') or 'the case'} must be an object with fields.")
        self.values = {name: value for name, value in values.items() if value is not None}
        self._unread = set(self.values)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def fault(self, name: str, what: str) -> CaseError:
        """The sentence about one field."""
        return CaseError(f"Case {self.case_id}: {self.where}{name} {what}.")

    def get(self, name: str, default: Any = _MISSING) -> Any:
        """The value as it stands; without a default the field is needed."""
        self._unread.discard(name)
        value = self.values.get(name, default)
        if value is _MISSING:
            raise self.fault(name, "is missing")
        return value

    def number(self, name: str, default: Any = _MISSING) -> Any:
        """A Decimal, or the default as it is."""
        return self._decimal(name, self.get(name)) if name in self.values else self.get(name, default)

    def numbers(self, name: str) -> tuple[Decimal, ...]:
        """A list of Decimals."""
        return tuple(self._decimal(name, value) for value in self.list(name))

    def count(self, name: str, default: Any = _MISSING) -> Any:
        """A whole number of zero or more, or the default as it is."""
        value = self.number(name, default)
        if name not in self.values:
            return value
        if value < 0 or value != value.to_integral_value():
            raise self.fault(name, f"is {value}, and should be a whole number of zero or more")
        return int(value)

    def positive(self, name: str) -> Decimal:
        """A Decimal above zero."""
        value: Decimal = self.number(name)
        if value <= 0:
            raise self.fault(name, f"is {value}, and should be above zero")
        return value

    def share(self, served: str, whole: str) -> dict[str, Any]:
        """How much of a whole period was served, in days or in seconds."""
        self.positive(whole)
        return {"served": self.count(served), "whole": self.count(whole)}

    def minor_unit(self, name: str, default: Any = _MISSING) -> Any:
        """How many decimals to round to, or the default as it is."""
        value = self.count(name, default)
        if name in self.values and value > _DECIMALS:
            raise self.fault(name, f"is {value}, and should be at most {_DECIMALS}")
        return value

    def flag(self, name: str, default: bool) -> bool:
        """true or false."""
        value = self.get(name, default)
        if not isinstance(value, bool):
            raise self.fault(name, f"is {value!r}, and should be true or false")
        return value

    def list(self, name: str) -> list[Any]:
        """A list that is not empty."""
        values = self.get(name)
        if not isinstance(values, list) or not values:
            raise self.fault(name, "should be a list with at least one entry")
        return values

    def done(self) -> None:
        """Refuse what has not been asked for."""
        for name in sorted(self._unread):
            raise self.fault(name, "is not known for this model")

    def _decimal(self, name: str, value: Any) -> Decimal:
        try:
            if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
                raise InvalidOperation
            number = Decimal(value)
        except InvalidOperation:
            raise self.fault(name, f"is {value!r}, and should be a decimal number") from None
        if not number.is_finite() or number.adjusted() >= _WHOLE or _decimals(number) > _DECIMALS:
            what = f"of at most {_WHOLE} digits before the point and {_DECIMALS} after it"
            raise self.fault(name, f"is {value!r}, and should be a number {what}")
        return number


def _decimals(number: Decimal) -> int:
    """Digits after the point, without zeros at the end."""
    _, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits))
    return 0 if number == 0 else len(text.rstrip("0")) - len(text) - int(exponent)

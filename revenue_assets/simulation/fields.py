"""The kinds of values in a profile, each with the rule that a value of a file must keep, and how a rate is written.

A rule raises ValueError with what the value should be; where it stands is added by `profiles.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from revenue_assets.contract.currencies import minor_units
from revenue_assets.errors import RevenueError
from revenue_assets.months import parse_month
from revenue_assets.rating.terms import Tier


class Described:
    """A part of a profile: a name in a file that is none of its fields is refused."""

    __pydantic_config__ = ConfigDict(extra="forbid")


def refusal(name: str, known: Iterable[str], what: str = "is nothing that can be set here") -> str:
    """What is said of a name that is not known: the nearest one, or all where none is near."""
    names = list(known)
    found = get_close_matches(name, names, 1, 0.5)
    return f"'{name}' {what}" + (f"; did you mean '{found[0]}'?" if found else f", only {', '.join(names)}.")


def _month(text: str) -> str:
    try:
        return parse_month(text)
    except RevenueError as error:
        raise ValueError(str(error).rstrip(".")) from None


def _currency(code: str) -> str:
    if code not in minor_units():
        raise ValueError(f"'{code}' should be a currency of ISO 4217, such as EUR")
    return code


def _locale(name: str) -> str:
    from faker.config import AVAILABLE_LOCALES

    if name not in AVAILABLE_LOCALES:
        raise ValueError(f"'{name}' should be a locale that Faker has, such as en_US or de_DE")
    return name


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"'{name}' should be the name of a time zone, such as Europe/Berlin")
    return name


Name = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=0, strict=True)]
Many = Annotated[int, Field(ge=1, strict=True)]
MonthCount = Annotated[int, Field(ge=3, le=24, strict=True)]
Month = Annotated[str, AfterValidator(_month)]
Currency = Annotated[str, AfterValidator(_currency)]
Zone = Annotated[str, AfterValidator(_zone)]
Locale = Annotated[str, AfterValidator(_locale)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Factor = Annotated[float, Field(ge=1, le=1000)]
Growth = Annotated[float, Field(ge=-0.5, le=1)]
Money = Annotated[Decimal, Field(ge=0)]
Number = Annotated[Decimal, Field(gt=0)]
EventUnits = Annotated[Decimal, Field(gt=0, le=1_000_000)]
Spread = Annotated[float, Field(ge=0, le=3)]


@dataclass(frozen=True)
class Rate:
    """How much of something is planted: a share of what it can fall on, but never fewer than `at_least`."""

    share: Share
    at_least: Count = 0

    def count(self, candidates: int) -> int:
        """The number to plant among so many candidates."""
        return min(candidates, max(self.at_least, round(self.share * candidates)))


NONE = Rate(0.0)


def _rate(value: Any) -> Any:
    """A share alone is a rate; another name in its table is refused."""
    if isinstance(value, dict):
        _only(value, ("share", "at_least"))
        return {"share": 0, **value}
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return {"share": value} if is_number else value


def _tier(value: Any) -> Any:
    if isinstance(value, dict):
        _only(value, ("up_to", "unit_amount", "flat_amount"))
        return {"up_to": None, **value}
    return value


def _percent_tier(value: Any) -> Any:
    if isinstance(value, dict):
        _only(value, ("up_to", "rate_percent", "flat_amount"))
        return {"up_to": None, **value}
    return value


def _only(table: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in table:
        if name not in names:
            raise ValueError(refusal(name, names))


Planted = Annotated[Rate, BeforeValidator(_rate)]
PriceTier = Annotated[Tier, BeforeValidator(_tier)]
PercentTier = Annotated[Tier, BeforeValidator(_percent_tier)]

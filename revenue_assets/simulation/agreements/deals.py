"""Who has agreed what: one subscription per account, with its commitments, discounts and prepaid balance."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

from revenue_assets.rating.grants import Grant
from revenue_assets.simulation.agreements.profile import Agreements
from revenue_assets.simulation.periods import Period, Terms, billing_periods
from revenue_assets.simulation.profile import Profile
from revenue_assets.simulation.streams import stream

KINDS = (
    "minimum",
    "maximum",
    "percent_off",
    "amount_off",
    "percent_off_item",
    "two_discounts",
    "discount_and_minimum",
    "prepaid",
    "prepaid_year",
)
SIGNED_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
_ZONES = ("UTC", "Asia/Kuwait")


@dataclass(frozen=True)
class Commitment:
    """An amount that every period comes to at least or at most."""

    kind: Literal["minimum", "maximum"]
    amount: Decimal


@dataclass(frozen=True)
class Discount:
    """A percentage or an amount off one meter, or (no meter) off everything, in force until `valid_to`."""

    percent_off: Decimal | None = None
    amount_off: Decimal | None = None
    meter_id: str | None = None
    valid_to: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it is in force."""
        return self.valid_to is None or at < self.valid_to


@dataclass(frozen=True)
class Deal:
    """A subscription, its billing periods, and what was agreed for it."""

    account_id: str
    subscription_id: str
    kind: str
    weight: float
    terms: Terms
    periods: tuple[Period, ...]
    commitments: tuple[Commitment, ...] = ()
    discounts: tuple[Discount, ...] = ()
    grants: tuple[Grant, ...] = ()


def draw_deals(agreements: Agreements, profile: Profile, seed: int) -> list[Deal]:
    """One deal per account; a third of them starts within the simulation, a fifth ends in it."""
    rng = stream(seed, agreements.organization_id, "deals")
    start, length = profile.usage_start, profile.usage_end - profile.usage_start
    deals = []
    for number in range(agreements.accounts):
        day = timedelta(days=int(rng.integers(1, 26)), hours=int(rng.integers(24)))
        is_late, is_ended = number % 3 == 1, number % 5 == 3
        terms = Terms(
            started_at=start + 0.1 * length + day / 2 if is_late else start - day,
            ended_at=start + 0.6 * length + day if is_ended else None,
            anchor_day=int(rng.integers(1, 32)),
            time_zone=_ZONES[number % len(_ZONES)],
        )
        served = billing_periods(terms, profile.as_of)
        periods = tuple(period for period in served if period.billing_month >= profile.first_month)
        account_id = f"{agreements.account_prefix}_{number + 1:05d}"
        kind, weight = KINDS[number % len(KINDS)], float(rng.lognormal(0.0, 0.4))
        found = Deal(account_id, f"sub_{account_id}", kind, weight, terms, periods)
        deals.append(_agreed(found, number // len(KINDS), agreements, profile))
    return deals


def _agreed(deal: Deal, round_number: int, agreements: Agreements, profile: Profile) -> Deal:
    """The deal with what its kind says; every second one of a kind is a variant."""
    is_variant = round_number % 2 == 1
    minimum, maximum = agreements.minimum, agreements.maximum
    end = None if is_variant else deal.periods[len(deal.periods) // 2].start
    percent = Discount(percent_off=agreements.percent_off, valid_to=end)
    of_first = Discount(meter_id=agreements.meters[0].meter_id, valid_to=end)
    kind = deal.kind
    if kind == "minimum":
        parts = (minimum / 4, minimum / 4 * 3) if is_variant else (minimum,)  # several add up
        return replace(deal, commitments=tuple(Commitment("minimum", part) for part in parts))
    if kind == "maximum":
        limits = (maximum, 2 * maximum) if is_variant else (maximum,)  # of several the lowest counts
        return replace(deal, commitments=tuple(Commitment("maximum", limit) for limit in limits))
    if kind == "percent_off":
        return replace(deal, discounts=(percent,))
    if kind == "amount_off":
        return replace(deal, discounts=(Discount(amount_off=agreements.amount_off, valid_to=end),))
    if kind == "percent_off_item":
        return replace(deal, discounts=(replace(of_first, percent_off=agreements.percent_off),))
    if kind == "two_discounts":
        return replace(deal, discounts=(percent, replace(of_first, amount_off=agreements.amount_off / 2)))
    if kind == "discount_and_minimum":
        unlimited = Discount(percent_off=agreements.percent_off)
        return replace(deal, discounts=(unlimited,), commitments=(Commitment("minimum", minimum),))
    return replace(deal, grants=_grants(deal, agreements, profile))


def _grants(deal: Deal, agreements: Agreements, profile: Profile) -> tuple[Grant, ...]:
    """A year ahead, or: a welcome that expires soon and pays first, the first top-up, and a second one at half-time."""
    early, half = profile.usage_start - timedelta(days=30), (profile.usage_end - profile.usage_start) / 2
    grant_id = f"grant_{deal.account_id}"
    if deal.kind == "prepaid_year":
        return (Grant(f"{grant_id}_year", 1000 * agreements.grant, early, profile.as_of + timedelta(days=30)),)
    welcome = agreements.grant / 4
    return (
        Grant(f"{grant_id}_welcome", welcome, early, profile.usage_start + timedelta(days=40), priority=1),
        Grant(f"{grant_id}_1", agreements.grant, early),
        Grant(f"{grant_id}_2", agreements.grant, profile.usage_start + half),
    )

"""What every item of a period comes to, step by step: as used, as metered, as billed at billing's prices."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from revenue_assets.rating.rater import amount
from revenue_assets.rating.terms import ZERO, Case, Terms
from revenue_assets.simulation.agreements.deals import Deal
from revenue_assets.simulation.agreements.profile import Agreements
from revenue_assets.simulation.agreements.usage import Usage, Use
from revenue_assets.simulation.periods import Period
from revenue_assets.simulation.streams import pick, stream

RECURRING = "recurring"
_FACTORS = (Decimal("0.8"), Decimal("1.25"), Decimal("0.9"))
Wrong = Mapping[tuple[int, str], Terms]
"""The prices that billing has instead of the contract's, by deal and meter."""


@dataclass(frozen=True)
class Rated:
    """A period of a deal. Amounts by item at each step; `units` are those that the meter accepted, `used` the events.

    `actual`, then `kept` without what was lost, then `metered` with what was taken twice, `priced` as billing does.
    """

    number: int
    deal: Deal
    period: Period
    actual: Mapping[str, Decimal]
    kept: Mapping[str, Decimal]
    metered: Mapping[str, Decimal]
    priced: Mapping[str, Decimal]
    units: Mapping[str, Decimal]
    used: Mapping[str, Sequence[Use]]


def wrong_prices(agreements: Agreements, deals: Sequence[Deal], seed: int) -> dict[tuple[int, str], Terms]:
    """Some subscriptions have another price of one meter in billing, from their start to their end."""
    rng = stream(seed, agreements.organization_id, "wrong prices")
    chosen = pick(rng, np.arange(len(deals)), agreements.wrong_prices.count(len(deals)))
    found = {}
    for turn, number in enumerate(chosen.tolist()):
        meter, factor = agreements.meters[turn % len(agreements.meters)], _FACTORS[turn % len(_FACTORS)]
        right = meter.price.terms
        tiers = tuple(replace(tier, rate_percent=tier.rate_percent * factor) for tier in right.tiers)
        raised = replace(right, unit_amount=right.unit_amount * factor, rate_percent=right.rate_percent * factor)
        found[number, meter.meter_id] = replace(raised, tiers=tiers)
    return found


def rated_periods(agreements: Agreements, deals: Sequence[Deal], usage: Usage, wrong: Wrong) -> Iterator[Rated]:
    """Every period of every deal, in order."""
    for number, deal in enumerate(deals):
        for position, period in enumerate(deal.periods):
            used = {
                meter.meter_id: usage.get((number, position, turn), ()) for turn, meter in enumerate(agreements.meters)
            }
            kept = {item: [use for use in uses if not use.is_lost] for item, uses in used.items()}
            metered = {item: list(_with_retries(uses)) for item, uses in kept.items()}
            signed = {meter.meter_id: meter.price.terms for meter in agreements.meters}
            billing = {item: wrong.get((number, item), terms) for item, terms in signed.items()}
            fee = _fee(agreements, period)

            def amounts(
                sets: Mapping[str, Sequence[Use]], terms: Mapping[str, Terms], fee: Decimal = fee
            ) -> dict[str, Decimal]:
                of_meters = {item: _rate(terms[item], uses, agreements.minor_unit) for item, uses in sets.items()}
                return {RECURRING: fee} | of_meters

            yield Rated(
                number,
                deal,
                period,
                actual=amounts(used, signed),
                kept=amounts(kept, signed),
                metered=amounts(metered, signed),
                priced=amounts(metered, billing),
                units={item: sum((use.units for use in uses), ZERO) for item, uses in metered.items()},
                used=used,
            )


def _with_retries(uses: Iterable[Use]) -> Iterator[Use]:
    for use in uses:
        yield use
        if use.is_retried:
            yield use


def _rate(terms: Terms, uses: Sequence[Use], minor_unit: int) -> Decimal:
    moved = tuple(use.units for use in uses)
    return amount(Case("item", terms, minor_unit, quantity=sum(moved, ZERO), event_amounts=moved))


def _fee(agreements: Agreements, period: Period) -> Decimal:
    terms = Terms("flat", unit_amount=agreements.fee)
    served, whole = period.days_in_service, period.days_in_period
    return amount(Case("fee", terms, agreements.minor_unit, served=served, whole=whole))

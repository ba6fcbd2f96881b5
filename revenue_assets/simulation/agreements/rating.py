"""What every item of a period comes to, step by step: as used, as metered, as billed at billing's prices."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from revenue_assets.rating.rater import amount
from revenue_assets.rating.terms import ZERO, Case, Terms
from revenue_assets.simulation.agreements.deals import Deal
from revenue_assets.simulation.agreements.profile import Agreements
from revenue_assets.simulation.agreements.usage import Place, Usage, Use
from revenue_assets.simulation.periods import Period
from revenue_assets.simulation.streams import pick, stream

RECURRING = "recurring"
_SHARES = (Decimal("0.5"), Decimal("1.5"), Decimal("0.75"))
_FACTORS = (Decimal("0.8"), Decimal("1.25"), Decimal("0.9"))
Wrong = Mapping[tuple[int, str], Terms]
"""The prices that billing has instead of the contract's, by deal and meter."""


@dataclass(frozen=True)
class Rated:
    """A period of a deal. Amounts by item at each step; `units` are those that a line says, `used` the events.

    `actual`, then `kept` without what was lost, then `metered` with what was taken twice, then `posted` with the units
    of the lines, then `priced` as billing does.
    """

    number: int
    deal: Deal
    period: Period
    actual: Mapping[str, Decimal]
    kept: Mapping[str, Decimal]
    metered: Mapping[str, Decimal]
    posted: Mapping[str, Decimal]
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


def misposted_lines(agreements: Agreements, usage: Usage, seed: int) -> dict[Place, Decimal]:
    """The items of which a line says other units, and which share of the metered ones it says.

    Of a percentage it could be no other: from units alone its amount does not follow.
    """
    rng = stream(seed, agreements.organization_id, "misposted lines")
    models = [meter.price.charge_model for meter in agreements.meters]
    fits = [place for place in sorted(usage) if models[place[2]] != "percentage"]
    chosen = rng.permutation(len(fits))[: agreements.misposted_lines.count(len(fits))].tolist()
    return {fits[row]: _SHARES[turn % len(_SHARES)] for turn, row in enumerate(chosen)}


def rated_periods(
    agreements: Agreements, deals: Sequence[Deal], usage: Usage, wrong: Wrong, misposted: Mapping[Place, Decimal]
) -> Iterator[Rated]:
    """Every period of every deal, in order."""
    signed = {meter.meter_id: meter.price.terms for meter in agreements.meters}
    for number, deal in enumerate(deals):
        billing = {item: wrong.get((number, item), terms) for item, terms in signed.items()}
        for position, period in enumerate(deal.periods):
            places = {meter.meter_id: (number, position, turn) for turn, meter in enumerate(agreements.meters)}
            used = {item: usage.get(place, ()) for item, place in places.items()}
            kept = {item: [use for use in uses if not use.is_lost] for item, uses in used.items()}
            metered = {item: list(_with_retries(uses)) for item, uses in kept.items()}
            posted = {item: _on_line(uses, misposted.get(places[item])) for item, uses in metered.items()}
            fee = {RECURRING: _fee(agreements, period)}

            def amounts(
                sets: Mapping[str, Sequence[Use]], terms: Mapping[str, Terms] = signed, fee: Mapping[str, Decimal] = fee
            ) -> dict[str, Decimal]:
                of_meters = {item: _rate(terms[item], uses, agreements.minor_unit) for item, uses in sets.items()}
                return {**fee, **of_meters}

            yield Rated(
                number,
                deal,
                period,
                actual=amounts(used),
                kept=amounts(kept),
                metered=amounts(metered),
                posted=amounts(posted),
                priced=amounts(posted, billing),
                units={item: sum((use.units for use in uses), ZERO) for item, uses in posted.items()},
                used=used,
            )


def _on_line(uses: Sequence[Use], share: Decimal | None) -> Sequence[Use]:
    """What a line says of the events: all, or as one quantity another share of them."""
    if share is None or not uses:
        return uses
    return [replace(uses[0], units=share * sum((use.units for use in uses), ZERO))]


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

"""The prices that billing has attached: the contract's, but for some that are wrong, outdated or of another meter.

A subscription has at most one wrong price, in a window that begins and ends with billing periods.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import numpy as np

from revenue_assets.simulation.company import Company
from revenue_assets.simulation.rater import Price, PriceBook
from revenue_assets.simulation.streams import Integers, Mask, pick
from revenue_assets.simulation.tariff import Tariff

_PRICE_FACTORS = (Decimal("0.85"), Decimal("0.9"), Decimal("1.1"), Decimal("0.75"), Decimal("0.95"))


@dataclass(frozen=True)
class Attached:
    """Billing's price book; `codes` names, by price, why it is not the contract's, where that is not R1."""

    book: PriceBook
    codes: Mapping[str, str]


@dataclass(frozen=True)
class _Window:
    """Consecutive periods of a subscription, and when the price after them begins (None: never)."""

    rows: list[int]
    start: datetime
    end: datetime | None


def attach_prices(
    company: Company, clean: Integers, metered: Sequence[Decimal], is_priced: Mask, rng: np.random.Generator
) -> Attached:
    """Decide which prices billing has; `clean` are the periods whose invoices are all there."""
    rates = company.profile.leaks
    periods: dict[int, list[int]] = {}
    for row in clean.tolist():
        periods.setdefault(company.periods[row].subscription, []).append(row)
    signed = [price for price in company.contract.prices if price.subscription_id]
    prices, codes = _less_renewals(company, signed, rng)
    own = {price.subscription_id for price in signed}
    usual = [n for n in sorted(periods) if company.subscriptions[n].subscription_id not in own and len(periods[n]) > 1]
    wrong, allowances, others = (
        rate.count(len(usual)) for rate in (rates.wrong_prices, rates.wrong_allowances, rates.other_meters_prices)
    )
    negotiated = [price for price in signed if not _is_renewed(price)]
    if negotiated and wrong:
        prices = [price for price in prices if price.price_id != f"billing_{negotiated[0].price_id}"]
        wrong -= 1
    chosen = rng.permutation(np.array(usual))[: wrong + allowances + others].tolist()
    for number, position in enumerate(chosen):
        window = _window(company, periods[position], rng)
        if number < wrong:
            item, code = _item_to_misprice(company, window.rows, is_priced, number), "R1"
            right = Tariff(company, company.contract).price(company.periods[window.rows[0]], item)
            factor = _PRICE_FACTORS[number % len(_PRICE_FACTORS)]
            price: Price | None = right.times(factor, company.organization.minor_unit if item is None else 12)
        elif number < wrong + allowances:
            price, code = _other_allowance(company, window, metered, is_priced, number), "R3"
        else:
            price, code = _other_meters(company, window, metered), "R9"
        if price:
            subscription_id = company.subscriptions[position].subscription_id
            price_id = f"billing_price_{subscription_id}_{price.meter_id or 'recurring'}"
            owner = {"plan_id": None, "subscription_id": subscription_id}
            codes[price_id] = code
            prices.append(replace(price, price_id=price_id, valid_from=window.start, valid_to=window.end, **owner))
    return Attached(PriceBook(prices), codes)


def _is_renewed(price: Price) -> bool:
    return price.price_id.endswith(("_1", "_2"))


def _less_renewals(
    company: Company, signed: list[Price], rng: np.random.Generator
) -> tuple[list[Price], dict[str, str]]:
    """Every price of the contract; of some renewals only the version before, for ever."""
    before = [price.price_id for price in signed if price.price_id.endswith("_1")]
    missed = company.profile.leaks.missed_renewals.count(len(before))
    kept = {before[int(row)] for row in pick(rng, np.arange(len(before)), missed)}
    never = {f"{price_id.removesuffix('_1')}_2" for price_id in kept}
    prices = [
        replace(one, price_id=f"billing_{one.price_id}", valid_to=None if one.price_id in kept else one.valid_to)
        for one in company.contract.prices
        if one.price_id not in never
    ]
    return prices, {f"billing_{price_id}": "R2" for price_id in kept}


def _window(company: Company, rows: list[int], rng: np.random.Generator) -> _Window:
    first = int(rng.integers(len(rows) - 1))
    last = int(rng.integers(first, len(rows)))
    end = company.periods[rows[last]].period.end if last + 1 < len(rows) else None
    return _Window(rows[first : last + 1], company.periods[rows[first]].period.start, end)


def _item_to_misprice(company: Company, rows: list[int], is_priced: Mask, number: int) -> str | None:
    """The meter that these periods use most often; the recurring fee for every fourth, or without usage."""
    meters = company.organization.meters
    used = [sum(bool(is_priced[row * len(meters) + position]) for row in rows) for position in range(len(meters))]
    if number % 4 == 3 or not any(used):
        return None
    start = number % len(meters)
    best = max(range(len(meters)), key=lambda position: (used[position], (position - start) % len(meters)))
    return meters[best].meter_id


def _other_allowance(
    company: Company, window: _Window, metered: Sequence[Decimal], is_priced: Mask, number: int
) -> Price | None:
    """A promised allowance that was never entered, or one that nobody promised."""
    meters = [one.meter_id for one in company.organization.meters]
    item = _item_to_misprice(company, window.rows, is_priced, 4 * number)
    if item is None:
        return None
    right = Tariff(company, company.contract).price(company.periods[window.rows[0]], item)
    if right.included_units and number % 2:
        return replace(right, included_units=Decimal(0))
    most = max(metered[row * len(meters) + meters.index(item)] for row in window.rows)
    return replace(right, included_units=right.included_units + max(most // 2, Decimal(1)))


def _other_meters(company: Company, window: _Window, metered: Sequence[Decimal]) -> Price | None:
    """The price of the meter that comes nearest in what these periods cost, of all pairs; None without usage."""
    contract, meters = Tariff(company, company.contract), company.organization.meters
    first = company.periods[window.rows[0]]
    pairs: list[tuple[Decimal, Price]] = []
    for position, meter in enumerate(meters):
        units = [metered[row * len(meters) + position] for row in window.rows]
        right = _cost(contract, contract.price(first, meter.meter_id), units)
        for other in meters:
            price = contract.price(first, other.meter_id)
            wrong = _cost(contract, price, units)
            if other is not meter and right and wrong != right:
                pairs.append((abs(wrong - right) / right, replace(price, meter_id=meter.meter_id)))
    return min(pairs, key=lambda pair: pair[0])[1] if pairs else None


def _cost(tariff: Tariff, price: Price, units: list[Decimal]) -> Decimal:
    return sum((tariff.at_price(price, one) for one in units), Decimal(0))

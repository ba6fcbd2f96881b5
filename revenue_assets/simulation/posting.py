"""What billing made of the metered quantities: which periods it forgot, which lines, at which prices, and what it
billed to customers who had left. The invoices that follow from it are written in `invoicing.py`.

An item is one meter in one billing period; its position is `period * meters + meter`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from revenue_assets.simulation.company import Company, ServedPeriod
from revenue_assets.simulation.metering import Metering
from revenue_assets.simulation.periods import Period, following_period
from revenue_assets.simulation.pricing import Attached, attach_prices
from revenue_assets.simulation.profile import GRACE, Rate
from revenue_assets.simulation.streams import pick, stream
from revenue_assets.simulation.tariff import Tariff, units_of

TO_SETTLE = timedelta(hours=3)
"""Finalizing and paying an invoice takes less; so every invoice that exists at as_of is paid."""
_UNIT_FACTORS = (Decimal("0.5"), Decimal("0.9"), Decimal("1.2"))


@dataclass(frozen=True)
class Posting:
    """The decisions of billing. `metered` and `billed` are units per item.

    `fee_issued_at` and `issued_at` say when a period's fee and its usage are invoiced; a period that is missing or not
    due yet is not among them. `late_items` lack what was reported too late; `charged_later` are those that the next
    period charges, and the items there; `catching_up` has the units that these charge for the period before. On
    `overwritten_items` stands an older value than the last one.
    """

    metered: list[Decimal]
    billed: list[Decimal]
    fee_issued_at: Mapping[int, datetime]
    issued_at: Mapping[int, datetime]
    missing_periods: frozenset[int]
    absent_items: frozenset[int]
    misposted_items: frozenset[int]
    split_periods: frozenset[int]
    billed_after_end: list[ServedPeriod]
    trials_invoiced: list[ServedPeriod]
    late_items: frozenset[int]
    charged_later: frozenset[int]
    catching_up: dict[int, Decimal]
    overwritten_items: frozenset[int]
    attached: Attached


def plant_posting(company: Company, metering: Metering, seed: int) -> Posting:
    """Decide what is invoiced, when, in which quantity and at which price."""
    rates, meters = company.profile.leaks, company.organization.meters
    rng = stream(seed, company.key, "posting")
    milli_units = metering.quantities["U9"]
    metered = [units_of(int(total), meters[item % len(meters)]) for item, total in enumerate(milli_units)]
    contract = Tariff(company, company.contract)
    is_priced = np.zeros(len(metered), dtype=np.bool_)
    for used in np.flatnonzero(milli_units).tolist():
        served, meter = company.periods[used // len(meters)], meters[used % len(meters)]
        is_priced[used] = contract.usage(served, meter, metered[used]) != 0

    issued_at = _issue_times(company, rng)
    as_of = company.profile.as_of
    finished = np.array([row for row, one in enumerate(company.periods) if one.period.end + GRACE <= as_of])
    late, charged_in = metering.lateness.items, metering.lateness.charged_in
    told = {item // len(meters) for item in [*late, *charged_in.values(), *metering.overwrites.billed]}
    stopped = _stopped_periods(company, rates.stopped_billing, seed, told)
    finished = np.setdiff1d(finished, np.array(sorted(told), dtype=np.int64))
    known = np.setdiff1d(finished, [*stopped, *_first_periods(company)])
    missing = pick(rng, known, rates.missing_periods.count(len(known)))
    missing = np.union1d(missing, np.array(stopped, dtype=np.int64))
    priced = np.flatnonzero(is_priced)
    billable = priced[np.isin(priced // len(meters), np.setdiff1d(finished, missing))]
    absent = pick(rng, billable, rates.absent_lines.count(len(billable)))
    rest = np.setdiff1d(billable, absent)
    misposted = pick(rng, rest, rates.misposted_lines.count(len(rest)))

    billed = list(metered)
    for item in range(len(metered)):
        if item // len(meters) not in issued_at:
            billed[item] = Decimal(0)
    for item in [*absent, *(row * len(meters) + meter for row in missing for meter in range(len(meters)))]:
        billed[int(item)] = Decimal(0)
    for number, item in enumerate(misposted):
        factor = _UNIT_FACTORS[number % len(_UNIT_FACTORS)]
        billed[int(item)] = (metered[int(item)] * factor).quantize(Decimal("0.001"))
    late_units = metering.late_units()
    catching_up: dict[int, Decimal] = {}
    for item in late:
        units = units_of(int(late_units[item]), meters[item % len(meters)])
        billed[item] -= units
        if item in charged_in:
            catching_up[charged_in[item]] = units
            billed[charged_in[item]] += units
    for item, left in metering.overwrites.billed.items():
        billed[item] = units_of(left, meters[item % len(meters)])
    forgotten = set(missing.tolist())
    issued_at = {row: at for row, at in issued_at.items() if row not in forgotten}
    clean = np.setdiff1d(finished, missing)
    split = pick(rng, clean, rates.split_invoices.count(len(clean)))
    return Posting(
        metered=metered,
        billed=billed,
        fee_issued_at=_fee_times(company, forgotten) if company.organization.bill_in == "advance" else issued_at,
        issued_at=issued_at,
        missing_periods=frozenset(forgotten),
        absent_items=frozenset(absent.tolist()),
        misposted_items=frozenset(misposted.tolist()),
        split_periods=frozenset(split.tolist()),
        billed_after_end=_billed_after_end(company, rng),
        trials_invoiced=_trials_invoiced(company, seed),
        late_items=late,
        charged_later=frozenset({*charged_in, *charged_in.values()}),
        catching_up=catching_up,
        overwritten_items=frozenset(metering.overwrites.billed),
        attached=attach_prices(company, clean, metered, is_priced, rng),
    )


def _first_periods(company: Company) -> list[int]:
    """The first period of every subscription that began before: what was billed earlier is in no document."""
    rows = _rows_of_subscriptions(company)
    started = [company.subscriptions[position].started_at for position in rows]
    return [own[0] for own, at in zip(rows.values(), started, strict=True) if at < company.profile.usage_start]


def _stopped_periods(company: Company, rate: Rate, seed: int, told: set[int]) -> list[int]:
    """All periods of some subscriptions from some day on, two finished ones at least; they go on being served.

    Not of a subscription with one of the periods `told`, of whose invoices something else is told already.
    """
    as_of = company.profile.as_of
    rng = stream(seed, company.key, "stopped billing")
    lasting = {
        position: rows
        for position, rows in _rows_of_subscriptions(company).items()
        if company.subscriptions[position].ended_at is None and company.subscriptions[position].pause_start is None
        if told.isdisjoint(rows)
    }
    finished = {
        position: [row for row in rows if company.periods[row].period.end + GRACE <= as_of]
        for position, rows in lasting.items()
    }
    candidates = np.array([position for position, rows in finished.items() if len(rows) > 2], dtype=np.int64)
    stopped: list[int] = []
    for position in pick(rng, candidates, rate.count(len(candidates))).tolist():
        last_billed = finished[position][int(rng.integers(len(finished[position]) - 2))]
        stopped.extend(row for row in lasting[position] if row > last_billed)
    return stopped


def _rows_of_subscriptions(company: Company) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for row, one in enumerate(company.periods):
        found.setdefault(one.subscription, []).append(row)
    return found


def _issue_times(company: Company, rng: np.random.Generator) -> dict[int, datetime]:
    """When each period's usage is invoiced: within a day after its end."""
    delays = rng.integers(1, 20 * 60, len(company.periods))
    times = {row: one.period.end + timedelta(minutes=int(delays[row])) for row, one in enumerate(company.periods)}
    return {row: at for row, at in times.items() if at + TO_SETTLE <= company.profile.as_of}


def _fee_times(company: Company, forgotten: set[int]) -> dict[int, datetime]:
    """When each period's fee is invoiced in advance: at its start."""
    times = {row: one.period.start + timedelta(minutes=5) for row, one in enumerate(company.periods)}
    due = {row: at for row, at in times.items() if at + TO_SETTLE <= company.profile.as_of}
    return {row: at for row, at in due.items() if row not in forgotten}


def _trials_invoiced(company: Company, seed: int) -> list[ServedPeriod]:
    """The trials for which billing writes an invoice of nothing when they begin."""
    trials = []
    for position, one in enumerate(company.subscriptions):
        if one.trial_end and one.started_at + TO_SETTLE <= company.profile.as_of:
            trials.append(ServedPeriod(position, one.account, Period(one.started_at, one.trial_end, 0, 0)))
    rng = stream(seed, company.key, "zero invoices")
    chosen = pick(rng, np.arange(len(trials)), company.profile.leaks.zero_invoices.count(len(trials)))
    return [trials[int(row)] for row in chosen]


def _billed_after_end(company: Company, rng: np.random.Generator) -> list[ServedPeriod]:
    """The period after the last one, of some subscriptions that have ended."""
    late = []
    for position, one in enumerate(company.subscriptions):
        if one.ended_at:
            period = following_period(one.ended_at, one.anchor_day, one.time_zone)
            if period.end + timedelta(days=2) <= company.profile.as_of:
                late.append(ServedPeriod(position, one.account, period))
    chosen = pick(rng, np.arange(len(late)), company.profile.leaks.billed_after_end.count(len(late)))
    return [late[int(row)] for row in chosen]

"""Hours in which the usage of a meter was lost before anybody had it (U11): on no side, in no truth but this one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from revenue_assets.months import month_bounds, month_of
from revenue_assets.simulation.company import Company
from revenue_assets.simulation.straying import NO_CURRENCY, Strays
from revenue_assets.simulation.streams import Mask
from revenue_assets.simulation.tariff import units_of
from revenue_assets.simulation.usage import Events, microseconds

Row = dict[str, Any]
_WEDNESDAY = 2


@dataclass(frozen=True)
class LostHours:
    """The hours `[start, end)` and what the organization's first meter would have counted in them; None: no gap."""

    start: datetime
    end: datetime
    events: int
    milli_units: int


def lose_hours(company: Company, drawn: Events, strays: Strays) -> tuple[Events, Strays, LostHours | None]:
    """All usage without what was lost, and the loss: from 9:00 of a Wednesday on, at three quarters of the time."""
    profile, hours = company.profile, company.profile.leaks.gap_hours
    if not hours:
        return drawn, strays, None
    start = profile.usage_start + (profile.usage_end - profile.usage_start) * 0.75
    start += timedelta(days=(_WEDNESDAY - start.weekday()) % 7)
    start = start.replace(hour=9, minute=0, second=0, microsecond=0)
    end = start + timedelta(hours=hours)

    def is_lost(events: Events) -> Mask:
        at = events.occurred_at
        found: Mask = (events.meter == 0) & (at >= microseconds(start)) & (at < microseconds(end))
        return found

    lost = [events.take(is_lost(events)) for events in (drawn, strays.events["U5"])]  # those of U7 are drawn too
    kept = {code: events.take(~is_lost(events)) for code, events in strays.events.items()}
    gap = LostHours(start, end, sum(map(len, lost)), sum(int(events.milli_units.sum()) for events in lost))
    return drawn.take(~is_lost(drawn)), replace(strays, events=kept), gap


def gap_leaks(company: Company, lost: LostHours | None) -> Iterator[Row]:
    """The finding of the month; its events and units are what an estimate is compared with."""
    if lost and lost.events:
        month, meter = month_of(lost.start), company.organization.meters[0]
        start, end = month_bounds(month)
        yield {
            "organization_id": company.organization.organization_id,
            "account_id": "",
            "subscription_id": "",
            "item": meter.meter_id,
            "period_start": start,
            "period_end": end,
            "billing_month": month,
            "currency": NO_CURRENCY,
            "code": "U11",
            "units": units_of(lost.milli_units, meter),
            "events": lost.events,
            "leak_amount": Decimal(0),
        }


def gap_rows(company: Company, lost: LostHours | None) -> Iterator[Row]:
    """The very hours."""
    if lost and lost.events:
        yield {
            "organization_id": company.organization.organization_id,
            "meter_id": company.organization.meters[0].meter_id,
            "gap_start": lost.start,
            "gap_end": lost.end,
            "events": lost.events,
            "units": units_of(lost.milli_units, company.organization.meters[0]),
        }


def add_parts(rows: Iterable[Row]) -> list[Row]:
    """Rows of the parts of a company as rows of the company: what the parts lost in the same hours is added up."""
    whole: dict[tuple[object, ...], Row] = {}
    for row in rows:
        key = tuple(value for name, value in row.items() if name not in ("units", "events"))
        first = whole.setdefault(key, row | {"units": Decimal(0), "events": 0})
        whole[key] = first | {name: first[name] + row[name] for name in ("units", "events")}
    return list(whole.values())

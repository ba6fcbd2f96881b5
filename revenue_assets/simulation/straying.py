"""Usage that no item claims: of accounts that billing does not know (U5), of meters without a price (U6), and outside
of what a subscription serves (U7). None of it is reported, and nothing of it is in the ladder.

The amount is the list price of what one account used of one meter in one UTC month (docs/definitions.md): the plan's
price, which only U7 has, less what nothing costs. Of U5 and U6 no plan is known, and plans differ, so it is 0.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from revenue_assets.months import month_bounds
from revenue_assets.simulation.company import Company, Subscription
from revenue_assets.simulation.metering import Delivery, is_in_trial, items_of
from revenue_assets.simulation.rater import rate_usage
from revenue_assets.simulation.streams import Integers, pick, stream
from revenue_assets.simulation.tariff import units_of
from revenue_assets.simulation.usage import Events, concatenate, draw_events, microseconds

_STRANGER, _UNPRICED = (np.uint64(1 << bit) for bit in (59, 58))  # added to serials: other event ids
NO_CURRENCY = "XXX"
_NEVER = datetime(9000, 1, 1, tzinfo=UTC)
Row = dict[str, Any]


@dataclass(frozen=True)
class Strays:
    """Events by code; accounts after the company's own are strangers, meters after its own have no price."""

    events: dict[str, Events]
    stranger_ids: list[str]

    def deliveries(self) -> list[Delivery]:
        """What the product delivered of them."""
        return [(events, 0) for events in self.events.values()]


def plant_strays(company: Company, drawn: Events, seed: int, first_serial: int) -> Strays:
    """Draw usage of strangers and of meters without a price; keep what some accounts use outside of their service."""
    rates, organization = company.profile.leaks, company.organization
    rng, count = stream(seed, company.key, "strays"), len(company.accounts)
    per_month = max(company.profile.events_per_account // 8, 3)
    nothing = drawn.take(np.zeros(0, dtype=np.int64))

    unknown = rates.unknown_accounts.count(count)
    strangers, unpriced = [nothing], [nothing]
    users = np.zeros(count)
    users[pick(rng, np.arange(count), rates.unpriced_users.count(count))] = 1.0
    for number, month in enumerate(company.profile.months):
        start, end = month_bounds(month)
        serial = first_serial + (number << 20)
        if unknown:
            batch = draw_events(rng, start, end, unknown * per_month, np.ones(unknown), organization.meters, serial)
            strangers.append(replace(batch, account=batch.account + count, serial=batch.serial + _STRANGER))
        if organization.new_meters and users.any():
            meters = organization.new_meters
            batch = draw_events(rng, start, end, int(users.sum()) * per_month, users, meters, serial)
            batch = replace(batch, meter=batch.meter + len(organization.meters), serial=batch.serial + _UNPRICED)
            unpriced.append(batch)
    of_new_meters = concatenate(unpriced)
    of_new_meters = of_new_meters.take(items_of(company, replace(of_new_meters, meter=of_new_meters.meter * 0)) >= 0)

    internal = np.array([one.is_internal for one in company.accounts])[drawn.account]
    is_outside = (items_of(company, drawn) < 0) & ~is_in_trial(company, drawn) & ~internal
    tempted = np.unique(drawn.account[is_outside])
    chosen = pick(rng, tempted, rates.outside_users.count(len(tempted)))
    outside = drawn.take(is_outside & np.isin(drawn.account, chosen))
    ids = [f"{organization.account_prefix}_x{company.part}{number + 1:04d}" for number in range(unknown)]
    return Strays({"U5": concatenate(strangers), "U6": of_new_meters, "U7": outside}, ids)


def stray_leaks(company: Company, strays: Strays) -> Iterator[Row]:
    """A row per account, meter and month with such usage; amounts of 0 too, because their units are a finding."""
    organization = company.organization
    meters = [*organization.meters, *organization.new_meters]
    account_ids = [*(one.account_id for one in company.accounts), *strays.stranger_ids]
    months = company.profile.months
    windows = [month_bounds(month) for month in months]
    bounds = np.array([microseconds(start) for start, _ in windows])
    own: dict[int, list[Subscription]] = defaultdict(list)
    for one in company.subscriptions:
        own[one.account].append(one)
    for code, events in strays.events.items():
        number = np.searchsorted(bounds, events.occurred_at, side="right") - 1
        used = _totals((events.account * len(meters) + events.meter) * len(months) + number, events)
        for key, count, milli_units, *seen in zip(*(column.tolist() for column in used), strict=True):
            month, (start, end) = months[key % len(months)], windows[key % len(months)]
            account, meter = divmod(key // len(months), len(meters))
            units = units_of(milli_units, meters[meter])
            row: Row = {
                "organization_id": organization.organization_id,
                "account_id": account_ids[account],
                "subscription_id": "",
                "item": meters[meter].meter_id,
                "period_start": start,
                "period_end": end,
                "billing_month": month,
                "currency": NO_CURRENCY if code == "U5" else organization.currency,
                "code": code,
                "units": units,
                "events": count,
                "leak_amount": Decimal(0),
            }
            if code == "U7":
                first, last = map(_moment, seen)
                nearest = _nearest(own[account], first, last)
                row["subscription_id"] = nearest.subscription_id
                if meters[meter].aggregation in ("sum", "count"):
                    price = company.contract.in_force("", nearest.plan.plan_id, meters[meter].meter_id, first)
                    at_zero = rate_usage(price, Decimal(0), organization.minor_unit)
                    row["leak_amount"] = rate_usage(price, units, organization.minor_unit) - at_zero
            yield row


def _totals(key: Integers, events: Events) -> tuple[Integers, ...]:
    """Each key that has events, in order, with their number, their milli units, and the first and the last instant."""
    order = np.argsort(key, kind="stable")
    keys, starts, counts = np.unique(key[order], return_index=True, return_counts=True)
    if not len(keys):
        return (keys,) * 5
    units, at = events.milli_units[order], events.occurred_at[order]
    sums = np.add.reduceat(units, starts)
    return keys, counts, sums, np.minimum.reduceat(at, starts), np.maximum.reduceat(at, starts)


def _nearest(own: list[Subscription], first: datetime, last: datetime) -> Subscription:
    """The account's subscription with the shortest time to the usage, then the later one."""

    def distance(one: Subscription) -> timedelta:
        return max(one.started_at - last, first - (one.ended_at or _NEVER), timedelta(0))

    return min(own, key=lambda one: (distance(one), -one.started_at.timestamp(), one.subscription_id))


def _moment(at: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)

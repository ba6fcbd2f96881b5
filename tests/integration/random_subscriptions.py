"""Random accounts with subscriptions, and their MRR by a second way.

The warehouse works out the running period from the instant; here the periods of a subscription are listed one by one.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from zoneinfo import ZoneInfo

AS_OF = datetime(2025, 6, 16, 9, 30, tzinfo=UTC)
PLANS = {
    "month_usd": (1, "USD", (Decimal("49.97"), Decimal("59.97"))),
    "year_usd": (12, "USD", (Decimal("1000.00"), Decimal("1300.00"))),
    "month_eur": (1, "EUR", (Decimal("19.90"), Decimal("24.90"))),
    "free_usd": (1, "USD", (Decimal(0), Decimal(0))),
}
"""Months of a period, currency, and the fee before and from `RAISED_AT` on."""
RAISED_AT = datetime(2024, 11, 20, tzinfo=UTC)
Movement = tuple[str, Decimal, Decimal]


@dataclass(frozen=True)
class Drawn:
    """A subscription; times are UTC."""

    account: str
    subscription: str
    plan: str
    started_at: datetime
    ended_at: datetime | None
    trial_end: datetime | None
    pause_start: datetime | None
    pause_end: datetime | None
    anchor_day: int | None
    time_zone: str
    own_fee: Decimal | None
    percent_off: Decimal | None
    discounted: tuple[datetime, datetime] = field(default=(AS_OF, AS_OF))

    @property
    def served_from(self) -> datetime:
        return max(self.started_at, self.trial_end or self.started_at)

    def has_customer(self, at: datetime) -> bool:
        return self.served_from <= at and (self.ended_at is None or at < self.ended_at)

    def is_paused(self, at: datetime) -> bool:
        return self.pause_start is not None and self.pause_start <= at < (self.pause_end or AS_OF + timedelta(days=1))


def draw_subscriptions(accounts: int, seed: int) -> list[Drawn]:
    """One to three subscriptions of each account, one after the other or side by side."""
    rng = Random(seed)
    drawn = []
    for number in range(accounts):
        for which in range(rng.choice((1, 1, 2, 3))):
            drawn.append(_draw(rng, f"a{number:03d}", f"s{number:03d}_{which}"))
    return drawn


def movements(drawn: list[Drawn]) -> dict[tuple[str, str, date], Movement]:
    """By account, currency and month: the movement, the MRR at the start and at the end; nothing where both are 0."""
    found = {}
    for account in sorted({one.account for one in drawn}):
        own = [one for one in drawn if one.account == account]
        before: dict[str, Decimal] = {}
        has_paid = was_lost = False
        for month, at in _months():
            now: dict[str, Decimal] = {}
            for one in own:
                if one.has_customer(at) and not one.is_paused(at):
                    currency = PLANS[one.plan][1]
                    now[currency] = now.get(currency, Decimal(0)) + _mrr(one, at)
            is_customer = any(one.has_customer(at) for one in own)
            for currency in {*now, *before}:
                start, end = before.get(currency, Decimal(0)), now.get(currency, Decimal(0))
                if start or end:
                    kind = _kind(start, end, has_paid, was_lost, is_customer)
                    found[account, currency, month] = (kind, start, end)
            before = now
            if any(now.values()):
                has_paid, was_lost = True, False
            was_lost = was_lost or (has_paid and not is_customer)
    return found


def _kind(start: Decimal, end: Decimal, has_paid: bool, was_lost: bool, is_customer: bool) -> str:
    if start == end:
        return "none"
    if not start:
        return "new" if not has_paid else "reactivation" if was_lost else "expansion"
    if not end and not is_customer:
        return "churn"
    return "expansion" if end > start else "contraction"


def _months() -> Iterator[tuple[date, datetime]]:
    """Every month and its last instant, the running one at `AS_OF`."""
    first = date(2023, 1, 1)
    while first <= AS_OF.date():
        following = (first + timedelta(days=31)).replace(day=1)
        end = min(datetime(following.year, following.month, 1, tzinfo=UTC), AS_OF)
        yield first, end - timedelta(microseconds=1)
        first = following


def _mrr(one: Drawn, at: datetime) -> Decimal:
    interval, _, fees = PLANS[one.plan]
    start = _period_start(one, at, interval)
    fee = one.own_fee if one.own_fee is not None else fees[start >= RAISED_AT]
    if one.percent_off is not None and one.discounted[0] <= start < one.discounted[1]:
        fee -= (fee * one.percent_off / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return (fee / interval).quantize(Decimal("1e-12"), ROUND_HALF_UP)


def _period_start(one: Drawn, at: datetime, interval: int) -> datetime:
    """The last boundary up to the instant: of whole periods, or where service began or went on."""
    zone = ZoneInfo(one.time_zone)
    local_start = one.started_at.astimezone(zone)
    first = local_start
    if one.trial_end and one.trial_end.astimezone(zone).day == one.anchor_day and interval == 12:
        first = one.trial_end.astimezone(zone)
    day, year, month = one.anchor_day or local_start.day, first.year - 2, first.month
    starts = [one.served_from]
    if one.pause_end and one.pause_end <= at:
        starts.append(one.pause_end)
    while True:
        in_month = min(day, calendar.monthrange(year, month)[1])
        boundary = datetime(year, month, in_month, tzinfo=zone).astimezone(UTC)
        if boundary > at:
            return max(starts)
        starts.append(boundary)
        year, month = year + (month + interval - 1) // 12, (month + interval - 1) % 12 + 1


def _draw(rng: Random, account: str, subscription: str) -> Drawn:
    start = datetime(2023, 1, 5, tzinfo=UTC) + timedelta(minutes=rng.randrange(870 * 1440))
    if rng.random() < 0.1:
        start = start.replace(day=1, hour=0, minute=0)
    chance, days = rng.random, rng.randint
    length = timedelta(days=days(1, 500))
    end = start + length if chance() < 0.5 else None
    if end and chance() < 0.2:
        end = (end + timedelta(days=31)).replace(day=1, hour=0, minute=0)
    trial = start + timedelta(days=days(1, 60)) if chance() < 0.2 else None
    pause = start + timedelta(days=days(5, 200)) if chance() < 0.25 else None
    resumed = pause + timedelta(days=days(1, 100)) if pause and chance() < 0.8 else None
    granted = start + timedelta(days=days(0, 300))
    return Drawn(
        account,
        subscription,
        rng.choice(("month_usd", "month_usd", "year_usd", "month_eur", "free_usd")),
        start,
        end,
        trial,
        pause,
        resumed,
        rng.choice((None, 1, 15, 31)),
        rng.choice(("UTC", "UTC", "Asia/Tokyo", "America/New_York")),
        Decimal(days(100, 90000)) / 100 if chance() < 0.3 else None,
        Decimal(days(1, 100)) if chance() < 0.25 else None,
        (granted, granted + timedelta(days=days(10, 200))),
    )

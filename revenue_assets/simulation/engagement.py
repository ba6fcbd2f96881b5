"""What customers do in the product beside what is billed, and how that fades before they leave.

Drawn by account and day, whole arrays at a time; one row of the result is one event of engagement_events.
"""

from datetime import timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from revenue_assets.months import month_bounds
from revenue_assets.simulation.churn import CHANGED_PLAN
from revenue_assets.simulation.company import Company
from revenue_assets.simulation.streams import Integers, stream
from revenue_assets.simulation.tables import event_table
from revenue_assets.simulation.usage import Events, microseconds

_DAY = timedelta(days=1)
_HOUR = 3_600_000_000
_COLUMNS = ["organization_id", "event_id", "account_id", "event_name", "occurred_at"]


def draw_engagement(company: Company, seed: int, month: str, first_serial: int) -> pa.Table:
    """The engagement of one month, of customers with a subscription in service."""
    settings, usage = company.profile.engagement, company.profile.usage
    rng, names = stream(seed, company.key, "engagement", month), list(settings.events_per_day)
    start, end = month_bounds(month)
    weekday = (start.weekday() + np.arange((end - start).days)) % 7
    level = _presence(company, month) * np.array(usage.weekdays)[weekday] * 7 / sum(usage.weekdays)
    leaving = _leaving(company, month)
    nothing = np.zeros((3, 0), dtype=np.int64)
    drawn = [_draw(rng, company, number, level, leaving) for number in range(len(names))]
    account, day, name = np.concatenate([nothing, *drawn], axis=1)
    hours = np.array(usage.hours) / sum(usage.hours)
    within = rng.choice(24, len(day), p=hours) * _HOUR + rng.integers(_HOUR, size=len(day))
    serial = np.arange(first_serial, first_serial + len(day), dtype=np.uint64)
    occurred_at = microseconds(start) + day * 24 * _HOUR + within
    events = Events(account, name, occurred_at, np.zeros(len(day), dtype=np.int64), serial)
    accounts = [one.account_id for one in company.accounts]
    return event_table(events, company.organization.organization_id, accounts, names, seed).select(_COLUMNS)


def _draw(
    rng: np.random.Generator, company: Company, number: int, level: NDArray[np.float64], leaving: NDArray[np.float64]
) -> Integers:
    """Accounts, days and names of the events of one name; leaving makes it rarer or more frequent."""
    settings = company.profile.engagement
    name, usual = list(settings.events_per_day.items())[number]
    at_the_end = settings.before_end.get(name, 1.0)
    counts = rng.poisson(usual * level * (1 + (at_the_end - 1) * leaving))
    account, day = np.nonzero(counts)
    of_name = np.full(len(day), number, dtype=np.int64)
    return np.repeat(np.stack([account, day, of_name]), counts[account, day], axis=1)


def _presence(company: Company, month: str) -> NDArray[np.float64]:
    """By account and day: 0 without a subscription in service, else more for those that use more."""
    days = _days(month)
    found = np.zeros((len(company.accounts), len(days)))
    for one in company.subscriptions:
        if company.is_internal(one):
            continue
        is_there = days >= one.started_at
        if one.ended_at:
            is_there &= days < one.ended_at
        if one.pause_start:
            is_there &= ~((days >= one.pause_start) & (days < (one.pause_end or company.profile.as_of)))
        found[one.account, is_there] = company.accounts[one.account].weight ** 0.5
    return found


def _leaving(company: Company, month: str) -> NDArray[np.float64]:
    """By account and day: 0 while nothing is wrong, rising to 1 at the end of a subscription that ends for good."""
    days = _days(month)
    found = np.zeros((len(company.accounts), len(days)))
    usually = timedelta(days=company.profile.engagement.fade_days)
    for one in company.subscriptions:
        if one.ended_at and one.cancel_reason != CHANGED_PLAN:
            # Who leaves because of a payment has no reason to before it failed.
            over = min(usually, one.ended_at - (one.payment_failed_since or one.ended_at - usually))
            passed = np.array([(day - (one.ended_at - over)) / over for day in days.tolist()])
            # After the end nobody is there, or one who came back.
            found[one.account] = np.where(passed < 1.0, np.clip(passed, 0.0, None), 0.0)
    return found


def _days(month: str) -> NDArray[np.object_]:
    """The start of each day."""
    start, end = month_bounds(month)
    return np.array([start + _DAY * number for number in range((end - start).days)], dtype=object)

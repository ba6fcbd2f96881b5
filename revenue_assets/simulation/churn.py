"""Who leaves and when: customers at any time, and with a raised probability some weeks after a payment that failed.

A failed payment is one whose first try fails. What was planted is written to the truth (churn.parquet), so that a
report about churn can be scored: `is_caused` says whether the failure was the reason.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from revenue_assets.simulation.company import Company, Subscription
from revenue_assets.simulation.invoicing import Documents
from revenue_assets.simulation.moments import moment
from revenue_assets.simulation.paying import declines_of, usual_payments
from revenue_assets.simulation.periods import Period, billing_periods
from revenue_assets.simulation.profile import Organization, Profile
from revenue_assets.simulation.streams import stream

REASONS = ("too_expensive", "missing_features", "switched_service", "unused", "company_closed")
CHANGED_PLAN = "changed_plan"
_BY_FAILURE = "payment_failed"
_ASKED_WITHIN = timedelta(days=1)  # of the time that usual_payments names
_TO_MIDNIGHT = timedelta(days=1)  # what `moment` moves back at most


def with_churn(
    profile: Profile, organization: Organization, subscriptions: Sequence[Subscription], seed: int
) -> list[Subscription]:
    """The subscriptions, of which some that had no end now have one; those that pause stay."""
    return [
        one if one.ended_at or one.pause_start else _leaving(profile, organization, one, seed) for one in subscriptions
    ]


def churn_rows(company: Company, documents: Documents) -> Iterator[dict[str, Any]]:
    """One row per subscription that ended for good, with the failed payment before it where that was the cause."""
    owners = {one["invoice_id"]: one["subscription_id"] for one in documents.invoices}
    failed: dict[str, list[datetime]] = {}
    for attempt in documents.payment_attempts:
        if attempt["status"] == "failed" and attempt["attempt_number"] == 1:
            failed.setdefault(owners[attempt["invoice_id"]], []).append(attempt["attempted_at"])
    for one in company.subscriptions:
        if one.ended_at is None or one.cancel_reason == CHANGED_PLAN:
            continue
        since = one.payment_failed_since
        tries = [at for at in failed.get(one.subscription_id, []) if since and since <= at < since + _ASKED_WITHIN]
        yield {
            "organization_id": company.organization.organization_id,
            "account_id": company.accounts[one.account].account_id,
            "subscription_id": one.subscription_id,
            "failed_at": min(tries, default=None),
            "canceled_at": one.canceled_at,
            "ended_at": one.ended_at,
            "cancel_reason": one.cancel_reason,
            "is_caused": bool(tries),
        }


def _leaving(profile: Profile, organization: Organization, one: Subscription, seed: int) -> Subscription:
    rng, churn = stream(seed, organization.organization_id, "churn", one.subscription_id), profile.churn
    zone = ZoneInfo(one.time_zone)
    for period in billing_periods(one.terms, profile.usage_end):
        if period.start < profile.usage_start or period.end > profile.usage_end:
            continue
        if rng.random() < churn.base_rate:
            end = moment(rng, period.start + timedelta(days=1), period.end, zone)
            return replace(one, ended_at=end, cancel_reason=_reason(rng))
        since = _failure(profile, organization, one, period, seed)
        if since is None or rng.random() >= churn.after_failed_payment:
            continue
        first, last = (timedelta(days=days) for days in churn.lag_days)
        end = moment(rng, since + _ASKED_WITHIN + first + _TO_MIDNIGHT, since + last, zone)
        if end <= profile.usage_end:
            reason = _BY_FAILURE if rng.random() < 0.5 else _reason(rng)
            return replace(one, ended_at=end, cancel_reason=reason, payment_failed_since=since)
    return one


def _failure(
    profile: Profile, organization: Organization, one: Subscription, period: Period, seed: int
) -> datetime | None:
    """When the first payment of the period is asked for whose first try fails."""
    for kind, since in usual_payments(organization, period):
        if declines_of(profile, organization, one.subscription_id, period.start, kind, seed):
            return since
    return None


def _reason(rng: np.random.Generator) -> str:
    return REASONS[int(rng.integers(len(REASONS)))]

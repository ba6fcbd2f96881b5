"""Who leaves and when: customers at any time, and with a raised probability some weeks after a payment that failed.

A failed payment is one whose first try fails. What was planted is written to the truth, so that a report about churn
can be scored: churn.parquet says of every end whether a failure was the reason, failures.parquet of every failure
whether it made leaving likelier and whether the customer left because of it. A failure on which nothing was planted
(before the simulated months, of a customer who leaves or pauses anyway, a fate such as C1) dilutes what can be found.
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
    causes = _causes(company, documents)
    for one in company.subscriptions:
        if one.ended_at is None or one.cancel_reason == CHANGED_PLAN:
            continue
        yield {
            "organization_id": company.organization.organization_id,
            "account_id": company.accounts[one.account].account_id,
            "subscription_id": one.subscription_id,
            "failed_at": causes.get(one.subscription_id),
            "canceled_at": one.canceled_at,
            "ended_at": one.ended_at,
            "cancel_reason": one.cancel_reason,
            "is_caused": one.subscription_id in causes,
        }


def failure_rows(company: Company, documents: Documents) -> Iterator[dict[str, Any]]:
    """One row per first try that failed, and what was planted on it."""
    causes, subscriptions = _causes(company, documents), {one.subscription_id: one for one in company.subscriptions}
    for subscription_id, attempt in _first_failures(documents):
        one, at = subscriptions[subscription_id], attempt["attempted_at"]
        yield {
            "organization_id": company.organization.organization_id,
            "account_id": company.accounts[one.account].account_id,
            "subscription_id": subscription_id,
            "invoice_id": attempt["invoice_id"],
            "failed_at": at,
            "raises_churn": any(_is_of(tempted, at) for tempted in one.tempted_since),
            "has_caused_churn": causes.get(subscription_id) == at,
        }


def _causes(company: Company, documents: Documents) -> dict[str, datetime]:
    """By subscription that ended because of a failed payment: when it failed, the first try of that day."""
    since = {one.subscription_id: one.payment_failed_since for one in company.subscriptions}
    causes: dict[str, datetime] = {}
    for subscription_id, attempt in _first_failures(documents):
        asked, at = since[subscription_id], attempt["attempted_at"]
        if asked and _is_of(asked, at):
            causes[subscription_id] = min(at, causes.get(subscription_id, at))
    return causes


def _first_failures(documents: Documents) -> Iterator[tuple[str, dict[str, Any]]]:
    """The first tries that failed, each with its subscription."""
    owners = {one["invoice_id"]: one["subscription_id"] for one in documents.invoices}
    for attempt in documents.payment_attempts:
        if attempt["status"] == "failed" and attempt["attempt_number"] == 1:
            yield owners[attempt["invoice_id"]], attempt


def _is_of(since: datetime, at: datetime) -> bool:
    """Whether a try is of the payment that was asked for at `since`."""
    return since <= at < since + _ASKED_WITHIN


def _leaving(profile: Profile, organization: Organization, one: Subscription, seed: int) -> Subscription:
    rng, churn = stream(seed, organization.organization_id, "churn", one.subscription_id), profile.churn
    zone = ZoneInfo(one.time_zone)
    tempted: list[datetime] = []
    for period in billing_periods(one.terms, profile.usage_end):
        if period.start < profile.usage_start or period.end > profile.usage_end:
            continue
        if rng.random() < churn.base_rate:
            end = moment(rng, period.start + timedelta(days=1), period.end, zone)
            return replace(one, ended_at=end, cancel_reason=_reason(rng), tempted_since=tuple(tempted))
        since = _failure(profile, organization, one, period, seed)
        if since is None:
            continue
        tempted.append(since)
        if rng.random() >= churn.after_failed_payment:
            continue
        first, last = (timedelta(days=days) for days in churn.lag_days)
        end = moment(rng, since + _ASKED_WITHIN + first + _TO_MIDNIGHT, since + last, zone)
        if end <= profile.usage_end:
            reason = _BY_FAILURE if rng.random() < 0.5 else _reason(rng)
            ended = replace(one, ended_at=end, cancel_reason=reason, payment_failed_since=since)
            return replace(ended, tempted_since=tuple(tempted))
    return replace(one, tempted_since=tuple(tempted))


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

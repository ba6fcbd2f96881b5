"""Customers who left and come back some weeks later, with a new subscription to the plan that they were on.

Who comes back stays: `churn.py` has decided by then who leaves, and its truth tells of the first subscription alone.
"""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from revenue_assets.simulation.churn import CHANGED_PLAN
from revenue_assets.simulation.company import Subscription
from revenue_assets.simulation.moments import moment
from revenue_assets.simulation.profile import Organization, Profile
from revenue_assets.simulation.streams import pick, stream

_AWAY = timedelta(days=45), timedelta(days=75)
"""Past the end of the month after, so that they are seen to be gone."""


def with_returns(
    profile: Profile, organization: Organization, subscriptions: Sequence[Subscription], seed: int
) -> list[Subscription]:
    """The subscriptions, and after them those of the customers who come back within the simulation."""
    rng = stream(seed, organization.organization_id, "returns")
    latest = profile.usage_end - _AWAY[1]
    gone = [
        row
        for row, one in enumerate(subscriptions)
        if one.ended_at and one.cancel_reason != CHANGED_PLAN and one.ended_at <= latest
    ]
    rows = pick(rng, np.array(gone, dtype=np.int64), profile.returning.count(len(gone)))
    return [*subscriptions, *(_again(subscriptions[row], rng) for row in rows.tolist())]


def _again(one: Subscription, rng: np.random.Generator) -> Subscription:
    assert one.ended_at is not None
    zone = ZoneInfo(one.time_zone)
    started_at = moment(rng, one.ended_at + _AWAY[0], one.ended_at + _AWAY[1], zone)
    return Subscription(
        subscription_id=f"{one.subscription_id}_back",
        account=one.account,
        plan=one.plan,
        started_at=started_at,
        ended_at=None,
        anchor_day=started_at.astimezone(zone).day,
        time_zone=one.time_zone,
    )

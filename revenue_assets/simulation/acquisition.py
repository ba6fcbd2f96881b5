"""Through which channel a customer came and what that cost: higher plans come through other channels, and cost more."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from revenue_assets.simulation.profile import Organization, Plan, Profile

USUAL = 460
"""What is drawn for the cost of an account lies around it; the quotient is its cost compared with the usual one."""


def draw_channel(
    profile: Profile, organization: Organization, plan: Plan, drawn: int, rng: np.random.Generator
) -> tuple[str | None, Decimal | None]:
    """The channel and the cost of a customer who came to a plan; none where the profile knows no channels."""
    channels = profile.acquisition.channels
    if not channels:
        return None, None
    step = organization.plans.index(plan)
    weights = np.array([one.weight * one.for_higher_plans**step for one in channels.values()])
    name = list(channels)[int(rng.choice(len(weights), p=weights / weights.sum()))]
    if rng.random() < profile.acquisition.cost_unknown:
        return name, None
    cost = plan.fee * Decimal(str(channels[name].cost)) * drawn / USUAL
    return name, cost.quantize(Decimal(1).scaleb(-organization.minor_unit), ROUND_HALF_UP)

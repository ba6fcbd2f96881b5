"""Customers come through the channels that a profile names, at their cost; nothing else depends on them."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from revenue_assets.simulation.acquisition import USUAL, draw_channel
from revenue_assets.simulation.behaviour import Acquisition, Channel
from revenue_assets.simulation.customers import draw_company
from revenue_assets.simulation.profile import Profile
from revenue_assets.simulation.profiles import profile_named

Drawn = list[tuple[str | None, Decimal | None]]


@pytest.fixture
def profile() -> Profile:
    channels = {"organic": Channel(weight=3, cost=0), "sales": Channel(weight=1, cost=12, for_higher_plans=3)}
    return replace(profile_named("small"), acquisition=Acquisition(channels=channels, cost_unknown=0.1))


def drawn(profile: Profile, plan: int, count: int = 4000) -> Drawn:
    """So many customers of a plan of the first organization, each at the usual cost of its channel."""
    organization, rng = profile.organizations[0], np.random.default_rng(3)
    return [draw_channel(profile, organization, organization.plans[plan], USUAL, rng) for _ in range(count)]


def test_higher_plans_come_through_other_channels(profile: Profile) -> None:
    shares = [Counter(channel for channel, _ in drawn(profile, plan))["sales"] / 4000 for plan in (0, 1, 2)]
    # weights 3 and 1, then 3 and 3, then 3 and 9: within three standard errors
    assert shares == [pytest.approx(share, abs=0.025) for share in (0.25, 0.5, 0.75)]


def test_a_customer_costs_so_many_fees_of_its_plan_or_nobody_knows(profile: Profile) -> None:
    costs = drawn(profile, 1)
    fee = profile.organizations[0].plans[1].fee
    assert {cost for channel, cost in costs if channel == "sales"} == {12 * fee, None}
    assert sum(cost is None for _, cost in costs) / 4000 == pytest.approx(0.1, abs=0.015)


def test_nothing_else_depends_on_the_channels(profile: Profile) -> None:
    organization = profile.organizations[0]
    with_channels = draw_company(profile, organization, 1)
    without = draw_company(replace(profile, acquisition=Acquisition()), organization, 1)
    assert {(one.channel, one.acquisition_cost) for one in without.accounts if not one.is_internal} == {(None, None)}
    unchanged = [replace(one, channel=None, acquisition_cost=None) for one in with_channels.accounts]
    assert unchanged == [replace(one, channel=None, acquisition_cost=None) for one in without.accounts]
    assert with_channels.subscriptions == without.subscriptions


def test_channels_that_nobody_can_come_through_are_refused() -> None:
    with pytest.raises(ValueError, match="weights of the channels"):
        Acquisition(channels={"organic": Channel(weight=0, cost=1)})

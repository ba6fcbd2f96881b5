"""Some of those who left come back with a new subscription, and nobody else's draws change."""

from dataclasses import replace
from datetime import timedelta

import pytest

from revenue_assets.simulation.churn import CHANGED_PLAN
from revenue_assets.simulation.company import Company, Subscription
from revenue_assets.simulation.customers import draw_company
from revenue_assets.simulation.engagement import draw_engagement
from revenue_assets.simulation.fields import NONE, Rate
from revenue_assets.simulation.profiles import profile_named

DEMO = profile_named("demo")


def drawn(rate: Rate) -> Company:
    return draw_company(replace(DEMO, returning=rate), DEMO.organizations[0], 7)


@pytest.fixture(scope="module")
def company() -> Company:
    return drawn(Rate(0.5))


def returned(company: Company) -> list[tuple[Subscription, Subscription]]:
    """What ended, and the subscription after it."""
    by_id = {one.subscription_id: one for one in company.subscriptions}
    backs = [one for one in company.subscriptions if one.subscription_id.endswith("_back")]
    return [(by_id[one.subscription_id.removesuffix("_back")], one) for one in backs]


def test_who_comes_back_was_away_for_more_than_a_month(company: Company) -> None:
    assert len(returned(company)) > 10
    for before, after in returned(company):
        assert before.ended_at is not None
        assert before.cancel_reason != CHANGED_PLAN
        assert timedelta(days=44) < after.started_at - before.ended_at < timedelta(days=76)
        assert (after.account, after.plan, after.ended_at) == (before.account, before.plan, None)
        assert after.started_at < DEMO.usage_end


def test_all_others_are_as_without_returns(company: Company) -> None:
    without = drawn(NONE)
    back = [after for _, after in returned(company)]
    assert [one for one in company.subscriptions if one not in back] == without.subscriptions
    assert company.accounts == without.accounts


def test_who_came_back_is_as_active_as_ever(company: Company) -> None:
    before, after = next((gone, back) for gone, back in returned(company) if back.started_at.month < 9)
    month = (after.started_at.replace(day=1) + timedelta(days=32)).strftime("%Y-%m")
    alone = replace(company, subscriptions=[before, after])
    steady = replace(company, subscriptions=[replace(after, started_at=DEMO.usage_start)])
    names = draw_engagement(alone, 7, month, 0).column("event_name").to_pylist()
    assert "login" in names
    assert names == draw_engagement(steady, 7, month, 0).column("event_name").to_pylist()

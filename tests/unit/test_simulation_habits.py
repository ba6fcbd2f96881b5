"""Usage looks like that of real customers: it grows, has hours and weekdays, a heavy tail, and days of far more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from revenue_assets.months import month_bounds
from revenue_assets.simulation.behaviour import Churn, Usage
from revenue_assets.simulation.company import Company, Spike
from revenue_assets.simulation.customers import draw_company
from revenue_assets.simulation.fields import NONE
from revenue_assets.simulation.habits import surges_of, weights_of
from revenue_assets.simulation.profile import Profile
from revenue_assets.simulation.profiles import profile_named
from revenue_assets.simulation.streams import stream
from revenue_assets.simulation.usage import Events, draw_events, draw_usage

START, END = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC)  # a Saturday
DAY = 86_400_000_000


def steady(growth: float = 0.0, usage: Usage | None = None) -> Profile:
    """A company whose customers all stay for the whole time."""
    small = profile_named("small")
    organization = replace(small.organizations[0], growth=growth)
    return replace(
        small,
        organizations=(organization,),
        accounts=40,
        events_per_account=500,
        usage=usage or Usage(),
        ended=NONE,
        started_later=NONE,
        changed_plan=NONE,
        internal_accounts=NONE,
        churn=Churn(),
    )


def company_of(profile: Profile) -> Company:
    return draw_company(profile, profile.organizations[0], 3)


def drawn(company: Company, month: str) -> Events:
    return draw_usage(company, 3, month, *month_bounds(month), first_serial=0)


def days_of(events: Events, start: datetime) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return (events.occurred_at - int(start.timestamp()) * 1_000_000) // DAY


def test_usage_grows_every_month_and_is_on_average_what_the_profile_says() -> None:
    company = company_of(steady(growth=0.1))
    counts = [len(drawn(company, month)) for month in company.profile.months]
    # 1, 1.1, 1.21, 1.331 have the mean 1.16025; 40 accounts x 500 events
    assert counts == pytest.approx([17_237, 18_961, 20_857, 22_942], abs=1)


def test_accounts_have_trends_of_their_own() -> None:
    profile = steady(usage=Usage(trend_spread=0.2))
    first, last = (weights_of(company_of(profile), month) for month in (profile.months[0], profile.months[-1]))
    factors = np.log(last / first) / 3
    assert factors.std() == pytest.approx(0.2, rel=0.35)
    assert factors.min() < -0.1 < 0.1 < factors.max()


def test_a_tenth_of_the_accounts_uses_nearly_half() -> None:
    profile = replace(steady(), accounts=2000)
    weights = np.sort([one.weight for one in company_of(profile).accounts])
    # log-normal with 1.1: the share above the 90 % quantile is Phi(1.1 - 1.2816) = 0.43
    assert weights[-200:].sum() / weights.sum() == pytest.approx(0.43, abs=0.05)
    assert weights.mean() == pytest.approx(1)


def test_hours_and_weekdays_are_those_of_the_profile() -> None:
    profile = steady()
    habits = Usage(hours=(0,) * 9 + (3, 1) + (0,) * 13, weekdays=(0, 0, 0, 0, 0, 2, 1))
    meters = profile.organizations[0].meters
    events = draw_events(stream(3, "habits"), START, END, 30_000, np.ones(4), meters, habits=habits)
    moments = [
        START + timedelta(microseconds=int(at) - int(START.timestamp()) * 1_000_000) for at in events.occurred_at
    ]
    assert {one.hour for one in moments} == {9, 10}
    assert sum(one.hour == 9 for one in moments) / 30_000 == pytest.approx(0.75, abs=0.01)
    assert {one.weekday() for one in moments} == {5, 6}
    assert sum(one.weekday() == 5 for one in moments) / 30_000 == pytest.approx(2 / 3, abs=0.01)  # 5 of each


def test_a_spike_is_several_times_as_much_on_its_days_and_the_others_use_what_they_always_do() -> None:
    profile = steady(usage=Usage(weekdays=(1,) * 7))
    plain = company_of(replace(profile, events_per_account=5_000))
    heavy = int(np.argmax([one.weight for one in plain.accounts]))
    spiking = replace(plain, spikes=(Spike(heavy, START.replace(month=10, day=7), 2, 6.0),))
    start = month_bounds("2025-10")[0]
    usual, events = drawn(plain, "2025-10"), drawn(spiking, "2025-10")
    assert surges_of(spiking, "2025-10") == {6: {heavy: 6.0}, 7: {heavy: 6.0}}
    assert surges_of(spiking, "2025-11") == {}
    own = np.bincount(days_of(events, start)[events.account == heavy], minlength=31)
    others = np.bincount(days_of(events, start)[events.account != heavy], minlength=31)
    expected = np.bincount(days_of(usual, start)[usual.account == heavy], minlength=31).mean()
    assert own[6:8] / expected == pytest.approx([6, 6], rel=0.1)
    assert np.delete(own, [6, 7]) / expected == pytest.approx(1, rel=0.25)
    assert others[6:8] / others.mean() == pytest.approx([1, 1], rel=0.1)
    assert (np.diff(events.occurred_at) > 0).all()


def test_spikes_are_as_many_as_the_profile_says_and_of_customers_within_the_time() -> None:
    profile = steady(usage=Usage(spikes=profile_named("small").usage.spikes, spike_days=3))
    company = company_of(profile)
    assert len(company.spikes) == 12  # 2 % of 40 x 4, but twelve at least
    for spike in company.spikes:
        assert profile.usage_start <= spike.days[0] <= spike.days[-1] < profile.usage_end
        assert 1 <= len(spike.days) <= 3

"""Payments that fail: why, how often they are paid in the end, and that what needs a new card gets one."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from revenue_assets.simulation.behaviour import Declines
from revenue_assets.simulation.paying import CODES, HELD_BACK, Failure, declines_of
from revenue_assets.simulation.profiles import profile_named

DEMO = profile_named("demo")
START = datetime(2025, 3, 1, tzinfo=UTC)


def payments(count: int, declines: Declines = DEMO.declines) -> list[Failure | None]:
    profile, organization = replace(DEMO, failed_payments=0.5, declines=declines), DEMO.organizations[0]
    return [declines_of(profile, organization, f"s{number}", START, "usage", 3) for number in range(count)]


def test_payments_fail_for_every_class_of_reason_and_are_paid_later_as_often_as_planted() -> None:
    found = [one for one in payments(4000) if one]
    assert 1850 < len(found) < 2150  # half of 4000; the standard deviation is 32
    whole, paid = (
        Counter(one.reason_class for one in found),
        Counter(one.reason_class for one in found if not one.is_lost),
    )
    for name, share in DEMO.declines.paid_later.items():
        assert abs(whole[name] / len(found) - DEMO.declines.classes[name]) < 0.04
        assert abs(paid[name] / whole[name] - share) < 0.13  # the rarest class has about 160 cases: 3.3 deviations


def test_tries_come_in_order_and_before_a_retry_stops_being_expected() -> None:
    for one in payments(500):
        days = [decline.day for decline in one.declines] if one else [0]
        assert days[0] == 0
        assert all(0 < later - earlier <= 7 for earlier, later in pairwise(days))
        assert one is None or one.paid_on > days[-1]


def test_a_card_that_was_refused_for_good_is_not_tried_again() -> None:
    hard = [one for one in payments(2000) if one and one.reason_class == "hard"]
    assert len(hard) > 40
    assert all(
        [decline.code in CODES["hard"] for decline in one.declines if not decline.is_held] == [True] for one in hard
    )
    assert all(one.needs_new_card for one in hard)
    assert {len(one.declines) for one in hard if one.is_lost} == {1}


def test_some_tries_are_held_back_and_none_where_none_should_be() -> None:
    held = [decline for one in payments(1000) if one for decline in one.declines if decline.is_held]
    assert 30 < len(held) < 90  # 12 % of 500
    assert {decline.code for decline in held} == {HELD_BACK}
    never = payments(1000, replace(DEMO.declines, held_back=0.0))
    assert not any(decline.is_held for one in never if one for decline in one.declines)


@pytest.mark.parametrize("table", [{"classes": {"mild": 1.0}}, {"classes": {"soft": 0.0}}, {"paid_later": {"Hard": 1}}])
def test_a_class_that_does_not_exist_is_refused(table: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"reason class|all be 0"):
        Declines(**table)

"""When a failed delivery is tried again, and when an alert that lasts is told again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from revenue_assets.alerts.condition import Condition, Kind, Severity
from revenue_assets.alerts.growth import Told, news
from revenue_assets.alerts.notice import Event
from revenue_assets.alerts.retries import TRIES, next_try

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
WRONG = Condition(Kind.LATE_EVENTS, "acme/2026-01", Severity.WARNING, "Late", Decimal(100), "rows", "Look.", "http://a")
TOLD = Told(Decimal(100), Severity.WARNING)


def test_each_wait_is_twice_the_one_before_give_or_take_a_fifth_and_it_ends_after_about_an_hour() -> None:
    waits = []
    for tries in range(1, TRIES):
        again = next_try("one", tries, AT, None)
        assert again is not None
        waits.append((again - AT).total_seconds())
    assert waits == pytest.approx([30, 60, 120, 240, 480, 960, 1920], rel=0.2)
    assert next_try("one", TRIES, AT, None) is None
    assert next_try("one", 1, AT, None) == next_try("one", 1, AT, None)
    spread = {next_try(str(number), 1, AT, None) for number in range(50)}
    assert len(spread) == 50


def test_a_receiver_is_not_asked_before_it_wants_to_be_but_does_not_stop_us_for_ever() -> None:
    assert next_try("one", 1, AT, 600) == AT + timedelta(seconds=600)
    assert next_try("one", 5, AT, 1) == next_try("one", 5, AT, None)
    assert next_try("one", 1, AT, 1e12) == AT + timedelta(hours=6)


@pytest.mark.parametrize(
    ("level", "severity", "expected"),
    [
        ("100", Severity.WARNING, None),
        ("149.99", Severity.WARNING, None),
        ("150", Severity.WARNING, Event.ESCALATED),
        ("50", Severity.CRITICAL, Event.ESCALATED),
        ("0", Severity.WARNING, None),
    ],
)
def test_what_has_grown_by_half_or_become_critical_is_told_again(
    level: str, severity: Severity, expected: Event | None
) -> None:
    assert news(replace(WRONG, level=Decimal(level), severity=severity), TOLD, None, AT) is expected


def test_from_nothing_everything_is_growth_and_nothing_is_not() -> None:
    nothing = Told(Decimal(0), Severity.WARNING)
    assert news(WRONG, nothing, None, AT) is Event.ESCALATED
    assert news(replace(WRONG, level=Decimal(0)), nothing, None, AT) is None


def test_what_is_muted_is_told_when_the_mute_ends() -> None:
    end = AT + timedelta(days=1)
    worse = replace(WRONG, level=Decimal(1000))
    assert news(worse, TOLD, end, AT) is None
    assert news(worse, None, end, AT) is None
    assert news(worse, TOLD, end, end) is Event.ESCALATED
    assert news(worse, None, end, end) is Event.OPENED

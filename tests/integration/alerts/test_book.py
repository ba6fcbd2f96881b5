"""The book of alerts: what is told, how often, to whom, and that it is over."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest

from revenue_assets.alerts.book import note
from revenue_assets.alerts.condition import Kind, Severity
from revenue_assets.alerts.notice import Event, Notice
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.connection import connect
from revenue_assets.warehouse.forgetting import forget_rows
from tests.integration.alerts import office
from tests.integration.alerts.office import AT

HOUR = timedelta(hours=1)
LEAK = replace(
    office.LEAK,
    severity=Severity.WARNING,
    level=Decimal("1000.10"),
    facts=(("Month", "2026-01"),),
    top_accounts=(("Globex", "900.10 USD"), ("Initech", "100.00 USD")),
)
OTHER = replace(LEAK, cause="acme/P1/USD", title="Old price")


@pytest.fixture
def connection(warehouse: DatabaseAddress) -> Iterator[psycopg.Connection]:
    with connect() as opened:
        yield opened


def told(notices: list[Notice]) -> list[tuple[str, str]]:
    return [(notice.event, notice.condition.cause) for notice in notices]


def outbox(connection: psycopg.Connection) -> list[tuple[str, str, str]]:
    return connection.execute(
        "select notice ->> 'event', notice -> 'condition' ->> 'cause', destination from app.alert_deliveries "
        "order by next_try_at, 2, 3"
    ).fetchall()


def test_a_cause_is_told_once_while_it_lasts_and_again_when_it_has_grown(connection: psycopg.Connection) -> None:
    (opened,) = note(connection, Kind.LEAK, [LEAK], AT)
    assert (opened.event, opened.condition, opened.opened_at) == (Event.OPENED, LEAK, AT)
    assert note(connection, Kind.LEAK, [LEAK], AT + HOUR) == []
    # 1500.14 is less than half as much again as 1000.10, and nothing comes of growing little by little.
    assert note(connection, Kind.LEAK, [replace(LEAK, level=Decimal("1500.14"))], AT + 2 * HOUR) == []
    (grown,) = note(connection, Kind.LEAK, [replace(LEAK, level=Decimal("1500.15"))], AT + 3 * HOUR)
    assert (grown.event, grown.alert_id, grown.level_before) == (Event.ESCALATED, opened.alert_id, Decimal("1000.10"))
    assert note(connection, Kind.LEAK, [replace(LEAK, level=Decimal("2250.22"))], AT + 4 * HOUR) == []
    shrunk = replace(LEAK, level=Decimal(1), severity=Severity.CRITICAL)
    (critical,) = note(connection, Kind.LEAK, [shrunk], AT + 5 * HOUR)
    assert (critical.event, critical.condition.severity) == (Event.ESCALATED, Severity.CRITICAL)
    assert note(connection, Kind.LEAK, [replace(shrunk, severity=Severity.WARNING)], AT + 6 * HOUR) == []
    assert outbox(connection) == [
        (event, LEAK.cause, "log") for event in (Event.OPENED, Event.ESCALATED, Event.ESCALATED)
    ]


def test_what_is_gone_is_cleared_once_and_what_comes_back_is_a_new_alert(connection: psycopg.Connection) -> None:
    first = note(connection, Kind.LEAK, [LEAK, OTHER], AT)
    assert told(first) == [("opened", LEAK.cause), ("opened", OTHER.cause)]
    seen_last = replace(LEAK, level=Decimal("1200.00"))
    note(connection, Kind.LEAK, [seen_last, OTHER], AT + HOUR)
    (cleared,) = note(connection, Kind.LEAK, [OTHER], AT + 2 * HOUR)
    assert (cleared.event, cleared.alert_id) == (Event.CLEARED, first[0].alert_id)
    assert (cleared.condition, cleared.opened_at, cleared.at) == (seen_last, AT, AT + 2 * HOUR)
    assert note(connection, Kind.LEAK, [OTHER], AT + 3 * HOUR) == []
    (again,) = note(connection, Kind.LEAK, [LEAK, OTHER], AT + 4 * HOUR)
    assert (again.event, again.alert_id == first[0].alert_id) == (Event.OPENED, False)


def test_only_causes_in_the_scope_and_of_the_kind_are_cleared(connection: psycopg.Connection) -> None:
    note(connection, Kind.LEAK, [LEAK, OTHER], AT)
    assert note(connection, Kind.STALE_SOURCE, [], AT) == []
    assert told(note(connection, Kind.LEAK, [], AT, scope=[OTHER.cause, "not open"])) == [("cleared", OTHER.cause)]
    assert note(connection, Kind.LEAK, [], AT, scope=[]) == []
    assert told(note(connection, Kind.LEAK, [], AT)) == [("cleared", LEAK.cause)]


def test_a_caller_who_mixes_things_up_is_told_and_nothing_is_noted(connection: psycopg.Connection) -> None:
    for conditions, kind, scope in (
        ([LEAK], Kind.FAILED_RUN, None),
        ([LEAK, LEAK], Kind.LEAK, None),
        ([LEAK], Kind.LEAK, [OTHER.cause]),
    ):
        with pytest.raises(ValueError, match=LEAK.cause):
            note(connection, kind, conditions, AT, scope)
    assert connection.execute("select count(*) from app.alerts").fetchone() == (0,)


def test_two_who_see_the_same_at_once_tell_it_once(connection: psycopg.Connection) -> None:
    heard: list[Notice] = []

    def look() -> None:
        with connect() as other:
            heard.extend(note(other, Kind.LEAK, [LEAK], AT))

    mine = note(connection, Kind.LEAK, [LEAK], AT)
    thread = threading.Thread(target=look)
    thread.start()
    thread.join(0.1)
    assert thread.is_alive()  # it waits until we have committed
    connection.commit()
    thread.join(10)
    assert (len(mine), heard) == (1, [])
    assert outbox(connection) == [("opened", LEAK.cause, "log")]


def test_what_the_caller_rolls_back_was_never_told(connection: psycopg.Connection) -> None:
    note(connection, Kind.LEAK, [LEAK], AT)
    connection.rollback()
    assert outbox(connection) == []
    assert told(note(connection, Kind.LEAK, [LEAK], AT)) == [("opened", LEAK.cause)]


def test_a_warehouse_of_an_earlier_version_gets_the_tables(connection: psycopg.Connection) -> None:
    connection.execute("drop table app.alert_deliveries, app.alerts, app.alembic_version")
    assert told(note(connection, Kind.LEAK, [LEAK], AT)) == [("opened", LEAK.cause)]


def test_alerts_of_a_forgotten_source_go_with_it(connection: psycopg.Connection) -> None:
    connection.execute(
        "insert into raw.organizations (organization_id, source_name, as_of, grace_days, matching, datasets) "
        "values ('acme', 'shop', '2026-01-01', 3, 'event_id', '{}')"
    )
    stale = replace(LEAK, kind=Kind.STALE_SOURCE, organization_id=None)
    note(connection, Kind.LEAK, [LEAK, replace(OTHER, organization_id="hooli")], AT)
    note(connection, Kind.STALE_SOURCE, [stale], AT)
    assert forget_rows(connection, "shop")["app"] == 1
    kept = connection.execute("select organization_id from app.alerts order by 1").fetchall()
    assert kept == [("hooli",), (None,)]
    assert len(outbox(connection)) == 2

"""`revenue alerts`: the list, the silence and the trial of channels, as a person meets them."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from typer.testing import CliRunner, Result

from revenue_assets.alerts import clock
from revenue_assets.alerts.book import note
from revenue_assets.alerts.condition import Condition, Kind, Severity
from revenue_assets.alerts.notice import Event
from revenue_assets.cli import app
from revenue_assets.settings import get_settings
from revenue_assets.warehouse.connection import connect
from tests.integration.alerts import office
from tests.integration.alerts.office import AT
from tests.integration.alerts.receivers import mail_server, web_receiver

DAY = timedelta(days=1)
LEAK = replace(office.LEAK, title="Unreported [usage]", level=Decimal("1000.5"), top_accounts=())
LATE = Condition(Kind.LATE_EVENTS, "acme/2026-01", Severity.WARNING, "Late", Decimal(12), "events", "Wait.", "http://a")


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(hours=3))


def told(kind: Kind, conditions: list[Condition], at: datetime) -> list[Event]:
    with connect() as connection:
        return [notice.event for notice in note(connection, kind, conditions, at)]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["alerts", *arguments])


@pytest.mark.usefixtures("warehouse")
def test_alerts_are_listed_for_people_and_for_programs() -> None:
    assert run().stdout == "No alerts.\n"
    told(Kind.LEAK, [LEAK], AT - DAY)
    told(Kind.LATE_EVENTS, [LATE], AT)
    told(Kind.LATE_EVENTS, [], AT + timedelta(hours=1))
    shown = run().stdout
    for text in ("critical", "acme", "Unreported [usage]", "1,000.50 USD", "2026-03-01 09:00 UTC", "log (waits)"):
        assert text in shown
    assert "Late" not in shown
    assert "over since 2026-03-02 10:00 UTC" in run("--all").stdout
    (row,) = json.loads(run("--format", "json").stdout)
    assert (row["level"], row["unit"], row["waiting"], row["muted_until"]) == ("1000.5", "USD", ["log"], None)
    rows = list(csv.DictReader(io.StringIO(run("--all", "--format", "csv").stdout)))
    assert [(row["kind"], row["cleared_at"]) for row in rows] == [
        ("late_events", "2026-03-02T10:00:00Z"),
        ("leak_over_threshold", ""),
    ]


@pytest.mark.usefixtures("warehouse")
def test_a_muted_cause_is_silent_until_the_day_also_when_it_comes_back() -> None:
    told(Kind.LEAK, [LEAK], AT - DAY)
    done = run("mute", LEAK.cause, "--until", "2026-03-05")
    assert done.stdout == "Unreported [usage] (acme/U1/USD): muted until 2026-03-05 00:00 UTC.\n"
    assert "muted until 2026-03-05" in run().stdout
    worse = Condition(**(vars(LEAK) | {"level": Decimal(9000)}))
    assert told(Kind.LEAK, [worse], AT) == []
    assert told(Kind.LEAK, [], AT + DAY / 2) == [Event.CLEARED]  # that it is over is good to know
    assert told(Kind.LEAK, [LEAK], AT + DAY) == []  # again, but known
    assert told(Kind.LEAK, [], AT + 1.1 * DAY) == []
    assert told(Kind.LEAK, [LEAK], AT + 1.2 * DAY) == []
    assert told(Kind.LEAK, [LEAK], datetime(2026, 3, 5, tzinfo=UTC)) == [Event.OPENED]


@pytest.mark.usefixtures("warehouse")
def test_a_silence_can_be_ended_and_needs_a_name_and_a_day_that_mean_something() -> None:
    told(Kind.LEAK, [LEAK], AT)
    (row,) = json.loads(run("--format", "json").stdout)
    assert run("mute", row["alert_id"][:8], "--until", "2026-03-05T12:00").exit_code == 0
    worse = Condition(**(vars(LEAK) | {"level": Decimal(9000)}))
    assert told(Kind.LEAK, [worse], AT + DAY) == []
    assert run("unmute", row["alert_id"][:8]).exit_code == 0
    assert told(Kind.LEAK, [worse], AT + DAY) == [Event.ESCALATED]
    for arguments, reason in (
        (("mute", "nothing", "--until", "2026-03-05"), "No alert that lasts is called 'nothing'"),
        (("mute", row["alert_id"][:3], "--until", "2026-03-05"), "No alert that lasts is called"),
        (("mute", LEAK.cause, "--until", "2026-03-02"), "2026-03-02 00:00 UTC is over"),
    ):
        assert str(run(*arguments).exception).startswith(reason)


@pytest.mark.usefixtures("warehouse")
def test_an_alert_can_be_ended_by_hand_and_comes_back_if_it_is_still_there() -> None:
    told(Kind.LEAK, [LEAK], AT)
    told(Kind.LATE_EVENTS, [LATE], AT)
    done = run("clear", LEAK.cause)
    assert done.stdout.startswith("Unreported [usage] (acme/U1/USD): over.")
    assert [row["cause"] for row in json.loads(run("--format", "json").stdout)] == [LATE.cause]
    with connect() as connection:
        events = connection.execute(
            "select notice ->> 'event' from app.alert_deliveries where notice -> 'condition' ->> 'cause' = %s "
            "order by notice_number",
            [LEAK.cause],
        ).fetchall()
    assert events == [("opened",), ("cleared",)]
    assert told(Kind.LEAK, [LEAK], AT + DAY) == [Event.OPENED]


@pytest.mark.usefixtures("warehouse")
def test_the_trial_says_of_each_channel_what_came_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    only_log = run("test")
    assert only_log.exit_code == 0
    assert "Alerts go to the log only" in only_log.stdout
    with web_receiver() as web, mail_server() as mailbox:
        web.answers.append((404, {}, "no_service"))
        monkeypatch.setenv("REVENUE_ALERT_SLACK_URL", web.url("/services/s3cret"))
        monkeypatch.setenv("REVENUE_ALERT_SMTP_URL", f"smtp://127.0.0.1:{mailbox.port}")
        monkeypatch.setenv("REVENUE_ALERT_EMAIL_FROM", "alerts@example.com")
        monkeypatch.setenv("REVENUE_ALERT_EMAIL_TO", "cfo@example.com")
        get_settings.cache_clear()
        done = run("test")
    assert done.exit_code == 1
    assert "Slack: 127.0.0.1 answered 404 (no_service): check its address and its rights." in done.output
    assert "the mailbox cfo@example.com: delivered." in done.output
    assert "s3cret" not in done.output
    ((_, mail),) = mailbox.mails
    assert mail["Subject"].startswith("[Test] Test: alerts of this installation arrive here")

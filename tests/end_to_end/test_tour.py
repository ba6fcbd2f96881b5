"""The tour of docs/tour.md as a new user takes it, on the real stack: every step is the request that the page makes.

A company delivers the published sample; its leaks, and the amounts that people are told, are those published with it.
"""

import json
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
import pytest
from aiosmtpd.controller import Controller

from revenue_assets.automation.monthly_close import JOB
from revenue_assets.checks.suite_verdicts import CRITICAL_CHECK
from revenue_assets.settings import PROJECT_DIR
from revenue_assets.stack import supervisor
from revenue_assets.warehouse import server
from tests.end_to_end.dagster_ui import DagsterUi
from tests.end_to_end.installation import Installation

MONTHS = ["2026-10", "2026-11"]
LEAKS = ("marts", "revmatch_leaks")
SECONDS = 600  # for what takes seconds on a machine that has nothing else to do


class Mailbox:
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        self.mails.append(BytesParser(EmailMessage, policy=default).parsebytes(envelope.content))
        return "250 OK"


class Receiver(ThreadingHTTPServer):
    """A webhook's receiver that keeps what it gets."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        super().__init__(("127.0.0.1", 0), _Post)


class _Post(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the output of tests is their own."""


@dataclass(frozen=True)
class Tour:
    ui: DagsterUi
    installation: Installation
    mailbox: Mailbox
    receiver: Receiver


@pytest.fixture(scope="module")
def tour(new_installation: Callable[[str], Installation], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tour]:
    installation, mailbox, receiver = new_installation("tour"), Mailbox(), Receiver()
    Thread(target=receiver.serve_forever, daemon=True).start()
    post = Controller(mailbox, hostname="127.0.0.1", port=server.free_port())
    post.start()
    settings = {
        "REVENUE_SOURCES": "tour",
        "REVENUE_SOURCES_DIR": str(source_with_a_currency_of_lines(tmp_path_factory.mktemp("sources"))),
        "REVENUE_UI_PORT": str(server.free_port()),
        "REVENUE_REPORTS_PORT": str(server.free_port()),
        "REVENUE_ALERT_WEBHOOK_URL": f"http://127.0.0.1:{receiver.server_port}/alerts",
        "REVENUE_ALERT_WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "REVENUE_ALERT_SMTP_URL": f"smtp://127.0.0.1:{post.port}",
        "REVENUE_ALERT_EMAIL_FROM": "revenue@example.com",
        "REVENUE_ALERT_EMAIL_TO": "finance@example.com",
    }
    with installation.active(**settings):
        try:
            yield Tour(DagsterUi(supervisor.up(print)), installation, mailbox, receiver)
        finally:
            supervisor.down(print)
            post.stop()
            receiver.shutdown()


def source_with_a_currency_of_lines(folder: Path) -> Path:
    """The published sample as source `tour`, whose lines can be delivered in another currency than their invoices."""
    source = folder / "tour"
    shutil.copytree(PROJECT_DIR / "sources" / "revmatch", source)
    about, lines = source / "source.toml", source / "invoice_lines.sql"
    about.write_text(about.read_text() + 'line_currency = "USD"\n')
    lines.write_text(lines.read_text().replace("'USD' as currency", ":line_currency as currency"))
    return folder


def above_the_leaks(ui: DagsterUi) -> dict[tuple[str, ...], bool]:
    """The leak mart and all that it is made from, and whether each is by month."""
    nodes = ui.ask("{ assetNodes { assetKey { path } isPartitioned dependencyKeys { path } } }")["assetNodes"]
    by_key = {tuple(node["assetKey"]["path"]): node for node in nodes}
    above: dict[tuple[str, ...], bool] = {}
    waiting: list[tuple[str, ...]] = [LEAKS]
    while waiting:
        key = waiting.pop()
        above[key] = by_key[key]["isPartitioned"]
        parents = (tuple(parent["path"]) for parent in by_key[key]["dependencyKeys"])
        waiting += [parent for parent in parents if parent not in above]
    return above


def test_the_leak_mart_is_found_in_the_lineage_below_the_events(tour: Tour) -> None:
    assert {("raw", "usage_events"), ("raw", "contract_prices"), ("intermediate", "int_ladder")} <= set(
        above_the_leaks(tour.ui)
    )
    assert tour.ui.asset(*LEAKS)["groupName"] == "revenue"


def test_a_month_is_materialized(tour: Tour) -> None:
    assert tour.ui.ended(tour.ui.launch(JOB, (MONTHS[0], MONTHS[0])), SECONDS) == "SUCCESS"
    assert [one["partition"] for one in tour.ui.asset(*LEAKS)["assetMaterializations"]] == [MONTHS[0]]
    assert tour.installation.rows("select distinct billing_month::text from marts.revmatch_leaks") == [("2026-10-01",)]


def test_the_leak_mart_and_all_above_it_are_backfilled_over_a_range_in_one_run(tour: Tour) -> None:
    chosen = [key for key, is_monthly in above_the_leaks(tour.ui).items() if is_monthly]
    ended = tour.ui.backfill_ended(tour.ui.backfill(chosen, MONTHS), SECONDS)
    assert ended["status"] == "COMPLETED_SUCCESS"
    assert [run["status"] for run in ended["runs"]] == ["SUCCESS"]
    query = "select direction, sum(leak_amount)::numeric(12, 2)::text from marts.revmatch_leaks group by 1 order by 1"
    assert tour.installation.rows(query) == [("over", "-25.20"), ("under", "268.20")]


def test_the_leak_mart_is_fresh(tour: Tour) -> None:
    def status() -> str:
        return str((tour.ui.asset(*LEAKS)["freshnessStatusInfo"] or {}).get("freshnessStatus"))

    DagsterUi.wait_for(status, lambda seen: seen == "HEALTHY", SECONDS)


def test_a_sensor_that_is_switched_on_tells_people_by_mail_and_webhook(tour: Tour) -> None:
    # Of October, which is final; what is lost of November can still be prevented. Told is what is over 100, unless set.
    with psycopg.connect(**tour.installation.address.keywords()) as connection:  # type: ignore[arg-type]
        connection.execute("update staging.alert_thresholds set minimum_amount = 10")
    tour.ui.start_sensor("leak_over_threshold")
    (mail,) = DagsterUi.wait_for(lambda: about_leaks(tour.mailbox), bool, SECONDS)
    assert mail["To"] == "finance@example.com"
    assert "91.45 USD" in str(mail["Subject"])
    parts = {part.get_content_type(): part.get_content() for part in mail.iter_parts()}
    assert set(parts) == {"text/plain", "text/html"}
    for content in parts.values():
        assert "acme_saas" in content
        assert "/assets/marts/revmatch_leaks" in content
    bodies = DagsterUi.wait_for(lambda: [body for body in tour.receiver.bodies if "91.45" in body], bool, SECONDS)
    assert json.loads(bodies[0])["data"]["kind"] == "leak_over_threshold"


def about_leaks(mailbox: Mailbox) -> list[EmailMessage]:
    return [mail for mail in list(mailbox.mails) if "91.45" in str(mail["Subject"])]


def test_bad_data_stop_a_close_at_a_check_that_says_why(tour: Tour) -> None:
    before = tour.installation.fingerprint()
    config = {"resources": {"platform": {"config": {"sources": ["tour"], "overrides": {"line_currency": "EUR"}}}}}
    assert tour.ui.ended(tour.ui.launch(JOB, (MONTHS[0], MONTHS[0]), config), SECONDS) == "FAILURE"
    checks = tour.ui.asset("raw", "invoice_lines")["assetChecksOrError"]["checks"]
    (failed,) = [check for check in checks if check["name"] == CRITICAL_CHECK]
    evaluation = failed["executionForLatestMaterialization"]["evaluation"]
    assert not evaluation["success"]
    assert "A line is in the currency of its invoice" in evaluation["description"]
    (page,) = [entry["url"] for entry in evaluation["metadataEntries"] if entry.get("url")]
    with urllib.request.urlopen(page, timeout=30) as report:
        assert "A line is in the currency of its invoice" in report.read().decode()
    # Only what was delivered has changed: nothing was computed from it.
    after = tour.installation.fingerprint()
    assert {table for table in after if after[table] != before[table]} == {"raw.invoice_lines"}


def test_people_are_told_of_the_failed_check_too(tour: Tour) -> None:
    def told() -> set[str]:  # of the run that it stopped, too, and maybe before
        about_it = [body for body in tour.receiver.bodies if "A line is in the currency of its invoice" in body]
        return {json.loads(body)["data"]["kind"] for body in about_it}

    assert "failed_check" in DagsterUi.wait_for(told, lambda kinds: "failed_check" in kinds, SECONDS)
    assert len(about_leaks(tour.mailbox)) == 1  # the leaks were told of once, however often they were looked at

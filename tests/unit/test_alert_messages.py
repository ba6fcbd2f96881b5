"""What alerts look like in every channel, with names of accounts that try to be more than names."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from revenue_assets.alerts.condition import Condition, Kind, Severity
from revenue_assets.alerts.mail import message
from revenue_assets.alerts.notice import Event, Notice
from revenue_assets.alerts.sending import log_line
from revenue_assets.alerts.slack import payload
from revenue_assets.alerts.webhook import body
from revenue_assets.alerts.wording import heading, level_text

ALERT = "0a1b2c3d-0000-4000-8000-000000000000"
SENDER = "Revenue alerts <alerts@example.com>"
LINK = "http://127.0.0.1:3000/assets/marts/revmatch_leaks?view=checks&checkDetail=grain"
LEAK = Condition(
    kind=Kind.LEAK,
    cause="acme/2026-01/U1/USD",
    severity=Severity.CRITICAL,
    title="Used but not reported in 2026-01",
    level=Decimal("12345.6"),
    unit="USD",
    action="Report the missing events to the billing system, then close 2026-01 again.",
    link=LINK,
    organization_id="acme",
    facts=(("Cause", "U1 unreported usage"), ("Recoverable until", "2026-03-31")),
    top_accounts=(("Globex", "12,000.00 USD"), ("Initech Ltd", "345.60 USD")),
)
OPENED = Notice(
    ALERT, Event.OPENED, datetime(2026, 2, 4, 6, 5, tzinfo=UTC), datetime(2026, 2, 4, 6, 5, tzinfo=UTC), LEAK
)
WORSE = replace(
    OPENED,
    event=Event.ESCALATED,
    at=datetime(2026, 2, 5, 6, tzinfo=UTC),
    condition=replace(LEAK, level=Decimal("30000")),
    level_before=Decimal("12345.6"),
)
OVER = replace(OPENED, event=Event.CLEARED, at=datetime(2026, 2, 6, 6, tzinfo=UTC), level_before=Decimal("12345.6"))
EVIL = '<script>alert(1)</script> & "Co"\r\nBcc: thief@example.com\N{RIGHT-TO-LEFT OVERRIDE}<!channel>'
HOSTILE = replace(OPENED, condition=replace(LEAK, title=EVIL, organization_id=EVIL, top_accounts=((EVIL, "1.00 USD"),)))


def mail(*notices: Notice) -> EmailMessage:
    """As it is read on the other side."""
    parsed = message_from_bytes(bytes(message(notices, "id-1", SENDER, "cfo@example.com")), policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def part(notice: Notice, kind: str, *others: Notice) -> str:
    found = mail(notice, *others).get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("notice", "expected"),
    [
        (OPENED, "[Critical] acme: Used but not reported in 2026-01 (12,345.60 USD)"),
        (WORSE, "[Critical, worse] acme: Used but not reported in 2026-01 (30,000.00 USD, was 12,345.60 USD)"),
        (OVER, "[All clear] acme: Used but not reported in 2026-01 (was 12,345.60 USD)"),
    ],
)
def test_the_subject_says_state_organization_and_amount(notice: Notice, expected: str) -> None:
    assert heading(notice) == expected
    assert mail(notice)["Subject"] == expected


@pytest.mark.parametrize(
    ("level", "unit", "expected"),
    [
        ("1234.5", "USD", "1,234.50 USD"),
        ("1234", "JPY", "1,234 JPY"),
        ("0.005", "USD", "0.005 USD"),
        ("12000", "rows", "12,000 rows"),
        ("1", "rows", "1 row"),
        ("6.50", "hours", "6.50 hours"),
        ("50.0", "%", "50.0%"),
    ],
)
def test_a_level_is_written_as_its_unit_is(level: str, unit: str, expected: str) -> None:
    assert level_text(Decimal(level), unit) == expected


def test_nothing_is_said_twice() -> None:
    said = replace(OPENED, condition=replace(LEAK, title="acme: 12,345.60 USD under-billed"))
    failed = replace(LEAK, kind=Kind.FAILED_RUN, title="Run failed", level=Decimal(1), unit="runs")
    assert heading(said) == "[Critical] acme: 12,345.60 USD under-billed"
    assert heading(replace(said, event=Event.CLEARED)) == "[All clear] acme: 12,345.60 USD under-billed"
    assert heading(replace(OPENED, condition=failed)) == "[Critical] acme: Run failed"
    for kind in ("plain", "html"):
        assert part(said, kind).count("12,345.60 USD") == (1 if kind == "plain" else 2)  # its title has it too
    worse = replace(WORSE, condition=replace(WORSE.condition, title="acme: 30,000.00 USD under-billed"))
    assert heading(worse) == "[Critical, worse] acme: 30,000.00 USD under-billed (was 12,345.60 USD)"


def test_a_long_subject_of_any_letters_arrives_whole() -> None:
    for name in ("Zürich Ångström Łódź 東京 " * 4, "A name that goes on " * 5):
        notice = replace(OPENED, condition=replace(LEAK, title=name))
        assert mail(notice)["Subject"] == f"[Critical] acme: {name.strip()} (12,345.60 USD)"
        raw = bytes(message([notice], "id-1", SENDER, "cfo@example.com"))
        assert raw.startswith(b"Subject: [Critical] acme: ")


def test_a_mail_has_all_facts_in_text_and_in_html() -> None:
    for kind in ("plain", "html"):
        text = part(OPENED, kind)
        for fact in (
            *("Critical", "acme", LEAK.title, "12,345.60 USD", "U1 unreported usage", "Recoverable until"),
            *(
                "2026-03-31",
                "Globex",
                "12,000.00 USD",
                "Initech Ltd",
                LEAK.action,
                "0a1b2c3d",
                "since 2026-02-04 06:05 UTC",
            ),
        ):
            assert fact in text, (kind, fact)
    assert LINK in part(OPENED, "plain")
    assert f'href="{LINK.replace("&", "&amp;")}"' in part(OPENED, "html")
    assert "  Globex       12,000.00 USD\n  Initech Ltd     345.60 USD\n" in part(OPENED, "plain")


def test_what_became_worse_says_how_it_was() -> None:
    assert "30,000.00 USD\n12,345.60 USD when it was told last\n" in part(WORSE, "plain")
    assert "told last" not in part(OPENED, "plain")


def test_an_all_clear_says_how_long_it_lasted_and_asks_for_nothing() -> None:
    text = part(OVER, "plain")
    assert "from 2026-02-04 06:05 UTC to 2026-02-06 06:00 UTC" in text
    assert "This is over." in text
    assert "What to do" not in text
    assert "mute" not in text


def test_commands_in_what_to_do_are_shown_as_such_and_nothing_else_is_markup() -> None:
    for action, shown in (
        ("Run `revenue close <NAME>` again.", "Run <code>revenue close &lt;NAME&gt;</code> again."),
        ("One ` is a <b>letter</b>.", "One ` is a &lt;b&gt;letter&lt;/b&gt;."),
    ):
        assert shown in part(replace(OPENED, condition=replace(LEAK, action=action)), "html")


def test_a_fact_that_is_an_address_is_a_link_and_no_other_is() -> None:
    facts = (("Run", 'http://a/runs/1?x="&y'), ("Reason", "see http://a/<b>"), ("Evil", "javascript:alert(1)"))
    html = part(replace(OPENED, condition=replace(LEAK, facts=facts)), "html")
    assert '<a href="http://a/runs/1?x=&#34;&amp;y" ' in html
    assert ">see http://a/&lt;b&gt;</td>" in html
    assert ">javascript:alert(1)</td>" in html


def test_what_follows_the_first_mail_belongs_to_its_thread() -> None:
    first, worse, over = mail(OPENED), mail(WORSE), mail(OVER)
    assert first["Message-ID"] == f"<{ALERT}@example.com>"
    assert first["In-Reply-To"] is None
    assert {worse["In-Reply-To"], over["References"]} == {first["Message-ID"]}
    assert len({first["Message-ID"], worse["Message-ID"], over["Message-ID"]}) == 3
    assert (first["From"], first["To"], first["Auto-Submitted"]) == (SENDER, "cfo@example.com", "auto-generated")


def test_names_stay_names_in_mail() -> None:
    headers = mail(HOSTILE)
    assert headers["Bcc"] is None
    assert "Bcc: thief@example.com" in headers["Subject"]  # as words
    assert "<script>" not in part(HOSTILE, "html")
    assert "&lt;script&gt;" in part(HOSTILE, "html")
    for kind in ("plain", "html"):
        assert "\nBcc" not in part(HOSTILE, kind)
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in part(HOSTILE, kind)


def test_slack_gets_blocks_and_the_same_as_text() -> None:
    sent = payload([WORSE])
    header, *sections, context = sent["blocks"]
    assert header["text"]["text"].endswith(heading(WORSE))
    shown = "\n".join(section["text"]["text"] for section in sections)
    for fact in ("*Recoverable until:* 2026-03-31", "• Globex: 12,000.00 USD", f"*What to do:* {LEAK.action}"):
        assert fact in shown
        assert fact in sent["text"]
    assert f"<{LINK}|Open>" in context["elements"][0]["text"]
    assert "What to do" not in payload([OVER])["text"]


def test_names_stay_names_in_slack_and_nothing_is_longer_than_slack_takes() -> None:
    many = replace(HOSTILE.condition, top_accounts=((EVIL * 20, "1.00 USD"),) * 50, title="long " * 100)
    for notice in (HOSTILE, replace(HOSTILE, condition=many)):
        sent = payload([notice])
        for text in (sent["text"], *(block["text"]["text"] for block in sent["blocks"][1:-1])):
            assert "<script>" not in text
            assert "<!channel>" not in text
        assert len(sent["blocks"][0]["text"]["text"]) <= 150
        assert all(0 < len(block["text"]["text"]) <= 3000 for block in sent["blocks"][1:-1])


def test_many_at_once_are_one_message_with_the_worst_first() -> None:
    warning = replace(OPENED, condition=replace(LEAK, severity=Severity.WARNING, title="acme: Old <price>"))
    assert mail(OVER, warning, WORSE)["Subject"] == "[Critical, worse] 3 alerts: 1 new, 1 worse, 1 all clear"
    assert mail(OVER, warning)["Message-ID"] == "<id-1@example.com>"
    assert mail(OVER, warning)["In-Reply-To"] is None
    text, html = (part(OVER, kind, warning, WORSE) for kind in ("plain", "html"))
    order = [text.index(f"[{state}] acme: ") for state in ("Critical, worse", "Warning", "All clear")]
    assert order == sorted(order)
    for shown in ("30,000.00 USD", "was 12,345.60 USD", LEAK.action):
        assert shown in text
        assert shown in html
    assert "[Warning] acme: Old <price>\n" in text
    assert "Old &lt;price&gt;" in html
    sent = payload([OVER, warning, WORSE])
    assert len(sent["blocks"]) == 3
    assert sent["blocks"][1]["text"]["text"].count("|Open>") == 3
    assert "acme: Old &lt;price&gt; (12,345.60 USD)" in sent["text"]
    assert all(len(block["text"]["text"]) <= 3000 for block in payload([HOSTILE] * 200)["blocks"][:2])


def test_the_webhook_and_the_log_get_exact_numbers() -> None:
    sent = json.loads(body(WORSE))
    assert (sent["type"], sent["timestamp"]) == ("alert.escalated", "2026-02-05T06:00:00+00:00")
    assert (sent["data"]["level"], sent["data"]["level_before"], sent["data"]["unit"]) == ("30000", "12345.6", "USD")
    assert sent["data"]["top_accounts"][1] == {"account": "Initech Ltd", "amount": "345.60 USD"}
    assert json.loads(log_line(OVER))["event"] == "cleared"
    assert "\n" not in log_line(HOSTILE)


@pytest.mark.parametrize("notice", [OPENED, WORSE, OVER, HOSTILE])
def test_a_notice_comes_out_of_the_outbox_as_it_went_in(notice: Notice) -> None:
    assert Notice.from_json(json.loads(json.dumps(notice.as_json()))) == notice

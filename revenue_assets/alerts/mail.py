"""The mail of a notice: text and HTML, with escalation and all-clear as answers to the first mail of the alert.

What it looks like stands in mail.*.jinja, several notices at once in bundle.*.jinja. All recipients get the same letter
with the same Message-ID, so that a letter that is sent again is recognised, and an answer to all is one thread.
"""

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revenue_assets.alerts.notice import Event, Notice
from revenue_assets.alerts.wording import (
    amount,
    amount_before,
    amounts,
    by_urgency,
    heading_of,
    readable,
    since_line,
    state_text,
)

if TYPE_CHECKING:
    from jinja2 import Environment

# Python folds a subject that is a little too long right behind its name, and some mail programs then show none; what
# has other letters is folded between encoded words.
_WHOLE_LINES = SMTP.clone(max_line_length=998)
# Background and text of the band at the top: dark enough for white letters.
_COLOURS = {"All clear": "#1a7f37", "Test": "#475569", "Critical": "#b42318", "Warning": "#a15c07"}


def message(notices: Sequence[Notice], message_id: str, sender: str, recipient: str) -> EmailMessage:
    """The mail to one recipient; headers hold one line each, whatever accounts and titles are called."""
    subject = heading_of(notices)
    mail = EmailMessage(policy=_WHOLE_LINES if subject.isascii() else SMTP)
    mail["Subject"] = subject
    mail["From"] = sender
    mail["To"] = recipient
    mail["Date"] = format_datetime(notices[0].at)
    _add_to_thread(mail, notices, message_id, parseaddr(sender)[1].rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"  # nobody's holiday notice is wanted as an answer
    if len(notices) == 1:
        template, values = "mail", _of_one(notices[0])
    else:
        template, values = "bundle", {"heading": subject, "alerts": [_of_one(one) for one in by_urgency(notices)]}
    mail.set_content(_templates().get_template(f"{template}.txt.jinja").render(values))
    mail.add_alternative(_templates().get_template(f"{template}.html.jinja").render(values), subtype="html")
    return mail


def _add_to_thread(mail: EmailMessage, notices: Sequence[Notice], message_id: str, domain: str) -> None:
    if len(notices) > 1:
        mail["Message-ID"] = f"<{message_id}@{domain}>"
        return
    (notice,) = notices
    first = f"<{notice.alert_id}@{domain}>"
    if notice.event in (Event.OPENED, Event.TEST):
        mail["Message-ID"] = first
        return
    mail["Message-ID"] = f"<{notice.alert_id}.{notice.event}.{int(notice.at.timestamp())}@{domain}>"
    mail["In-Reply-To"] = mail["References"] = first


def _of_one(notice: Notice) -> dict[str, Any]:
    """What the templates show of a notice."""
    condition = readable(notice.condition)
    state = state_text(notice)
    return {
        "condition": condition,
        "is_over": notice.event is Event.CLEARED,
        "state": state,
        "colour": _COLOURS[state.partition(",")[0]],
        "amount": amount(notice),
        "before": amount_before(notice),
        "amounts": amounts(notice),
        "since": since_line(notice),
        "number": notice.alert_id[:8],
        "widest": max((len(name) for name, _ in condition.top_accounts), default=0),
        "widest_amount": max((len(text) for _, text in condition.top_accounts), default=0),
    }


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=lambda name: bool(name and name.endswith(".html.jinja")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"with_code": _with_code, "with_link": _with_link}
    return environment


def _with_code(text: str) -> str:
    """HTML of a sentence in which what stands between backticks is a command."""
    from markupsafe import Markup

    parts = text.split("`")
    shown = [Markup("<code>{}</code>").format(part) if number % 2 else part for number, part in enumerate(parts)]
    return Markup("").join(shown if len(parts) % 2 else [text])


def _with_link(text: str) -> str:
    """HTML of a fact, which is a link when it is nothing but a web address."""
    from markupsafe import Markup

    is_address = text.startswith(("http://", "https://")) and " " not in text
    return Markup('<a href="{0}" style="color:#1f4e8c">{0}</a>').format(text) if is_address else text

"""The message for Slack and what understands its incoming webhooks: blocks, and all of it again as plain text."""

from collections.abc import Sequence
from typing import Any

from revenue_assets.alerts.notice import Event, Notice
from revenue_assets.alerts.wording import by_urgency, heading, heading_of, readable, shortened, since_line

_MOST_OF_A_HEADER = 150  # characters, Slack refuses more; the same for sections with 3000
_MOST_OF_A_SECTION = 2900
_MARKS = {"critical": "\N{LARGE RED CIRCLE}", "warning": "\N{LARGE YELLOW CIRCLE}"}


def payload(notices: Sequence[Notice]) -> dict[str, Any]:
    """The body of the request. `text` is complete: some receivers show nothing else."""
    title = f"{_mark(by_urgency(notices)[0])} {heading_of(notices)}"
    if len(notices) == 1:
        sections, foot = _whole(notices[0])
    else:
        lines = [f"{_mark(notice)} {_escaped(heading(notice))} {_link(notice)}" for notice in by_urgency(notices)]
        sections, foot = [_fitting("\n".join(lines))], "`revenue alerts` lists what lasts"
    return {
        "text": "\n\n".join([_escaped(title), *sections, foot]),
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": shortened(title, _MOST_OF_A_HEADER)}},
            *({"type": "section", "text": {"type": "mrkdwn", "text": section}} for section in sections),
            {"type": "context", "elements": [{"type": "mrkdwn", "text": foot}]},
        ],
        "unfurl_links": False,
    }


def _whole(notice: Notice) -> tuple[list[str], str]:
    """All sections about one notice, and the line below them."""
    condition = readable(notice.condition)
    facts = [f"*{_escaped(label)}:* {_escaped(text)}" for label, text in condition.facts]
    accounts = [f"• {_escaped(name)}: {_escaped(amount)}" for name, amount in condition.top_accounts]
    parts = ["\n".join(facts), "\n".join(["*Accounts*", *accounts]) if accounts else ""]
    if notice.event is not Event.CLEARED:
        parts.append(f"*What to do:* {_escaped(condition.action)}")
    return [_fitting(part) for part in parts if part], f"{_link(notice)} · {_escaped(since_line(notice))}"


def _mark(notice: Notice) -> str:
    return "\N{LARGE GREEN CIRCLE}" if notice.event is Event.CLEARED else _MARKS[notice.condition.severity]


def _link(notice: Notice) -> str:
    return f"<{readable(notice.condition).link}|Open>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _fitting(section: str) -> str:
    """Whole lines only: half of an escaped character would be refused or misread."""
    lines: list[str] = []
    length = 0
    for line in section.split("\n"):
        length += len(line) + 1
        if length > _MOST_OF_A_SECTION:
            return "\n".join([*lines, "..."])
        lines.append(line)
    return "\n".join(lines)

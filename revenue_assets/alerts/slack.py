"""The message for Slack and what understands its incoming webhooks: blocks, and all of it again as plain text."""

from typing import Any

from revenue_assets.alerts.notice import Event, Notice
from revenue_assets.alerts.wording import heading, readable, shortened, since_line

_MOST_OF_A_HEADER = 150  # characters, Slack refuses more; the same for sections with 3000
_MOST_OF_A_SECTION = 2900
_MARKS = {"critical": "\N{LARGE RED CIRCLE}", "warning": "\N{LARGE YELLOW CIRCLE}"}


def payload(notice: Notice) -> dict[str, Any]:
    """The body of the request. `text` is complete: some receivers show nothing else."""
    condition = readable(notice.condition)
    mark = "\N{LARGE GREEN CIRCLE}" if notice.event is Event.CLEARED else _MARKS[condition.severity]
    title = f"{mark} {heading(notice)}"
    facts = [f"*{_escaped(label)}:* {_escaped(text)}" for label, text in condition.facts]
    accounts = [f"• {_escaped(name)}: {_escaped(amount)}" for name, amount in condition.top_accounts]
    parts = ["\n".join(facts), "\n".join(["*Accounts*", *accounts]) if accounts else ""]
    if notice.event is not Event.CLEARED:
        parts.append(f"*What to do:* {_escaped(condition.action)}")
    sections = [_fitting(part) for part in parts if part]
    foot = f"<{condition.link}|Open> · {_escaped(since_line(notice))}"
    return {
        "text": "\n\n".join([_escaped(title), *sections, foot]),
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": shortened(title, _MOST_OF_A_HEADER)}},
            *({"type": "section", "text": {"type": "mrkdwn", "text": section}} for section in sections),
            {"type": "context", "elements": [{"type": "mrkdwn", "text": foot}]},
        ],
        "unfurl_links": False,
    }


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

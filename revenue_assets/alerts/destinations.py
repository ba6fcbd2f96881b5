"""Where alerts go, as the settings say: `log` always, then `slack`, `webhook` and one `email:ADDRESS` per recipient.

Every recipient is a destination of its own, so that a mailbox that refuses is tried again without the others
getting the same mail twice.
"""

from revenue_assets.settings import get_settings

LOG = "log"
SLACK = "slack"
WEBHOOK = "webhook"
EMAIL = "email"


def destinations() -> list[str]:
    """All destinations of this installation."""
    settings = get_settings()
    names = [LOG]
    names += [SLACK] if settings.alert_slack_url else []
    names += [WEBHOOK] if settings.alert_webhook_url else []
    return names + [f"{EMAIL}:{address}" for address in settings.alert_email_to]


def channel_of(destination: str) -> tuple[str, str]:
    """The channel, and the recipient's address for mail."""
    channel, _, address = destination.partition(":")
    return channel, address


def spoken(destination: str) -> str:
    """A destination in a sentence."""
    channel, address = channel_of(destination)
    return {LOG: "the log", SLACK: "Slack", WEBHOOK: "the webhook", EMAIL: f"the mailbox {address}"}[channel]

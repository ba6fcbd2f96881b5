"""Where alerts go, as the settings say: `log` always, then `slack`, `webhook` and one `email:ADDRESS` per recipient.

Every recipient is a destination of its own, so that a mailbox that refuses is tried again without the others
getting the same mail twice.
"""

LOG = "log"


def destinations() -> list[str]:
    """All destinations of this installation."""
    return [LOG]

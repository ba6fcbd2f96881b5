"""What goes to a destination at once, out of rows of the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from revenue_assets.alerts.destinations import spoken
from revenue_assets.alerts.faults import DeliveryError
from revenue_assets.alerts.notice import Notice
from revenue_assets.alerts.wording import heading_of


@dataclass(frozen=True)
class Message:
    """A notice, or several that are bundled; `deliveries` are their rows, `tries` those that have begun."""

    message_id: str
    destination: str
    notices: tuple[Notice, ...]
    tries: int
    deliveries: list[UUID]

    @classmethod
    def of(cls, rows: Sequence[dict[str, Any]]) -> "Message":
        """The message out of its rows, of which there is one at least."""
        first = rows[0]
        return cls(
            message_id=str(first["bundle"] or first["delivery_id"]),
            destination=first["destination"],
            notices=tuple(Notice.from_json(row["notice"]) for row in rows),
            tries=max(row["tries"] for row in rows),
            deliveries=[row["delivery_id"] for row in rows],
        )

    def fault(self, error: DeliveryError) -> str:
        """A sentence about what did not arrive where, and why."""
        numbers = ", ".join(notice.alert_id[:8] for notice in self.notices)
        return f"'{heading_of(self.notices)}' (alert {numbers}) did not reach {spoken(self.destination)}: {error}"

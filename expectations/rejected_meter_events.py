"""What the billing system refused: one row per refusal, with its reason.

An event may be refused more than once, each time at another moment."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import WARNING, at_most, few_copies


def suite() -> ExpectationSuite:
    """Grain: one row per refusal."""
    return suite_of(
        "rejected_meter_events",
        few_copies(0.1, ("event_id", "error_code", "rejected_at"), "At most one refusal in ten is delivered twice"),
        at_most(
            0.01,
            "rejected_before_it_occurred",
            "rejected_at < occurred_at",
            "At most one event in a hundred is refused before it occurs: more tells of a wrong clock or time zone",
            WARNING,
            ("occurred_at", "rejected_at"),
        ),
    )

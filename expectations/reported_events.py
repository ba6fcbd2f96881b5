"""What the billing system's meter accepted: what holds for usage holds for its reports.

A month without reports would make all usage look unreported: see `month_is_not_empty`."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import WARNING, at_most, month_is_not_empty, units_keep_their_shape


def suite() -> ExpectationSuite:
    """Grain: one row per delivered event."""
    return suite_of(
        "reported_events",
        at_most(
            0.01,
            "reported_before_it_occurred",
            "reported_at < occurred_at",
            "At most one event in a hundred is reported before it occurs: more tells of a wrong clock or time zone",
            WARNING,
            ("occurred_at", "reported_at"),
        ),
        *units_keep_their_shape("event_name"),
        month_is_not_empty(),
    )

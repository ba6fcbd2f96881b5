"""What customers really used: whole keys, units that can be billed, times that make sense.

Events delivered twice are no fault (the lake keeps the first), but many of them tell of a broken feed."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import WARNING, at_most, month_is_not_empty, units_keep_their_shape


def suite() -> ExpectationSuite:
    """Grain: one row per delivered event."""
    return suite_of(
        "usage_events",
        at_most(
            0.01,
            "received_before_it_occurred",
            "received_at < occurred_at",
            "At most one event in a hundred is received before it occurs: more tells of a wrong clock or time zone",
            WARNING,
            ("occurred_at", "received_at"),
        ),
        *units_keep_their_shape("event_name"),
        month_is_not_empty(),
    )

"""Totals of billing systems that only give sums: windows that follow on each other, each counted once."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import CRITICAL, WARNING, at_most, no_row, units_keep_their_shape


def suite() -> ExpectationSuite:
    """Grain: one row per organization, account, meter and window."""
    return suite_of(
        "reported_usage",
        no_row(
            "window_overlaps_the_next",
            "window_end > next_window_start",
            "A window ends before the next one of the same account and meter begins: else usage is summed twice",
            CRITICAL,
            ("window_start", "window_end", "next_window_start"),
        ),
        at_most(
            0.01,
            "reported_before_the_window_ends",
            "reported_at < window_end",
            "At most one total in a hundred is reported before its window ends: it cannot be final",
            WARNING,
            ("window_end", "reported_at"),
        ),
        *units_keep_their_shape("meter_id"),
    )

"""Which meter an event name counts on: one at any time, else the same use would be billed twice."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import WARNING, no_row


def suite() -> ExpectationSuite:
    """Grain: one row per organization, event name and start."""
    return suite_of(
        "event_mappings",
        no_row(
            "in_force_beside_another",
            "next_valid_from < coalesce(valid_to, timestamptz '9999-12-31')",
            "One mapping of an event name ends before the next one begins",
            WARNING,
            ("valid_from", "valid_to", "next_valid_from"),
        ),
        no_row("multiplier_is_zero", "multiplier = 0", "multiplier is above 0: else the use is free", WARNING),
    )

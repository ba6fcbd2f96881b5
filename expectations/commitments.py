"""Minimum and maximum amounts per period: amounts above zero, in force for some time."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import CRITICAL, WARNING, no_row


def suite() -> ExpectationSuite:
    """Grain: one row per organization and commitment."""
    return suite_of(
        "commitments",
        no_row("amount_negative", "amount < 0", "amount is not negative", CRITICAL, ("amount",)),
        no_row(
            "never_in_force",
            "valid_to = valid_from",
            "valid_to is after valid_from: else the commitment is never in force",
            WARNING,
            ("valid_from", "valid_to"),
        ),
    )

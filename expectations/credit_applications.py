"""Prepaid balance used: something each, of the grant that it names."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import WARNING, at_most, no_row


def suite() -> ExpectationSuite:
    """Grain: one row per organization and application."""
    return suite_of(
        "credit_applications",
        no_row("amount_not_positive", "amount <= 0", "An application uses something", WARNING, ("amount",)),
        at_most(
            0.5,
            "more_than_was_granted",
            "amount > granted_amount",
            "Half of the applications at least use no more than their grant: a single one that does is a finding",
            WARNING,
            ("granted_amount", "amount"),
        ),
        at_most(
            0.5,
            "before_the_grant",
            "applied_at < granted_at",
            "Half of the applications at least are not older than their grant: a single one that is, is a finding",
            WARNING,
            ("granted_at", "applied_at"),
        ),
    )

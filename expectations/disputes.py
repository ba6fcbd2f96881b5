"""Disputed payments: of a payment that succeeded, closed after they were opened."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import CRITICAL, WARNING, in_order, no_row


def suite() -> ExpectationSuite:
    """Grain: one row per organization and dispute."""
    return suite_of(
        "disputes",
        no_row("amount_negative", "amount < 0", "amount is not negative", CRITICAL, ("amount",)),
        no_row(
            "more_than_was_paid",
            "amount > attempt_amount",
            "A dispute is about no more than the payment",
            WARNING,
            ("attempt_amount", "amount"),
        ),
        no_row(
            "before_the_payment",
            "created_at < attempted_at",
            "A dispute is not older than its payment",
            WARNING,
            ("attempted_at", "created_at"),
        ),
        *in_order("closed_at", "created_at", "A dispute is not closed before it is opened"),
        no_row(
            "decided_but_not_closed",
            "status in ('won', 'lost') and closed_at is null",
            "A dispute that is won or lost has been closed",
            WARNING,
            ("status",),
        ),
    )

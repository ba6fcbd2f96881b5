"""Cash given back: of a payment that succeeded, in its currency, no more than it was."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import CRITICAL, WARNING, no_row


def suite() -> ExpectationSuite:
    """Grain: one row per organization and refund."""
    return suite_of(
        "refunds",
        no_row("amount_negative", "amount < 0", "amount is not negative", CRITICAL, ("amount",)),
        no_row(
            "more_than_was_paid",
            "amount > attempt_amount",
            "A refund is no more than the payment that it gives back",
            WARNING,
            ("attempt_amount", "amount"),
        ),
        no_row(
            "of_a_payment_that_failed",
            "attempt_status = 'failed'",
            "A refund gives back a payment that succeeded",
            WARNING,
            ("attempt_status",),
        ),
        no_row(
            "before_the_payment",
            "created_at < attempted_at",
            "A refund is not older than its payment",
            WARNING,
            ("attempted_at", "created_at"),
        ),
        no_row(
            "not_in_the_currency_of_its_payment",
            "currency <> attempt_currency",
            "A refund is in the currency of its payment",
            CRITICAL,
            ("currency", "attempt_currency"),
        ),
    )

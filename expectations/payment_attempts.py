"""Tries to collect: numbered per invoice, with an amount, after the invoice."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import CRITICAL, WARNING, at_most, no_row


def suite() -> ExpectationSuite:
    """Grain: one row per organization and attempt."""
    return suite_of(
        "payment_attempts",
        no_row("amount_negative", "amount < 0", "amount is not negative", CRITICAL, ("amount",)),
        no_row("number_below_one", "attempt_number < 1", "attempt_number begins at 1", WARNING, ("attempt_number",)),
        no_row(
            "same_number_again",
            "attempts_of_this_number > 1",
            "No two attempts of an invoice have the same number",
            WARNING,
            ("invoice_id", "attempt_number"),
        ),
        no_row(
            "before_its_invoice",
            "attempted_at < invoice_issued_at",
            "Nobody pays before the invoice is issued",
            WARNING,
            ("invoice_issued_at", "attempted_at"),
        ),
        at_most(
            0.5,
            "failed_without_a_reason",
            "status = 'failed' and decline_code is null",
            "Less than half of the attempts failed without a decline_code: without it no retry can be advised",
            WARNING,
            ("status",),
        ),
    )

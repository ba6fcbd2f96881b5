"""Prepaid balance: an amount that can be used, from when until when."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import WARNING, in_order, no_row


def suite() -> ExpectationSuite:
    """Grain: one row per organization and grant."""
    return suite_of(
        "credit_grants",
        no_row("amount_not_positive", "amount <= 0", "A grant grants something", WARNING, ("amount",)),
        *in_order("expires_at", "granted_at"),
    )

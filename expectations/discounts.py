"""Discounts that were granted: that one of percent_off and amount_off is given is a rule of the contract."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import CRITICAL, WARNING, no_row


def suite() -> ExpectationSuite:
    """Grain: one row per organization and discount."""
    return suite_of(
        "discounts",
        no_row("amount_off_negative", "amount_off < 0", "amount_off is not negative", CRITICAL, ("amount_off",)),
        no_row(
            "takes_nothing_off",
            "percent_off = 0 or amount_off = 0",
            "A discount takes something off",
            WARNING,
            ("percent_off", "amount_off"),
        ),
        no_row(
            "never_in_force",
            "valid_to = valid_from",
            "valid_to is after valid_from: else the discount is never in force",
            WARNING,
            ("valid_from", "valid_to"),
        ),
    )

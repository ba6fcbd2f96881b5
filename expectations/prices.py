"""What both kinds of prices must be: of a plan or of a subscription, in force for some time, one at a time.

What each charge model needs is a rule of the contract. Both .sql files of prices give the next price of the same item.
"""

from great_expectations.expectations.expectation import Expectation

from expectations.vocabulary import CRITICAL, WARNING, no_row


def of_prices() -> list[Expectation]:
    """What is expected of contract_prices and billing_prices alike."""
    return [
        no_row(
            "of_a_plan_and_of_a_subscription",
            "plan_id is not null and subscription_id is not null",
            "A price is of a plan or of a subscription, not of both",
            WARNING,
            ("plan_id", "subscription_id"),
        ),
        no_row(
            "never_in_force",
            "valid_to = valid_from",
            "valid_to is after valid_from: else the price is never in force",
            WARNING,
            ("valid_from", "valid_to"),
        ),
        no_row(
            "in_force_beside_another",
            "next_valid_from < coalesce(valid_to, timestamptz '9999-12-31')",
            "A price ends before the next one of the same plan or subscription, meter and currency begins",
            WARNING,
            ("valid_from", "valid_to", "next_valid_from"),
        ),
        no_row(
            "unit_amount_negative",
            "unit_amount < 0",
            "unit_amount is not negative: what is given back is a discount",
            CRITICAL,
            ("unit_amount",),
        ),
        no_row(
            "rate_above_a_hundred",
            "rate_percent > 100",
            "rate_percent is a percentage of at most 100: 2.9 means 2.9 %",
            WARNING,
            ("rate_percent",),
        ),
    ]

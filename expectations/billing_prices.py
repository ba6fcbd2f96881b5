"""What the billing system has attached: see `prices`, which contract prices obey too."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.prices import of_prices


def suite() -> ExpectationSuite:
    """Grain: one row per organization and price."""
    return suite_of("billing_prices", *of_prices())

"""What is counted and how: a wrong aggregation makes every quantity of a meter wrong."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import WARNING, no_row


def suite() -> ExpectationSuite:
    """Grain: one row per organization and meter."""
    return suite_of(
        "meters",
        no_row("unit_cost_negative", "unit_cost < 0", "unit_cost is not negative", WARNING, ("unit_cost",)),
    )

"""What is sold: a rank per plan, where the source ranks plans at all, so that a move has a direction."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import WARNING, at_most


def suite() -> ExpectationSuite:
    """Grain: one row per organization and plan."""
    return suite_of(
        "plans",
        at_most(
            0.5,
            "rank_missing",
            "rank is null and plans_of_organization > 1",
            "Of several plans half have a rank at least: without it up- and downgrades cannot be told apart",
            WARNING,
        ),
    )

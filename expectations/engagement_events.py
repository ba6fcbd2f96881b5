"""Product activity that is not billed: who, what, when. Some systems give it no id."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import few_copies


def suite() -> ExpectationSuite:
    """Grain: one row per delivered event."""
    return suite_of(
        "engagement_events",
        few_copies(0.1, ("event_id",), "At most one event in ten is delivered twice, of those that have an id"),
    )

"""Exchange rates by day: a currency is worth itself, and no rate leaps.

The major currencies of the last fifty years moved by less than a tenth a day, but for a handful of days (the Swiss
franc of 2015-01-15 by a fifth): a leap beyond is a misplaced decimal or a swapped pair more often than the market."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import CRITICAL, WARNING, no_row


def suite() -> ExpectationSuite:
    """Grain: one row per organization, pair of currencies and day."""
    return suite_of(
        "fx_rates",
        no_row(
            "not_worth_itself",
            "base = quote and rate <> 1",
            "A currency is worth one of itself",
            CRITICAL,
            ("rate",),
        ),
        no_row(
            "leap_from_the_rate_before",
            "rate > 1.25 * rate_before or rate < 0.8 * rate_before",
            "A rate is within 0.8 and 1.25 times the one before, when that is of the last seven days",
            WARNING,
            ("rate_before", "rate"),
        ),
    )

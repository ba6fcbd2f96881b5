"""The customers: one row each, with the codes that others look them up by."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import WARNING, no_row


def suite() -> ExpectationSuite:
    """Grain: one row per organization and account."""
    return suite_of(
        "accounts",
        no_row(
            "country_is_no_code",
            "not regexp_full_match(country, '[A-Z]{2}')",
            "country is a code of two capital letters (ISO 3166-1 alpha-2)",
            WARNING,
            ("country",),
        ),
        no_row(
            "email_is_none",
            "not contains(email, '@')",
            "email is an address",
            WARNING,
            ("email",),
        ),
        no_row(
            "acquisition_cost_negative",
            "acquisition_cost < 0",
            "acquisition_cost is not negative",
            WARNING,
            ("acquisition_cost",),
        ),
    )

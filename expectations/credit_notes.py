"""Credit notes: money given back on an invoice that is there, in its currency."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import CRITICAL, WARNING, no_row


def suite() -> ExpectationSuite:
    """Grain: one row per organization and credit note."""
    return suite_of(
        "credit_notes",
        no_row("gives_nothing_back", "amount = 0", "A credit note gives something back", WARNING, ("amount",)),
        no_row(
            "not_in_the_currency_of_its_invoice",
            "currency <> invoice_currency",
            "A credit note is in the currency of its invoice",
            CRITICAL,
            ("currency", "invoice_currency"),
        ),
        no_row(
            "before_its_invoice",
            "created_at < invoice_issued_at",
            "A credit note is not older than its invoice",
            WARNING,
            ("invoice_issued_at", "created_at"),
        ),
    )

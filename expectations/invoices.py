"""Invoices: dates in the order of an invoice's life, and what its status says of them."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import CRITICAL, WARNING, in_order, no_row


def suite() -> ExpectationSuite:
    """Grain: one row per organization and invoice."""
    return suite_of(
        "invoices",
        *in_order("finalized_at", "issued_at", "An invoice is not finalized before it is issued"),
        *in_order("due_at", "issued_at", "An invoice is not due before it is issued"),
        *in_order("voided_at", "issued_at", "An invoice is not voided before it is issued"),
        no_row(
            "not_finalized",
            "status in ('open', 'paid') and finalized_at is null",
            "An open or paid invoice has been finalized",
            WARNING,
            ("status",),
        ),
        no_row(
            "draft_but_finalized",
            "status = 'draft' and finalized_at is not null",
            "A draft has not been finalized",
            WARNING,
            ("finalized_at",),
        ),
        no_row(
            "replaces_itself",
            "replaces_invoice_id = invoice_id",
            "An invoice replaces another one, not itself",
            CRITICAL,
            ("replaces_invoice_id",),
        ),
    )

"""Billing documents and cash, delivered as whole snapshots: what was invoiced, credited, paid and taken back."""

from revenue_assets.contract.model import Column, Dataset, Rule

PERIOD = Rule(
    "period_start is null or period_end is null or period_end >= period_start", "period_end is before period_start"
)

INVOICES = Dataset(
    "invoices",
    "documents",
    "Invoices, drafts and voided ones too.",
    (
        Column("invoice_id", "id", key=True),
        Column("account_id", "id", required=True),
        Column("subscription_id", "id"),
        Column("status", "text", required=True, allowed=("draft", "open", "paid", "void", "uncollectible")),
        Column("currency", "ccy", required=True),
        Column("period_start", "ts"),
        Column("period_end", "ts"),
        Column("issued_at", "ts", required=True),
        Column("finalized_at", "ts"),
        Column("due_at", "ts"),
        Column("voided_at", "ts"),
        Column("replaces_invoice_id", "id"),
        Column("collection", "text", allowed=("charge_automatically", "send_invoice")),
    ),
    month_column="issued_at",
    rules=(PERIOD,),
)
INVOICE_LINES = Dataset(
    "invoice_lines",
    "documents",
    "The lines of the invoices.",
    (
        Column("invoice_line_id", "id", key=True),
        Column("invoice_id", "id", required=True),
        Column(
            "kind",
            "text",
            required=True,
            allowed=("recurring", "usage", "minimum", "maximum", "discount", "proration", "tax", "other"),
        ),
        Column("meter_id", "id"),
        Column("units", "qty"),
        Column("unit_amount", "money"),
        Column("amount", "money", required=True, note="pre-tax, except of kind `tax`"),
        Column("currency", "ccy", required=True),
        Column("period_start", "ts"),
        Column("period_end", "ts"),
        Column("price_id", "id"),
    ),
    rules=(PERIOD,),
)
CREDIT_NOTES = Dataset(
    "credit_notes",
    "documents",
    "Money given back on an invoice or one of its lines.",
    (
        Column("credit_note_id", "id", key=True),
        Column("invoice_id", "id", required=True),
        Column("invoice_line_id", "id"),
        Column("amount", "money", required=True, minimum="0", note="positive, pre-tax"),
        Column("currency", "ccy", required=True),
        Column("reason", "text"),
        Column("approved_by", "text"),
        Column("created_at", "ts", required=True),
    ),
    month_column="created_at",
)
CREDIT_APPLICATIONS = Dataset(
    "credit_applications",
    "documents",
    "Prepaid balance used to pay an invoice.",
    (
        Column("application_id", "id", key=True),
        Column("grant_id", "id", required=True),
        Column("invoice_id", "id", required=True),
        Column("amount", "money", required=True),
        Column("applied_at", "ts", required=True),
    ),
    month_column="applied_at",
)
PAYMENT_ATTEMPTS = Dataset(
    "payment_attempts",
    "documents",
    "One row per try to collect that was made, whatever its end.",
    (
        Column("attempt_id", "id", key=True),
        Column("invoice_id", "id", required=True),
        Column("attempt_number", "int", required=True),
        Column("attempted_at", "ts", required=True),
        Column("amount", "money", required=True),
        Column("currency", "ccy", required=True),
        Column("status", "text", required=True, allowed=("succeeded", "failed", "pending")),
        Column("decline_code", "text"),
        Column("network_status", "text"),
        Column("method", "text"),
        Column("card_fingerprint", "text"),
    ),
    month_column="attempted_at",
)
REFUNDS = Dataset(
    "refunds",
    "documents",
    "Cash given back.",
    (
        Column("refund_id", "id", key=True),
        Column("invoice_id", "id", required=True),
        Column("attempt_id", "id"),
        Column("amount", "money", required=True),
        Column("currency", "ccy", required=True),
        Column("reason", "text"),
        Column("created_at", "ts", required=True),
    ),
    month_column="created_at",
)
DISPUTES = Dataset(
    "disputes",
    "documents",
    "Payments that the card holder disputes.",
    (
        Column("dispute_id", "id", key=True),
        Column("attempt_id", "id", required=True),
        Column("amount", "money", required=True),
        Column("fee", "money"),
        Column("currency", "ccy", required=True),
        Column("status", "text", allowed=("needs_response", "under_review", "won", "lost")),
        Column("created_at", "ts", required=True),
        Column("closed_at", "ts"),
    ),
    month_column="created_at",
)

DOCUMENT_DATASETS = (
    INVOICES,
    INVOICE_LINES,
    CREDIT_NOTES,
    CREDIT_APPLICATIONS,
    PAYMENT_ATTEMPTS,
    REFUNDS,
    DISPUTES,
)

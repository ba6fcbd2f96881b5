"""What invoices must look like: one row per invoice, known statuses, dates in the order of an invoice's life."""

# mypy: disable-error-code=attr-defined
# Great Expectations gives out its expectations without saying so to type checkers.

from great_expectations import ExpectationSuite
from great_expectations import expectations as gxe
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.row_conditions import Column

STATUSES = ["draft", "open", "paid", "void", "uncollectible"]
KEYS = ("organization_id", "invoice_id", "account_id", "status", "currency", "issued_at")

# (later, earlier, severity): a null on either side says nothing.
ORDER_IN_TIME = [
    ("finalized_at", "issued_at", FailureSeverity.WARNING),
    ("due_at", "issued_at", FailureSeverity.WARNING),
    ("voided_at", "issued_at", FailureSeverity.WARNING),
    ("period_end", "period_start", FailureSeverity.CRITICAL),
]


def suite() -> ExpectationSuite:
    """Grain: one row per invoice."""
    return ExpectationSuite(
        name="invoices",
        expectations=[
            gxe.ExpectCompoundColumnsToBeUnique(
                column_list=["organization_id", "invoice_id"],
                severity=FailureSeverity.CRITICAL,
                description="One row per organization and invoice",
            ),
            *(
                gxe.ExpectColumnValuesToNotBeNull(
                    column=column, severity=FailureSeverity.CRITICAL, description=f"{column} is never null"
                )
                for column in KEYS
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="status",
                value_set=STATUSES,
                severity=FailureSeverity.CRITICAL,
                description="status is one of the contract's",
            ),
            gxe.ExpectColumnValuesToMatchRegex(
                column="currency",
                regex="^[A-Z]{3}$",
                severity=FailureSeverity.CRITICAL,
                description="currency is an ISO 4217 code",
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="collection",
                value_set=["charge_automatically", "send_invoice"],
                severity=FailureSeverity.CRITICAL,
                description="collection is one of the contract's",
            ),
            *(
                gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                    column_A=later,
                    column_B=earlier,
                    or_equal=True,
                    ignore_row_if="either_value_is_missing",
                    severity=severity,
                    description=f"{later} is not before {earlier}",
                )
                for later, earlier, severity in ORDER_IN_TIME
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="finalized_at",
                row_condition=Column("status").is_in(["open", "paid"]),
                severity=FailureSeverity.WARNING,
                description="An open or paid invoice has been finalized",
            ),
        ],
    )

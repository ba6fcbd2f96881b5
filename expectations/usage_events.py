"""What actual usage must look like: whole keys, units that can be billed, times that make sense.

Events delivered twice are no fault (the lake keeps the first), but many of them tell of a broken feed.
"""

# mypy: disable-error-code=attr-defined
# Great Expectations gives out its expectations without saying so to type checkers.

from datetime import UTC, datetime

from great_expectations import ExpectationSuite
from great_expectations import expectations as gxe
from great_expectations.expectations.metadata_types import FailureSeverity

COLUMNS = [
    "source_name",
    "organization_id",
    "event_id",
    "account_id",
    "event_name",
    "occurred_at",
    "units",
    "received_at",
    "properties",
]
KEYS = ("organization_id", "event_id", "account_id", "event_name", "occurred_at", "units")


def suite() -> ExpectationSuite:
    """Grain: one row per delivered event."""
    return ExpectationSuite(
        name="usage_events",
        expectations=[
            gxe.ExpectTableColumnsToMatchSet(
                column_set=COLUMNS,
                exact_match=True,
                severity=FailureSeverity.CRITICAL,
                description="The columns are the contract's",
            ),
            *(
                gxe.ExpectColumnValuesToNotBeNull(
                    column=column, severity=FailureSeverity.CRITICAL, description=f"{column} is never null"
                )
                for column in KEYS
            ),
            gxe.ExpectColumnValueLengthsToBeBetween(
                column="event_id", min_value=1, severity=FailureSeverity.CRITICAL, description="event_id is never empty"
            ),
            gxe.ExpectColumnValueLengthsToBeBetween(
                column="account_id",
                min_value=1,
                severity=FailureSeverity.CRITICAL,
                description="account_id is never empty",
            ),
            gxe.ExpectColumnValuesToBeOfType(
                column="units",
                type_="Decimal",
                severity=FailureSeverity.CRITICAL,
                description="units are exact decimals",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="units", min_value=0, severity=FailureSeverity.CRITICAL, description="units are not negative"
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="occurred_at",
                min_value=datetime(2000, 1, 1, tzinfo=UTC),
                severity=FailureSeverity.CRITICAL,
                description="occurred_at is not before the year 2000",
            ),
            gxe.ExpectCompoundColumnsToBeUnique(
                column_list=["organization_id", "event_id"],
                mostly=0.9,
                severity=FailureSeverity.WARNING,
                description="At most one event in ten is delivered twice",
            ),
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="received_at",
                column_B="occurred_at",
                or_equal=True,
                ignore_row_if="either_value_is_missing",
                mostly=0.99,
                severity=FailureSeverity.WARNING,
                description="Events are received after they occur",
            ),
        ],
    )

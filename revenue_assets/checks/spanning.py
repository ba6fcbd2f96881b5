"""All checks that span systems, in the order from delivery to reporting; what each says stands in its module.

Every module is one step of a run or two, because a step costs more than a check.
"""

import dagster as dg

from revenue_assets.checks.completeness import completeness_checks
from revenue_assets.checks.evidence import evidence_checks
from revenue_assets.checks.invoice_gate import gate_checks
from revenue_assets.checks.lake_and_warehouse import lake_checks
from revenue_assets.checks.mart_sums import mart_checks
from revenue_assets.checks.raw_events import raw_event_checks
from revenue_assets.checks.raw_tables import raw_table_checks
from revenue_assets.checks.staged_events import staged_checks


def spanning_checks() -> list[dg.AssetChecksDefinition]:
    """The checks of all these modules."""
    return [
        *raw_table_checks(),
        *completeness_checks(),
        *staged_checks(),
        *lake_checks(),
        *raw_event_checks(),
        *evidence_checks(),
        *gate_checks(),
        *mart_checks(),
    ]

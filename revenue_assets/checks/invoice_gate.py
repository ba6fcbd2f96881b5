"""The check that draft invoices bill what is owed: a warning, because a draft is not billed yet and can be put right.

Tolerance: what rounding takes and what a commitment absorbs is no fault (docs/definitions.md#the-pre-invoice-gate).
Null: an item that cannot be rated is counted apart and does not fail. Zero: without drafts the check passes.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
from psycopg.rows import dict_row

from revenue_assets.findings.formatting import amount_text
from revenue_assets.months import first_day
from revenue_assets.partitions import months_of_run
from revenue_assets.warehouse.connection import connect

GATE = dg.AssetKey(["marts", "mart_invoice_gate"])
DRAFTS_ARE_RIGHT = "drafts_bill_what_is_owed"
_ITEMS = Path(__file__).with_name("drafted_items.sql")
_EXAMPLES = 5


def gate_checks() -> list[dg.AssetChecksDefinition]:
    """The check of this module."""

    @dg.asset_check(
        asset=GATE,
        name=DRAFTS_ARE_RIGHT,
        description="Every draft invoice would bill what is owed if it were finalized now, and no period that billing "
        "has come to is left out.",
    )
    def drafts_bill_what_is_owed(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        with connect() as connection:
            return gate_result(drafted_items(connection, months_of_run(context.run.tags)))

    return [drafts_bill_what_is_owed]


def drafted_items(connection: psycopg.Connection, months: Sequence[str]) -> list[dict[str, Any]]:
    """The items of the gate in these months (all when empty), the largest differences first."""
    wanted = [first_day(month) for month in months] or None
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_ITEMS.read_bytes(), {"months": wanted}).fetchall()


def gate_result(items: Sequence[dict[str, Any]]) -> dg.AssetCheckResult:
    """The verdict on these items, with the first examples of what is wrong."""
    wrong = [item for item in items if item["is_right"] is False]
    metadata: dict[str, Any] = {
        "drafted_items": len(items),
        "wrong_items": len(wrong),
        "items_not_rated": sum(item["is_right"] is None for item in items),
    }
    if wrong:
        metadata["examples"] = dg.MetadataValue.md(_table(wrong[:_EXAMPLES]))
    return dg.AssetCheckResult(
        passed=not wrong,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(wrong):,} of {len(items):,} drafted items would be billed wrongly" if wrong else None,
        metadata=metadata,
    )


def _table(items: Sequence[dict[str, Any]]) -> str:
    lines = ["| account | item | period from | owed | draft | difference | causes | what to do |"]
    lines.append("|---|---|---|--:|--:|--:|---|---|")
    for item in items:
        names = ("expected_amount", "draft_amount", "difference_amount")
        amounts = [f"{amount_text(item[name], item['minor_unit'], ',')} {item['currency']}" for name in names]
        where = [item["account_id"], item["item"], f"{item['period_start']:%Y-%m-%d}"]
        lines.append(f"| {' | '.join([*where, *amounts, item['causes'], item['to_do'] or ''])} |")
    return "\n".join(lines)

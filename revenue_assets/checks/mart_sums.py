"""Checks of the marts as they stand: the ladder is conserved to the cent, and sums are those of their sources.

One statement per check in the folder marts/, named as the check: its rows are what is wrong. Each says its tolerance
and what null and zero mean. What a test of the dbt project says is not said again (docs/controls.md lists both).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
from psycopg.rows import dict_row

from revenue_assets.assets.platform import Platform
from revenue_assets.checks.verdicts import compared, in_words, table
from revenue_assets.months import first_day
from revenue_assets.partitions import months_of_run
from revenue_assets.warehouse.connection import connect

CONSERVED = "leaks_are_entitled_less_collected"
VERSIONS = "standing_versions_are_the_findings"
MART_CHECKS = {
    CONSERVED: (
        "revmatch_leaks",
        "For every organization, account, period, item and currency the findings, with what is no leak, are exactly "
        "entitled less collected.",
    ),
    "usage_outside_the_ladder_is_all_there": (
        "revmatch_leaks",
        "The findings about usage that no subscription claims (U5, U6, U7) have all its events and units.",
    ),
    "ladder_is_the_sum_of_its_steps": (
        "mart_revenue_ladder",
        "For every organization, currency and month, entitled less collected is what its steps say was lost or was no "
        "loss, and its leaks are the findings.",
    ),
    "reconciliation_conserves_the_ladder": (
        "mart_account_reconciliation",
        "What accounts should have been billed, were billed, and the difference add up to the ladder and the findings.",
    ),
    "absorbed_usage_conserves_its_causes": (
        "mart_absorbed_usage",
        "What commitments and discounts absorbed, and what they left, add up to the causes and the findings.",
    ),
    "gate_conserves_the_drafts": (
        "mart_invoice_gate",
        "The draft amounts of the pre-invoice gate add up to the lines of the drafts.",
    ),
}
"""Check: the mart that it is on, and what it says."""
_STATEMENTS = Path(__file__).parent / "marts"


def mart_checks() -> list[dg.AssetChecksDefinition]:
    """All checks of this module: one step for the marts, one for the versions of findings."""
    return [_sums(), _versions()]


def _sums() -> dg.AssetChecksDefinition:
    specs = {
        name: dg.AssetCheckSpec(name, asset=dg.AssetKey(["marts", mart]), blocking=True, description=description)
        for name, (mart, description) in MART_CHECKS.items()
    }

    @dg.multi_asset_check(name="marts_add_up", specs=list(specs.values()), can_subset=True)
    def marts_add_up(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        months = months_of_run(context.run.tags)
        with connect() as connection:
            for name, spec in specs.items():
                if spec.key in context.selected_asset_check_keys:
                    counted = {}
                    if name == CONSERVED and (totals := wrong_rows(connection, "ladder_totals", months)):
                        counted = {"control_totals": table(totals)}
                    yield compared(spec, [in_words(row) for row in wrong_rows(connection, name, months)], counted)

    return marts_add_up


def _versions() -> dg.AssetChecksDefinition:
    spec = dg.AssetCheckSpec(
        VERSIONS,
        asset=dg.AssetKey(["app", "finding_versions"]),
        blocking=True,
        description="The versions that stand are the findings of the mart, column by column.",
    )

    @dg.multi_asset_check(name=VERSIONS, specs=[spec])
    def standing_versions(context: dg.AssetCheckExecutionContext, platform: Platform) -> Iterator[dg.AssetCheckResult]:
        with connect() as connection:
            found = wrong_rows(connection, VERSIONS, months_of_run(context.run.tags), platform.source_names())
        yield compared(spec, [in_words(row) for row in found])

    return standing_versions


def wrong_rows(
    connection: psycopg.Connection, statement: str, months: Sequence[str], sources: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The rows of a statement of the folder marts/, for these months (all when empty) and, where it asks, sources."""
    wanted = [first_day(month) for month in months] or None
    with connection.cursor(row_factory=dict_row) as cursor:
        query = (_STATEMENTS / f"{statement}.sql").read_bytes()
        return cursor.execute(query, {"months": wanted, "sources": list(sources)}).fetchall()

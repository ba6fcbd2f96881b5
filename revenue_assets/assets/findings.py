"""The asset behind the life of findings: after the marts are built, notes what changed. The rules: findings/history.

It is the last of a close, so it also notes which delivery of the events the close was made from.
"""

from datetime import UTC, datetime

import dagster as dg

from revenue_assets.assets.later_months import with_later_months
from revenue_assets.assets.metadata import OWNERS, ROWS
from revenue_assets.assets.platform import Platform
from revenue_assets.findings.history.versions import note_findings
from revenue_assets.partitions import ONE_RUN, monthly_partitions
from revenue_assets.warehouse.connection import connect
from revenue_assets.warehouse.loaded_months import note_stage


def finding_versions() -> dg.AssetsDefinition:
    """Every version of every finding; months are compared with what was noted before, in one transaction."""

    @dg.asset(
        key=["app", "finding_versions"],
        deps=[dg.AssetKey(["marts", "revmatch_leaks"])],
        description="Every version of every finding: from when it was reported until when, and what ended it.",
        group_name="revenue",
        owners=OWNERS,
        kinds={"postgres"},
        metadata={"dagster/table_name": "app.finding_versions"},
        partitions_def=monthly_partitions(),
        backfill_policy=ONE_RUN,
    )
    def finding_versions(context: dg.AssetExecutionContext, platform: Platform) -> dg.MaterializeResult[None]:
        platform.stay_alone()
        with connect() as connection:
            months = with_later_months(connection, list(context.partition_keys))
            noted = note_findings(connection, platform.source_names(), months)
            note_stage(connection, platform.source_names(), list(context.partition_keys), "closed", datetime.now(UTC))
        return dg.MaterializeResult(metadata={ROWS: noted.reported, **vars(noted)})

    return finding_versions

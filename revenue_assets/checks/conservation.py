"""The check that every load of a raw dataset carries with it: a row that comes in is kept or quarantined.

Counted again from the files that are there when the load has ended, not taken from what the load says it wrote.
Tolerance: none. Zero: an empty month conserves nothing and passes.
"""

from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from revenue_assets.contract.datasets import DATASETS
from revenue_assets.contract.load import LoadReport
from revenue_assets.contract.quoting import literals
from revenue_assets.lake.engine import duckdb_session
from revenue_assets.lake.files import Lake, Zone

ROWS_CHECK = "rows_in_are_kept_or_quarantined"
_ZONES: tuple[Zone, ...] = ("raw", "quarantine")


def conserved_rows_spec(key: dg.AssetKey) -> dg.AssetCheckSpec:
    """The declaration of the check on one asset."""
    return dg.AssetCheckSpec(
        ROWS_CHECK,
        asset=key,
        blocking=True,
        description="Every row that a source delivered is in the lake or in quarantine, counted from the files.",
    )


def rows_are_conserved(key: dg.AssetKey, reports: Sequence[LoadReport]) -> dg.AssetCheckResult:
    """Compare what the sources delivered with the rows in the files of lake and quarantine."""
    lost = []
    for report in reports:
        found = rows_in_files(_files(report))
        if found != report.rows_in:
            lost.append(f"{report.source}: {report.rows_in:,} rows came in, {found:,} are in lake and quarantine")
    return dg.AssetCheckResult(
        check_name=ROWS_CHECK,
        asset_key=key,
        passed=not lost,
        description="; ".join(lost) or None,
        metadata={"rows_in": sum(report.rows_in for report in reports)},
    )


def rows_in_files(files: Sequence[Path]) -> int:
    """The rows of these Parquet files, read from their footers."""
    there = [str(file) for file in files if file.exists()]
    if not there:
        return 0
    with duckdb_session() as duck:
        rows = duck.execute(f"select sum(num_rows) from parquet_file_metadata([{literals(there)}])").fetchall()
    return int(rows[0][0])


def _files(report: LoadReport) -> list[Path]:
    lake = Lake.from_settings()
    if not DATASETS[report.dataset].is_monthly:
        return [lake.snapshot_file(zone, report.dataset, report.source) for zone in _ZONES]
    return [
        lake.month_file(zone, report.dataset, month, report.source) for zone in _ZONES for month in report.per_month
    ]

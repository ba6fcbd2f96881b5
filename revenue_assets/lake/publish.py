"""From the lake to PostgreSQL: the reconciled rows of a source's months take the place of those loaded before."""

from collections.abc import Sequence

import psycopg

from revenue_assets.lake.files import Lake
from revenue_assets.lake.workspace import LakeSource
from revenue_assets.months import first_day
from revenue_assets.warehouse.copy import replace_rows


def publish(connection: psycopg.Connection, source: LakeSource, months: Sequence[str], dataset: str) -> int:
    """Replace the rows of `lake.<dataset>` for these months of this source; return how many came in.

    Nothing is committed: the caller decides what becomes visible together. A month without a file ends empty.
    """
    lake = Lake.from_settings()
    files = [lake.month_file("reconciled", dataset, month, source.name) for month in months]
    month_column = "month" if dataset == "event_counts" else "billing_month"
    where = {"source_name": source.name, month_column: [first_day(month) for month in months]}
    return replace_rows(connection, f"lake.{dataset}", [file for file in files if file.exists()], where)

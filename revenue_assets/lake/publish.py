"""What the lake has built, into the warehouse: rows by month, never single events.

One table `lake.<dataset>` per published dataset; a month of a source is replaced in the caller's transaction.
"""

from collections.abc import Sequence

import psycopg

from revenue_assets.errors import CloseError
from revenue_assets.lake.files import Lake
from revenue_assets.lake.workspace import EVENT_DATASETS, LakeSource
from revenue_assets.months import first_day
from revenue_assets.warehouse.copy import replace_rows

# The lake's datasets behind each table of the warehouse. Counts are kept per event dataset, because two are staged
# independently, and are one table.
PUBLISHED: dict[str, tuple[str, ...]] = {
    "billing_periods": ("billing_periods",),
    "period_usage": ("period_usage",),
    "period_findings": ("period_findings",),
    "period_amounts": ("period_amounts",),
    "period_arrivals": ("period_arrivals",),
    "unclaimed_usage": ("unclaimed_usage",),
    "ingestion_gaps": ("ingestion_gaps",),
    "watched_meters": ("watched_meters",),
    "usage_daily": ("usage_daily",),
    "engagement_daily": ("engagement_daily",),
    "period_usage_daily": ("period_usage_daily",),
    "event_counts": tuple(f"{dataset}_counts" for dataset in EVENT_DATASETS),
}
_BY_CALENDAR_MONTH = ("event_counts", "engagement_daily")


def month_column(dataset: str) -> str:
    """The column of `lake.<dataset>` that says to which month a row belongs."""
    return "month" if dataset in _BY_CALENDAR_MONTH else "billing_month"


def publish(connection: psycopg.Connection, source: LakeSource, months: Sequence[str], dataset: str) -> int:
    """Replace the rows of these months of the source in `lake.<dataset>`; return how many rows there are now.

    `dataset` is one of PUBLISHED. Nothing is committed. CloseError when a month has not been built.
    """
    lake = Lake.from_settings()
    parts = [part for part in PUBLISHED[dataset] if part.removesuffix("_counts") in {*source.datasets, dataset}]
    files = [lake.month_file("reconciled", part, month, source.name) for part in parts for month in months]
    missing = next((file for file in files if not file.exists()), None)
    if missing:
        month = missing.parent.name.removeprefix("month=")
        raise CloseError(
            f"{missing.parent.parent.name} of source {source.name} for {month} is not in the lake:"
            " build that month before it is published."
        )
    where = {"source_name": source.name, month_column(dataset): [first_day(month) for month in months]}
    return replace_rows(connection, f"lake.{dataset}", files, where)

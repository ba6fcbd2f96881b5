"""The one partition of the project: the calendar month in UTC, written YYYY-MM.

Event datasets are partitioned by the month of `occurred_at`, everything by billing period by the month in which the
period ends; reference data and documents are whole snapshots and have no partition. A range of months is always one
run: the steps take a list of months, and starting a run costs more than closing a month.

A month depends on the same month above it, although its periods reach back into the month before: were that said, a
backfill of some months would silently close the month after them too. The raw assets load what the periods need.
"""

from collections.abc import Mapping

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)

from revenue_assets.months import month_range
from revenue_assets.settings import get_settings

ONE_RUN = dg.BackfillPolicy.single_run()


def monthly_partitions() -> dg.MonthlyPartitionsDefinition:
    """Every month from REVENUE_FIRST_MONTH up to and including the running one."""
    return dg.MonthlyPartitionsDefinition(start_date=get_settings().first_month, fmt="%Y-%m", end_offset=1)


def range_tags(first: str, last: str) -> dict[str, str]:
    """The tags that make a run cover all months from `first` to `last`."""
    return {ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last}


def months_of_run(tags: Mapping[str, str]) -> list[str]:
    """The months a run covers, from its tags; empty for a run without months, such as a check run by hand."""
    if PARTITION_NAME_TAG in tags:
        return [tags[PARTITION_NAME_TAG]]
    if ASSET_PARTITION_RANGE_START_TAG in tags:
        return month_range(tags[ASSET_PARTITION_RANGE_START_TAG], tags[ASSET_PARTITION_RANGE_END_TAG])
    return []

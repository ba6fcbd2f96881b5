"""How old an asset may be before the UI says that it is late: the windows of the schedules, with room for one to fail.

Dagster looks at the last materialization of the asset, of whatever month: this says whether the schedules run. Whether
a source's data are old is what the sensor stale_source says, and whether a month is complete, its checks.
"""

from datetime import timedelta

from dagster import FreshnessPolicy


def _hours(warn: int, fail: int) -> FreshnessPolicy:
    return FreshnessPolicy.time_window(warn_window=timedelta(hours=warn), fail_window=timedelta(hours=fail))


SYNCED = _hours(warn=3, fail=26)  # the sync comes every hour, the daily close loads too
CLOSED = _hours(warn=26, fail=50)  # the daily close
REFRESHED = _hours(warn=8, fail=26)  # the insights come every six hours, the daily close builds them too

_OF_GROUP = {
    "revenue": CLOSED,
    "payments": CLOSED,
    "customers": CLOSED,
    "retention": CLOSED,
    "insights": REFRESHED,
}


def of_mart(schema: str, group: str | None) -> FreshnessPolicy | None:
    """The window of a table that dbt builds; None for what is no mart: it is as old as the marts made of it."""
    return _OF_GROUP.get(group or "") if schema == "marts" else None

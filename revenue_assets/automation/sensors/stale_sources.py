"""Sources whose newest data is older than they promise: docs/automation.md#stale-sources.

What a source promises is `freshness_hours` of its source.toml; without it, it is history and is not watched. How far it
has come is the latest time that its loaded events tell, or its as_of where as_of.sql says one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import psycopg

from revenue_assets.alerts.condition import Condition, Kind, Severity
from revenue_assets.contract.source import load_source
from revenue_assets.errors import SourceError
from revenue_assets.links import asset_url
from revenue_assets.settings import get_settings
from revenue_assets.warehouse.loaded_months import last_loads

_LINK = ("raw", "usage_events")
_AS_OF = "select source_name, max(as_of) from raw.organizations group by source_name"


@dataclass(frozen=True)
class WatchedSource:
    """A source with a promise. `latest_at`: until when it has told; `loaded_at`: when it was asked (None: never)."""

    name: str
    freshness_hours: int
    latest_at: datetime | None
    loaded_at: datetime | None


def watched_sources(connection: psycopg.Connection) -> tuple[list[WatchedSource], list[str]]:
    """The sources of REVENUE_SOURCES that promise to be fresh, as loaded last; and why others cannot be read."""
    loads = last_loads(connection)
    told_until: dict[str, datetime] = dict(connection.execute(_AS_OF).fetchall())
    watched, unread = [], []
    for name in get_settings().sources:
        try:
            source = load_source(name)
        except SourceError as error:
            unread.append(str(error))
            continue
        if source.freshness_hours is None:
            continue
        load = loads.get(source.name)
        # Without as_of.sql, as_of is the time of the load, which says nothing about the data.
        told = [load.latest_at if load else None, told_until.get(source.name) if source.as_of_select else None]
        latest_at = max((moment for moment in told if moment), default=None)
        watched.append(WatchedSource(source.name, source.freshness_hours, latest_at, load.loaded_at if load else None))
    return watched, unread


def stale_source_conditions(sources: Sequence[WatchedSource], at: datetime) -> list[Condition]:
    """One condition per source that is older than it promises; the level is its age in hours."""
    return [_condition(source, at) for source in sources if _is_stale(source, at)]


def _is_stale(source: WatchedSource, at: datetime) -> bool:
    return source.latest_at is None or _hours(source.latest_at, at) > source.freshness_hours


def _condition(source: WatchedSource, at: datetime) -> Condition:
    age = _hours(source.latest_at, at) if source.latest_at else Decimal(source.freshness_hours)
    asked_lately = source.loaded_at is not None and _hours(source.loaded_at, at) <= source.freshness_hours
    if asked_lately:
        cause = "It was asked, and delivers nothing newer."
        action = "Look at what fills the source: an export, a connector or a queue has stopped."
    else:
        cause = "It was not asked for as long: its sync does not run, or fails."
        action = "Look at the runs of source_sync and monthly_close, and whether their schedules are switched on."
    return Condition(
        kind=Kind.STALE_SOURCE,
        cause=source.name,
        severity=Severity.CRITICAL if age >= 3 * source.freshness_hours else Severity.WARNING,
        title=f"Source {source.name} {_age(source, age)}",
        level=age,
        unit="hours",
        action=action,
        link=asset_url(_LINK),
        facts=(
            ("Newest data", _moment(source.latest_at)),
            ("Loaded last", _moment(source.loaded_at)),
            ("Promised", f"not older than {source.freshness_hours} hours"),
            ("Cause", cause),
        ),
    )


def _age(source: WatchedSource, age: Decimal) -> str:
    return f"has told nothing for {age} hours" if source.latest_at else "was never loaded"


def _hours(since: datetime, at: datetime) -> Decimal:
    return (Decimal((at - since).total_seconds()) / 3600).quantize(Decimal("0.1"))


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "never"

"""The sources that run by themselves (REVENUE_SOURCES), with what decides when; asks their folders, no database."""

from dataclasses import dataclass, field
from datetime import datetime

from revenue_assets.contract.source import billing_windows, load_source
from revenue_assets.errors import SourceError
from revenue_assets.months import month_bounds
from revenue_assets.settings import get_settings


@dataclass(frozen=True)
class ScheduledSource:
    """`told_until` is its as_of, None where it cannot be read: then its run is asked for, and says why it fails."""

    name: str
    grace_days: int = 3
    windows: dict[str, int] = field(default_factory=dict)
    told_until: datetime | None = None

    def nothing_of(self, month: str) -> str | None:
        """Why there is nothing to do for a month, in words; None when there may be."""
        if month < get_settings().first_month:
            return f"{month} is before REVENUE_FIRST_MONTH"
        if self.told_until and self.told_until <= month_bounds(month)[0]:
            return f"{self.name} has told everything until {self.told_until:%Y-%m-%d %H:%M} UTC: nothing of {month}"
        return None


def scheduled_sources() -> list[ScheduledSource]:
    """Every source of REVENUE_SOURCES, in that order."""
    return [_scheduled(name) for name in get_settings().sources]


def _scheduled(name: str) -> ScheduledSource:
    try:
        source = load_source(name)
    except SourceError:
        return ScheduledSource(name)
    try:
        told_until = source.as_of()
    except SourceError:
        told_until = None
    return ScheduledSource(name, source.grace_days, billing_windows(source.billing_vendor), told_until)

"""Which closed months of a source have changed since they were closed, and which months to close again for it.

A month counts as closed when a close has come to its end with it, and as final when its grace time is over at the
source's as_of; before that, the daily close takes what comes. What a month was closed from is `app.loaded_months`.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from revenue_assets.alerts.condition import Condition, Kind, Severity
from revenue_assets.contract.delivered import Delivered
from revenue_assets.contract.deliveries import delivered_now
from revenue_assets.contract.source import Source
from revenue_assets.lake.periods import months_that_read
from revenue_assets.links import asset_url
from revenue_assets.months import month_bounds

Closed = Mapping[str, Mapping[str, Delivered]]  # by dataset, then by month


@dataclass(frozen=True)
class Change:
    """An event dataset of a month that is not what the month was closed with."""

    source: str
    month: str
    dataset: str
    before: Delivered
    now: Delivered


def final_months(source: Source, closed: Closed) -> list[str]:
    """The closed months whose grace time is over, in order."""
    until = source.as_of() - timedelta(days=source.grace_days)
    return [month for month in all_months(closed) if month_bounds(month)[1] <= until]


def all_months(closed: Closed) -> list[str]:
    """Every month that was closed with any event dataset, in order."""
    return sorted({month for months in closed.values() for month in months})


def changes(source: Source, closed: Closed) -> list[Change]:
    """What has changed in final months; one scan per event dataset. SourceError when the source cannot be read."""
    final = set(final_months(source, closed))
    found = []
    for dataset, months in closed.items():
        if dataset in source.datasets:
            now = delivered_now(source, dataset, sorted(final & set(months)))
            found += [
                Change(source.name, month, dataset, months[month], delivered)
                for month, delivered in now.items()
                if not delivered.is_same_as(months[month])
            ]
    return sorted(found, key=lambda change: (change.month, change.dataset))


def still_changed(found: Iterable[Change], closed: Closed) -> list[Change]:
    """Those that a close which ended meanwhile has not taken in."""
    return [c for c in found if not c.now.is_same_as(closed[c.dataset][c.month])]


def months_to_close_again(source: Source, found: Iterable[Change], closed: Closed) -> list[str]:
    """The touched months, and closed ones after them that are made from their events too: periods that reach back,
    copies of an event in the next month, and the season that gaps are measured by."""
    touched = sorted({change.month for change in found})
    return months_that_read(source, touched, all_months(closed)) if touched else []


def fingerprint(found: Iterable[Change]) -> str:
    """What is the same as long as nothing more changes, so that a close is asked for once per change."""
    text = " ".join(f"{c.month}:{c.dataset}:{c.now.rows}:{c.now.digest}" for c in found)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def late_event_conditions(found: Iterable[Change]) -> list[Condition]:
    """One condition per source and touched month; the level is by how many rows it has changed, at least one."""
    by_month: dict[tuple[str, str], list[Change]] = {}
    for change in found:
        by_month.setdefault((change.source, change.month), []).append(change)
    return [_condition(source, month, changed) for (source, month), changed in by_month.items()]


def cause(source: str, month: str) -> str:
    """What the alert about a closed month is known by."""
    return f"{source}:{month}"


def _condition(source: str, month: str, found: list[Change]) -> Condition:
    rows = sum(max(1, abs(change.now.rows - change.before.rows)) for change in found)
    return Condition(
        kind=Kind.LATE_EVENTS,
        cause=cause(source, month),
        severity=Severity.WARNING,
        title=f"Source {source} delivers other events of {month} than it was closed with",
        level=Decimal(rows),
        unit="rows",
        action=f"Nothing, if the run over {month} that was asked for succeeds: this is cleared then. "
        f"By hand: `revenue close --source {source} --month {month}`.",
        link=asset_url(("raw", found[0].dataset)),
        facts=tuple((change.dataset, _words(change)) for change in found),
    )


def _words(change: Change) -> str:
    if change.before.rows == change.now.rows:
        return f"{change.now.rows:,} rows, as many as it was closed with, with other content"
    return f"{change.now.rows:,} rows, closed with {change.before.rows:,}"

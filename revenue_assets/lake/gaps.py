"""Ingestion gaps: hours in which a meter's usage did not arrive at all, on either side, told by its season.

The counts come from the staged events of the month and the one before (`hourly_usage.sql`); what is a gap is decided in
`seasonal.py`. A month that cannot be judged is written with the reason, never left out: silence is no clean bill.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sqrt

import numpy as np

from revenue_assets.lake.claims import name_located_events
from revenue_assets.lake.seasonal import Floats, Gap, Watched, watch
from revenue_assets.lake.staging import name_staged_events
from revenue_assets.lake.workspace import LakeSource, Workspace, open_workspace, ordered
from revenue_assets.months import month_bounds, shift

_HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CERTAINTY = 1.96  # 95 % of a normal distribution
_GAP_COLUMNS = (
    "organization_id varchar, meter_id varchar, gap_start timestamptz, gap_end timestamptz, hours integer,"
    " events bigint, expected_events decimal(38, 12), missing_events decimal(38, 12),"
    " missing_events_low decimal(38, 12), missing_events_high decimal(38, 12), missing_units decimal(38, 12),"
    " missing_units_low decimal(38, 12), missing_units_high decimal(38, 12)"
)
_WATCHED_COLUMNS = (
    "organization_id varchar, meter_id varchar, events bigint, weeks integer, hours integer, judged_hours integer,"
    " dispersion decimal(38, 12), reason varchar"
)


@dataclass(frozen=True)
class MeterHours:
    """One meter's hours of two months: counts (nan where nothing is known), and what one event's units are."""

    organization_id: str
    meter_id: str
    counts: Floats
    units_per_event: float
    units_deviation: float


def build_ingestion_gaps(source: LakeSource, months: Sequence[str]) -> dict[str, int]:
    """Write `ingestion_gaps` and `watched_meters` of the months; return the number of gaps per month."""
    rows = {}
    with open_workspace(source) as workspace:
        workspace.references()
        for month in months:
            start = month_bounds(month)[0]
            meters = list(_hours_of_meters(workspace, month))
            begin = (start - month_bounds(shift(month, -1))[0]) // _HOUR
            found = [(meter, watch(meter.counts, begin)) for meter in meters if len(meter.counts) > begin]
            rows[month] = _write(workspace, month, found, begin)
    return rows


def _hours_of_meters(workspace: Workspace, month: str) -> Iterator[MeterHours]:
    before = shift(month, -1)
    side = "usage" if "usage_events" in workspace.source.datasets else "reported"
    name_staged_events(workspace, [before, month])
    workspace.run_for(month, first_month=before)
    workspace.table("account_segments", "no_segments")
    name_located_events(workspace, "staged_events")
    workspace.variables({"counted_side": side})
    workspace.table("hourly_usage")
    file = workspace.lake.month_file("raw", f"{side}_events", before, workspace.source.name)
    origin = (month_bounds(before)[0] - _EPOCH) // _HOUR
    unknown = 0 if file.exists() else (month_bounds(month)[0] - month_bounds(before)[0]) // _HOUR
    end = month_bounds(month)[1]
    as_of = workspace.source.as_of()
    hours = (min(end, as_of) - _EPOCH) // _HOUR - origin
    meters: dict[tuple[str, str, bool], list[tuple[int, int, float, float]]] = {}
    for organization, meter, has_units, hour, events, units, squares in workspace.rows("from hourly_usage"):
        meters.setdefault((organization, meter, has_units), []).append((hour - origin, events, units, squares))
    last: dict[str, int] = {}
    for (organization, _, _), found in meters.items():
        last[organization] = max(last.get(organization, 0), *(position + 1 for position, *_ in found))
    for (organization, meter, has_units), found in sorted(meters.items()):
        # In the running month an organization of which nothing has come since is not judged: more may be on its way.
        counts = np.zeros(min(hours, last[organization]) if as_of < end else hours)
        counts[: max(unknown, min(position for position, *_ in found))] = np.nan
        for position, events, *_ in found:
            if unknown <= position < len(counts):
                counts[position] = events
        total = sum(events for _, events, _, _ in found)
        mean = sum(units for _, _, units, _ in found) / total
        variance = sum(squares for _, _, _, squares in found) / total - mean * mean
        deviation = sqrt(max(variance, 0.0))
        # Units of a maximum or of unique values do not add up, so nothing can be said of theirs.
        yield MeterHours(organization, meter, counts, mean if has_units else 0.0, deviation if has_units else 0.0)


def _write(workspace: Workspace, month: str, found: Sequence[tuple[MeterHours, Watched]], begin: int) -> int:
    origin = month_bounds(shift(month, -1))[0]
    gaps = [_gap_row(meter, gap, origin) for meter, watched in found for gap in watched.gaps]
    watched_rows = [
        (
            meter.organization_id,
            meter.meter_id,
            int(np.nansum(meter.counts[begin:])),
            watched.weeks,
            len(meter.counts) - begin,
            watched.judged_hours,
            watched.dispersion,
            watched.reason,
        )
        for meter, watched in found
    ]
    for name, columns, rows in (("gap_rows", _GAP_COLUMNS, gaps), ("watched_rows", _WATCHED_COLUMNS, watched_rows)):
        workspace.rows_table(name, columns, rows)
    lake, source = workspace.lake, workspace.source.name
    workspace.view("ingestion_gaps")
    workspace.view("watched_meters")
    keys = ("organization_id", "meter_id")
    workspace.write(ordered("watched_meters", *keys), lake.month_file("reconciled", "watched_meters", month, source))
    return workspace.write(
        ordered("ingestion_gaps", *keys, "gap_start"), lake.month_file("reconciled", "ingestion_gaps", month, source)
    )


def _gap_row(meter: MeterHours, gap: Gap, origin: datetime) -> tuple[object, ...]:
    mean, deviation = meter.units_per_event, meter.units_deviation
    width = sqrt(((gap.high - gap.missing) * mean) ** 2 + gap.expected * (_CERTAINTY * deviation) ** 2)
    return (
        meter.organization_id,
        meter.meter_id,
        origin + gap.first * _HOUR,
        origin + gap.last * _HOUR,
        gap.last - gap.first,
        int(gap.seen),
        gap.expected,
        gap.missing,
        gap.low,
        gap.high,
        gap.missing * mean,
        max(gap.missing * mean - width, 0.0),
        gap.missing * mean + width,
    )

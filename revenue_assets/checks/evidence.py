"""Checks of the evidence: behind every finding about single events are those events, as many and of as many units.

Tolerance: none. Null: units of meters that do not add up (maximum, unique values, last value) are not compared, their
events are. Zero: a month without such findings agrees. The lake's files are held against the raw files, the tables of
PostgreSQL against the lake's files, and the findings against both.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import psycopg

from revenue_assets.assets.platform import Platform
from revenue_assets.checks.verdicts import compared
from revenue_assets.contract.quoting import literals
from revenue_assets.lake.engine import duckdb_session
from revenue_assets.lake.files import Lake
from revenue_assets.months import first_day
from revenue_assets.partitions import months_of_run
from revenue_assets.warehouse.connection import connect

ADDED_UP = "period_findings_have_their_events"
DELIVERED = "events_of_findings_were_delivered"
FINDINGS = "findings_have_their_events"
_HERE = Path(__file__).parent
_SAYS = {
    ADDED_UP: "The lake keeps, for every account, meter, period and cause, as many events and of as many units as the "
    "table says.",
    DELIVERED: "Every event kept as evidence is in the raw files, as its source delivered it.",
}
_KEPT_FOR = {"period_findings": "event_findings", "period_arrivals": "late_events"}
"""Tables that count events, and the datasets of the lake that keep those."""
Group = tuple[str, str, str, Any, str]
"""Organization, subscription, meter, start of the period, code."""
Sums = tuple[int, Decimal | None]
"""Events, and their units; None where units do not add up."""


def evidence_checks() -> list[dg.AssetChecksDefinition]:
    """All checks of this module: a step for each moment of a run at which its two sides are there."""
    first = _spec(DELIVERED, "event_findings")
    later = [_spec(ADDED_UP, "period_findings"), _spec(ADDED_UP, "period_arrivals"), _spec(DELIVERED, "late_events")]
    return [
        _lake_checks("event_findings_were_delivered", [first]),
        _lake_checks("evidence_is_complete", later),
        _findings_have_their_events(),
    ]


def _spec(name: str, dataset: str) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(name, asset=dg.AssetKey(["lake", dataset]), blocking=True, description=_SAYS[name])


def _lake_checks(step: str, specs: Sequence[dg.AssetCheckSpec]) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(name=step, specs=specs, can_subset=True)
    def checks(context: dg.AssetCheckExecutionContext, platform: Platform) -> Iterator[dg.AssetCheckResult]:
        of = platform.source_names(), months_of_run(context.run.tags)
        with connect() as connection, duckdb_session() as duck:
            for spec in specs:
                if spec.key not in context.selected_asset_check_keys:
                    continue
                dataset = spec.asset_key.path[-1]
                if spec.name == ADDED_UP:
                    kept = kept_events(duck, [_KEPT_FOR[dataset]], *of)
                    found = differing_groups(stated(connection, f"stated_{dataset}", *of), kept, both_ways=True)
                else:
                    found = undelivered_events(duck, dataset, *of)
                yield compared(spec, found)

    return checks


def _findings_have_their_events() -> dg.AssetChecksDefinition:
    spec = dg.AssetCheckSpec(
        FINDINGS,
        asset=dg.AssetKey(["marts", "revmatch_leaks"]),
        blocking=True,
        description="Behind every finding about single events (U1, U2, U3, U4, U8, U9) the lake keeps those events: as "
        "many and of as many units as the finding says.",
    )

    @dg.multi_asset_check(name=FINDINGS, specs=[spec])
    def findings_have_their_events(
        context: dg.AssetCheckExecutionContext, platform: Platform
    ) -> Iterator[dg.AssetCheckResult]:
        of = platform.source_names(), months_of_run(context.run.tags)
        with connect() as connection, duckdb_session() as duck:
            findings = stated(connection, "stated_leaks", *of)
            kept = kept_events(duck, list(_KEPT_FOR.values()), *of)
        yield compared(spec, differing_groups(findings, kept), {"findings": len(findings)})

    return findings_have_their_events


def stated(
    connection: psycopg.Connection, statement: str, sources: Sequence[str], months: Sequence[str]
) -> dict[Group, Sums]:
    """What a table says of the events behind each of its rows, of these sources and months (all when empty)."""
    wanted = [first_day(month) for month in months] or None
    rows = connection.execute((_HERE / f"{statement}.sql").read_bytes(), {"sources": list(sources), "months": wanted})
    return {(row[0], row[1], row[2], row[3], row[4]): (row[5], row[6]) for row in rows}


def kept_events(
    duck: duckdb.DuckDBPyConnection, datasets: Sequence[str], sources: Sequence[str], months: Sequence[str]
) -> dict[Group, Sums]:
    """What the lake keeps as evidence in these datasets, added up."""
    kept: dict[Group, Sums] = {}
    for dataset in datasets:
        if _name_evidence(duck, dataset, sources, months):
            for *group, events, units in duck.execute((_HERE / "kept_events.sql").read_text()).fetchall():
                kept[group[0], group[1], group[2], group[3], group[4]] = (events, units)
    return kept


def differing_groups(said: Mapping[Group, Sums], kept: Mapping[Group, Sums], *, both_ways: bool = False) -> list[str]:
    """Groups of which events or units differ, in words; with `both_ways` also those of which nothing is said."""
    different = []
    for group in sorted({*said, *kept} if both_ways else said):
        events, units = said.get(group, (0, Decimal(0)))
        found_events, found_units = kept.get(group, (0, Decimal(0)))
        organization, subscription, meter, start, code = group
        where = f"{organization}, {subscription}, {meter}, period of {start:%Y-%m-%d}, {code}"
        if events != found_events:
            different.append(f"{where}: {events:,} events stated, {found_events:,} kept")
        elif units is not None and units != found_units:
            different.append(f"{where}: {units.normalize():f} units stated, {found_units or 0:f} kept")
    return different


def undelivered_events(
    duck: duckdb.DuckDBPyConnection, dataset: str, sources: Sequence[str], months: Sequence[str]
) -> list[str]:
    """Events kept as evidence that are in no raw file of their side, in words."""
    if not _name_evidence(duck, dataset, sources, months):
        return []
    of_days = duck.execute("select distinct strftime(occurred_at, '%Y-%m') from evidence").fetchall()
    for side in ("usage_events", "reported_events"):
        raw = [file for (month,) in of_days for file in _raw_files(side, month)]
        columns = "organization_id, event_id"
        source = f"select {columns} from read_parquet([{literals(raw)}])" if raw else "select '', '' where false"
        duck.execute(f"create or replace temp view {side} ({columns}) as {source}")
    rows = duck.execute((_HERE / "undelivered_events.sql").read_text()).fetchall()
    return [
        f"{organization}: event {event} of {account} ({outcome}) is in no raw file"
        for organization, account, event, outcome in rows
    ]


def _name_evidence(
    duck: duckdb.DuckDBPyConnection, dataset: str, sources: Sequence[str], months: Sequence[str]
) -> bool:
    """Let `evidence` be what these sources and months keep in a dataset; False when they keep no file."""
    lake = Lake.from_settings()
    of = [(source, month) for source in sources for month in lake.months("reconciled", dataset, source)]
    files = [str(lake.month_file("reconciled", dataset, month, source)) for source, month in of]
    wanted = [file for (_, month), file in zip(of, files, strict=True) if not months or month in months]
    if wanted:
        read = f"read_parquet([{literals(wanted)}], union_by_name = true, hive_partitioning = false)"
        duck.execute(f"create or replace temp view evidence as from {read}")
    return bool(wanted)


def _raw_files(dataset: str, month: str) -> list[str]:
    return [str(file) for file in (Lake.from_settings().root / "raw" / dataset / f"month={month}").glob("*.parquet")]

"""The check that the events of the raw files are those that billing periods count: used, reported, and between them.

It counts by account, meter and month, from the files as they were delivered, what `period_usage` has matched event by
event: a second way to the same numbers. The rules stand in `comparable_periods.sql` and `raw_events_of_periods.sql`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import psycopg

from revenue_assets.assets.platform import Platform
from revenue_assets.checks.verdicts import compared, in_words
from revenue_assets.findings.evidence import KnownSource
from revenue_assets.lake.claims import name_located_events
from revenue_assets.lake.staging import name_staged_events
from revenue_assets.lake.workspace import EVENT_DATASETS, LakeSource, Workspace, open_workspace, read_parquet
from revenue_assets.months import month_of, month_range
from revenue_assets.partitions import months_of_run
from revenue_assets.warehouse.connection import connect

SAME_EVENTS = "events_of_the_files_are_those_of_the_periods"
_HERE = Path(__file__).parent
_SOURCES = """
select source_name, max(datasets), max(matching), max(as_of) from raw.organizations
where source_name = any(%s) group by 1 order by 1
"""


@dataclass(frozen=True)
class Counted:
    """What is different, in words, and how many periods and meters there are and could be compared."""

    differences: list[str]
    periods: int = 0
    compared_periods: int = 0


def raw_event_checks() -> list[dg.AssetChecksDefinition]:
    """The check of this module."""
    spec = dg.AssetCheckSpec(
        SAME_EVENTS,
        asset=dg.AssetKey(["lake", "period_usage"]),
        additional_deps=[dg.AssetKey(["lake", "event_findings"]), dg.AssetKey(["lake", "unclaimed_usage"])],
        description="Counted again from the raw files, every account, meter and month has the events and units that "
        "its billing periods say were used and reported, and used less unreported is reported.",
    )

    @dg.multi_asset_check(name=SAME_EVENTS, specs=[spec])
    def same_events(context: dg.AssetCheckExecutionContext, platform: Platform) -> dg.AssetCheckResult:
        months = months_of_run(context.run.tags)
        with connect() as connection:
            sources = known_sources(connection, platform.source_names())
        found = [count_again(source, months) for source in sources]
        counted = {
            "periods_and_meters": sum(one.periods for one in found),
            "compared": sum(one.compared_periods for one in found),
        }
        return compared(spec, [text for one in found for text in one.differences], counted)

    return [same_events]


def known_sources(connection: psycopg.Connection, names: Sequence[str]) -> list[KnownSource]:
    """These sources, as the warehouse knows them."""
    rows = connection.execute(_SOURCES, [list(names)]).fetchall()
    return [KnownSource(name, dict.fromkeys(datasets), matching, as_of) for name, datasets, matching, as_of in rows]


def count_again(source: LakeSource, months: Sequence[str]) -> Counted:
    """Compare the raw events of a source with its periods that end in these months (in all when empty)."""
    with open_workspace(source) as workspace:
        there = workspace.lake.months("reconciled", "period_usage", source.name)
        ending = [month for month in there if not months or month in months]
        if not ending:
            return Counted([])
        _name_built(workspace, "periods", "period_usage", ending)
        ((periods, first, last),) = workspace.rows("select count(*), min(period_start), max(period_end) from periods")
        if not periods:
            return Counted([])
        reached = month_range(month_of(first), month_of(last))
        _name_built(workspace, "unclaimed", "unclaimed_usage", reached)
        _name_built(workspace, "evidence", "event_findings", ending)
        workspace.references()
        name_staged_events(workspace, reached)
        workspace.table("account_segments", "no_segments")
        name_located_events(workspace, "staged_events")
        workspace.connection.execute(f"create temp table windows as {_statement('comparable_periods')}")
        delivered = {f"has_{dataset}": dataset in source.datasets for dataset in EVENT_DATASETS}
        workspace.variables(delivered)
        found = workspace.connection.execute(_statement("raw_events_of_periods"))
        names = [column[0] for column in found.description or []]
        different = [in_words(dict(zip(names, row, strict=True))) for row in found.fetchall()]
        ((compared_periods,),) = workspace.rows("select count(*) from windows")
    return Counted(different, periods, compared_periods)


def _name_built(workspace: Workspace, name: str, dataset: str, months: Sequence[str]) -> None:
    files = [workspace.lake.month_file("reconciled", dataset, month, workspace.source.name) for month in months]
    there = read_parquet([file for file in files if file.exists()])
    workspace.connection.execute(f"create temp view {name} as from {there}")


def _statement(name: str) -> str:
    return (_HERE / f"{name}.sql").read_text(encoding="utf-8")

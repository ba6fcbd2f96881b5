"""The bench's data: one month of events as a source delivers them, and the same files laid into a lake.

Written once per number of events and kept. The numbers drawn are fixed, so that two machines measure the same work.
"""

import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from revenue_assets.lake.engine import duckdb_session
from revenue_assets.lake.files import Lake
from revenue_assets.lake.workspace import literal

MONTH = "2025-03"
ACCOUNTS = 20_000
SOURCE = "bench"
EVENT_FILES = ("usage_events", "reported_events")
_WRITE = "(format parquet, compression zstd, parquet_version v2, row_group_size 1000000)"


@cache
def bench_sql(name: str) -> str:
    """A statement of the bench."""
    return (Path(__file__).with_name("sql") / f"{name}.sql").read_text(encoding="utf-8")


def write_data(folder: Path, events: int) -> None:
    """Write usage_events, reported_events and invoice_lines for `events` used events into `folder`, if not there."""
    if (folder / "invoice_lines.parquet").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb_session() as duck:
        duck.execute("set preserve_insertion_order = true")
        variables = {"events": events, "accounts": ACCOUNTS, "month_start": datetime(2025, 3, 1, tzinfo=UTC)}
        for name, value in variables.items():
            duck.execute(f"set variable {name} = $value", {"value": value})
        for name in (*EVENT_FILES, "invoice_lines"):
            target = folder / f"{name}.parquet"
            beside = target.with_suffix(".writing")
            duck.execute(f"copy ({bench_sql(name)}) to {literal(str(beside))} {_WRITE}")
            beside.replace(target)
            duck.execute(f"create view {name} as from read_parquet({literal(str(target))})")


def planted(folder: Path) -> dict[str, int]:
    """How many events of each code the data were given."""
    with duckdb_session() as duck:
        duck.execute(f"create view usage_events as from {literal(str(folder / 'usage_events.parquet'))}")
        return dict(duck.execute(bench_sql("planted")).fetchall())


def lay_into_lake(folder: Path) -> None:
    """Put the event files where the loader would have written them, and load the reference data."""
    from revenue_assets.contract.load import load_snapshot
    from revenue_assets.contract.source import load_source

    lake = Lake.from_settings()
    for dataset in EVENT_FILES:
        target = lake.month_file("raw", dataset, MONTH, SOURCE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        os.link(folder / f"{dataset}.parquet", target)
    source = load_source(SOURCE, {"data_dir": str(folder)})
    reference = ("accounts", "plans", "subscriptions", "meters", "event_mappings", "contract_prices")
    for dataset in (*reference, "invoices", "invoice_lines"):
        load_snapshot(source, dataset)

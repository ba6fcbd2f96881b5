"""Our own checks, each with the fault that it is there to find."""

from pathlib import Path

import dagster as dg
import duckdb
import psycopg
import pytest

from revenue_assets.checks.conservation import rows_are_conserved
from revenue_assets.checks.lake_and_warehouse import unbalanced_periods
from revenue_assets.contract.load import LoadReport, load_month_datasets, load_snapshot
from revenue_assets.contract.source import load_source
from revenue_assets.lake.files import Lake
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.connection import connect

KEY = dg.AssetKey(["raw", "usage_events"])
USAGE = """
insert into lake.period_usage (
    source_name, organization_id, account_id, subscription_id, meter_id, period_start, period_end, billing_month,
    events_actual, events_reported, units_actual, units_less_rejected, units_less_unreported, units_requantified,
    units_less_overwritten, units_with_reported_twice, units_reported
)
values ('src', 'org', 'a', 's', 'm', '2025-01-01', '2025-02-01', '2025-01-01', 10, %s, 0, 0, 0, 0, 0, 0, 0)
"""
FINDING = """
insert into lake.period_findings (
    source_name, organization_id, account_id, subscription_id, meter_id, period_start, period_end, billing_month,
    code, events, units
)
values ('src', 'org', 'a', 's', 'm', '2025-01-01', '2025-02-01', '2025-01-01', %s, %s, 0)
"""


@pytest.fixture
def reports(home: Path) -> list[LoadReport]:
    source = load_source("revmatch")
    return [load_month_datasets(source, "usage_events", ["2026-10", "2026-11"]), load_snapshot(source, "invoices")]


def test_rows_are_conserved_when_lake_and_quarantine_hold_what_came_in(reports: list[LoadReport]) -> None:
    assert sum(report.rows_in for report in reports) == 3961 + 8
    assert rows_are_conserved(KEY, reports).passed


def test_a_lake_file_that_lost_rows_is_found(reports: list[LoadReport]) -> None:
    file = Lake.from_settings().month_file("raw", "usage_events", "2026-10", "revmatch")
    beside = file.with_suffix(".beside")
    duckdb.connect().execute(f"copy (from '{file}' limit 1000) to '{beside}' (format parquet)")
    beside.replace(file)
    result = rows_are_conserved(KEY, reports)
    assert not result.passed
    assert result.severity == dg.AssetCheckSeverity.ERROR
    assert "revmatch: 3,961 rows came in, 3,660 are in lake and quarantine" in (result.description or "")


def test_a_file_that_is_missing_is_found(reports: list[LoadReport]) -> None:
    Lake.from_settings().snapshot_file("raw", "invoices", "revmatch").unlink()
    assert not rows_are_conserved(KEY, reports).passed


@pytest.mark.parametrize(
    ("reported", "findings", "balanced"),
    [
        (10, [], True),
        (8, [("U1", 2)], True),
        (11, [("U1", 2), ("U8", 1), ("U9", 2)], True),
        (7, [("U3", 2), ("U1", 1)], True),
        (10, [("U2", 3)], True),
        (None, [], True),
        (9, [], False),
        (10, [("U1", 1)], False),
        (10, [("U9", 1)], False),
        (10, [("U3", 1)], False),
    ],
)
def test_reported_and_unreported_events_must_make_the_actual_ones(
    warehouse: DatabaseAddress, reported: int | None, findings: list[tuple[str, int]], balanced: bool
) -> None:
    with connect() as connection:
        write(connection, reported, findings)
        found = unbalanced_periods(connection, ["2025-01"])
        assert (found == []) is balanced
        assert unbalanced_periods(connection, []) == found
        assert unbalanced_periods(connection, ["2025-02"]) == []
    if not balanced:
        assert found[0].startswith("a, m, period of 2025-01-01: ")


def write(connection: psycopg.Connection, reported: int | None, findings: list[tuple[str, int]]) -> None:
    connection.execute(USAGE, [reported])
    for finding in findings:
        connection.execute(FINDING, finding)

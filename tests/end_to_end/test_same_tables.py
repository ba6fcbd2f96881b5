"""Closing again, in another order or month by month gives the same tables, byte for byte. After a kill: `faults/`."""

import json
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from revenue_assets.definitions import defs
from revenue_assets.findings.queries import FINDING_COLUMNS
from revenue_assets.partitions import months_of_run
from tests.end_to_end.installation import Installation


@pytest.fixture(scope="module")
def backwards(new_installation: Callable[[str], Installation]) -> Installation:
    """The revmatch sample, closed month by month, the last month first; tests close it again."""
    installation = new_installation("backwards")
    installation.close("revmatch", "2026-11", "2026-11", is_checked=False)
    installation.close("revmatch", "2026-10", "2026-10")
    return installation


def test_month_by_month_and_the_last_month_first_is_the_same_as_the_range(
    revmatch: Installation, backwards: Installation
) -> None:
    tables = revmatch.fingerprint()
    assert {"marts.revmatch_leaks", "lake.period_usage", "raw.invoices", "intermediate.int_rated_items"} <= set(tables)
    assert backwards.fingerprint() == tables


def test_closing_the_same_months_again_changes_nothing(revmatch: Installation, backwards: Installation) -> None:
    printed = backwards.close("revmatch", is_checked=False)
    assert backwards.fingerprint() == revmatch.fingerprint()
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    assert {"entitled 827.40", "metered 584.40", "invoiced 584.40", "collected not delivered"} <= set(lines)
    assert "revmatch U1 unreported_usage 23 1,282 268.20 0.00 USD" in lines
    assert "USD under 268.20 over 25.20 net 243.00" in lines


def test_a_range_of_months_is_one_run_of_dagster(revmatch: Installation) -> None:
    assert revmatch.rows("select status, count(*) from dagster.runs group by status") == [("SUCCESS", 1)]
    query = """
        select partition, count(*) from dagster.event_logs
        where dagster_event_type = 'ASSET_MATERIALIZATION' and asset_key = '["marts", "revmatch_leaks"]'
        group by partition order by partition
    """
    assert revmatch.rows(query) == [("2026-10", 1), ("2026-11", 1)]


def test_dagster_shows_the_rows_of_each_month_the_columns_and_where_they_come_from(revmatch: Installation) -> None:
    query = """
        select event from dagster.event_logs
        where dagster_event_type = 'ASSET_MATERIALIZATION' and asset_key = '["marts", "revmatch_leaks"]'
            and partition = '2026-10'
    """
    ((event,),) = revmatch.rows(query)
    materialization = json.loads(event)["dagster_event"]["event_specific_data"]["materialization"]
    metadata = {entry["label"]: entry["entry_data"] for entry in materialization["metadata_entries"]}
    (rows,) = revmatch.rows("select count(*) from marts.revmatch_leaks where billing_month = '2026-10-01'")
    assert metadata["dagster/row_count"]["value"] == rows[0]
    columns = metadata["dagster/column_schema"]["schema"]["columns"]
    assert [column["name"] for column in columns] == list(FINDING_COLUMNS)
    origins = metadata["dagster/column_lineage"]["column_lineage"]["deps_by_column"]["leak_amount"]
    assert {(*origin["asset_key"]["path"], origin["column_name"]) for origin in origins} == {
        ("intermediate", "int_leak_causes", "leak_amount"),
        ("intermediate", "int_potential_findings", "leak_amount"),
        ("intermediate", "int_document_findings", "leak_amount"),
    }


def test_events_that_come_after_the_close_ask_for_its_months_and_closing_them_is_a_close_of_the_new_data(
    revmatch: Installation, backwards: Installation, part_of_the_data: Path
) -> None:
    backwards.close("revmatch", "2026-10", "2026-10", is_checked=False, data_dir=str(part_of_the_data))
    (request,) = late_events_tick(backwards)
    # November is closed again too: its gaps are measured by October's season, and copies of an event lie in both.
    assert months_of_run(request.tags) == ["2026-10", "2026-11"]
    assert request.run_config["resources"]["platform"]["config"]["sources"] == ["revmatch"]
    assert request.tags["revenue/reason"] == "late events in 2026-10"
    query = "select kind, condition ->> 'title', cleared_at is null from app.alerts where kind = 'late_events'"
    title = "Source revmatch delivers other events of 2026-10 than it was closed with"
    assert backwards.rows(query) == [("late_events", title, True)]

    backwards.close("revmatch", "2026-10", "2026-11", is_checked=False)
    assert backwards.fingerprint() == revmatch.fingerprint()
    assert late_events_tick(backwards) == []
    assert backwards.rows(query) == [("late_events", title, False)]


def late_events_tick(installation: Installation) -> list[dg.RunRequest]:
    """The runs that the sensor asks for."""
    sensor = defs().get_repository_def().get_sensor_def("late_events")
    with installation.active(REVENUE_SOURCES="revmatch"):
        context = dg.build_sensor_context(dg.DagsterInstance.ephemeral())
        return list(sensor.evaluate_tick(context).run_requests or [])

"""Closing again, in another order or month by month gives the same tables, byte for byte, and the same finding ids."""

from tests.end_to_end.installation import Installation


def test_month_by_month_and_the_last_month_first_is_the_same_as_the_range(
    revmatch: Installation, backwards: Installation
) -> None:
    tables = revmatch.fingerprint()
    assert {"marts.revmatch_leaks", "lake.period_usage", "raw.invoices", "intermediate.int_ladder"} <= set(tables)
    assert backwards.fingerprint() == tables


def test_closing_the_same_months_again_changes_nothing(revmatch: Installation, backwards: Installation) -> None:
    backwards.close("revmatch")
    assert backwards.fingerprint() == revmatch.fingerprint()


def test_a_range_of_months_is_one_run_of_dagster(revmatch: Installation) -> None:
    assert revmatch.rows("select status, count(*) from dagster.runs group by status") == [("SUCCESS", 1)]
    query = """
        select partition, count(*) from dagster.event_logs
        where dagster_event_type = 'ASSET_MATERIALIZATION' and asset_key = '["marts", "revmatch_leaks"]'
        group by partition order by partition
    """
    assert revmatch.rows(query) == [("2026-10", 1), ("2026-11", 1)]

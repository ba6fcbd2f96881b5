"""Closing again, in another order or month by month gives the same tables, byte for byte, and the same finding ids."""

from collections.abc import Callable

import pytest

from tests.end_to_end.installation import Installation


@pytest.fixture(scope="module")
def ranged(new_installation: Callable[[str], Installation]) -> tuple[Installation, dict[str, str]]:
    """The sample closed as one range, and what the tables then held."""
    installation = new_installation("ranged")
    installation.close("revmatch")
    return installation, installation.fingerprint()


def test_closing_twice_changes_nothing(ranged: tuple[Installation, dict[str, str]]) -> None:
    installation, first = ranged
    assert {"marts.revmatch_leaks", "lake.period_usage", "raw.invoices", "intermediate.int_ladder"} <= set(first)
    installation.close("revmatch")
    assert installation.fingerprint() == first


def test_month_by_month_and_the_last_month_first_is_the_same_as_the_range(
    ranged: tuple[Installation, dict[str, str]], new_installation: Callable[[str], Installation]
) -> None:
    installation = new_installation("backwards")
    installation.close("revmatch", "2026-11", "2026-11")
    assert installation.rows("select distinct billing_month::text from marts.revmatch_leaks") == [("2026-11-01",)]
    installation.close("revmatch", "2026-10", "2026-10")
    assert installation.fingerprint() == ranged[1]


def test_one_close_is_one_run_of_dagster(ranged: tuple[Installation, dict[str, str]]) -> None:
    installation, _ = ranged
    runs = installation.rows("select status, count(*) from dagster.runs group by status")
    assert dict(runs).keys() == {"SUCCESS"}
    query = """
        select count(distinct run_id) from dagster.event_logs
        where dagster_event_type = 'ASSET_MATERIALIZATION' and asset_key = '["marts", "revmatch_leaks"]'
    """
    assert installation.rows(query) == [(sum(dict(runs).values()),)]

"""A clock that is behind or ahead: nothing is closed wrongly, and no version of a finding is undone by it.

The clock is asked in three places: which months have begun, whether a source's as_of can be true, and the as_of of a
source that does not tell one. Durations are measured by another clock, which never goes back.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from revenue_assets.commands.close import months_to_close
from revenue_assets.contract.load import load_month_datasets, load_snapshot
from revenue_assets.contract.reading import read_as_of
from revenue_assets.contract.source import Source, load_source
from revenue_assets.errors import CloseError, SourceError
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.connection import connect
from revenue_assets.warehouse.raw import load_raw

AS_OF = datetime(2026, 11, 21, tzinfo=UTC)  # revmatch's own
pytestmark = pytest.mark.usefixtures("home")


def without_as_of(at: datetime) -> Source:
    """The sample as a source whose "now" is the clock's, which says `at`."""
    source = replace(load_source("revmatch"), as_of_select=None)
    vars(source)["_as_of"] = read_as_of(source, at)
    return source


def test_a_month_that_has_not_begun_is_refused_when_the_clock_is_behind() -> None:
    source = load_source("revmatch")
    with pytest.raises(CloseError, match=r"2026-11 has not begun yet: close up to --to 2026-10, or correct the clock"):
        months_to_close(source, None, None, at=datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC))
    months = months_to_close(source, None, None, at=datetime(2026, 11, 1, tzinfo=UTC))
    assert months == ("2026-10", "2026-11")


def test_a_clock_that_is_ahead_closes_no_month_that_the_source_does_not_have() -> None:
    months = months_to_close(load_source("revmatch"), None, None, at=AS_OF + timedelta(days=4000))
    assert months == ("2026-10", "2026-11")


def test_a_source_that_has_told_everything_until_tomorrow_is_refused() -> None:
    source = load_source("revmatch")
    sentence = (
        r"^Source revmatch says that it has told everything until 2026-11-21 00:00 UTC, but the clock of this machine "
        r"says 2026-11-19 12:00: correct .*as_of\.sql or the clock\.$"
    )
    with pytest.raises(SourceError, match=sentence):
        read_as_of(source, at=AS_OF - timedelta(hours=36))
    assert read_as_of(source, at=AS_OF - timedelta(hours=23)) == AS_OF


def test_events_that_a_slow_clock_takes_for_future_ones_are_set_aside_and_come_back(home: Path) -> None:
    behind = load_month_datasets(without_as_of(AS_OF - timedelta(days=5)), "usage_events", ["2026-10", "2026-11"])
    right = load_month_datasets(without_as_of(AS_OF), "usage_events", ["2026-10", "2026-11"])
    assert behind.rows_quarantined > 0
    assert behind.rows_in == behind.rows_out + behind.rows_quarantined == right.rows_in
    assert right.rows_quarantined == 0


def test_a_clock_that_went_back_undoes_no_close(warehouse: DatabaseAddress) -> None:
    right, behind = without_as_of(AS_OF), without_as_of(AS_OF - timedelta(days=30))
    with connect() as connection:
        for dataset in [name for name in right.datasets if name not in ("usage_events", "reported_events")]:
            load_snapshot(right, dataset)
        load_raw(connection, right)
    sentence = (
        r"was closed at 2026-11-21 00:00 UTC, but the clock of this machine says 2026-10-22 00:00: correct the clock"
    )
    with pytest.raises(SourceError, match=sentence), connect() as connection:
        load_raw(connection, behind)
    with connect() as connection:
        assert connection.execute("select as_of from raw.organizations").fetchall() == [(AS_OF,)]
        load_raw(connection, without_as_of(AS_OF - timedelta(hours=1)))  # clocks of two machines, both right enough
        load_raw(connection, load_source("revmatch"))

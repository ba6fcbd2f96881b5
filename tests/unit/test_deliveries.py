"""What a source delivers now is compared with what was loaded: any change is seen, and nothing else is one."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from revenue_assets.automation.late_events import (
    changes,
    fingerprint,
    late_event_conditions,
    months_to_close_again,
    still_changed,
)
from revenue_assets.contract.delivered import Delivered
from revenue_assets.contract.deliveries import delivered_now
from revenue_assets.contract.load import load_month_datasets
from revenue_assets.contract.source import Source, load_source
from revenue_assets.settings import get_settings

MONTHS = ["2025-03", "2025-04"]
MARCH = ["e1,a1,call,2025-03-05 10:00:00,1.5", "e2,a1,call,2025-03-06 10:00:00,2", "e2,a1,call,2025-03-06 10:00:00,2"]
APRIL = ["e3,a1,call,2025-04-05 10:00:00,1"]
Deliver = Callable[..., Source]


@pytest.fixture
def deliver(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Deliver:
    """A source whose events are these lines, in a file that is read as it stands or one that is read for each month."""
    kind = getattr(request, "param", "csv")
    folder = tmp_path / "sources" / "shop"
    folder.mkdir(parents=True)
    (folder / "source.toml").write_text('organization_id = "org"')
    monkeypatch.setenv("REVENUE_SOURCES_DIR", str(folder.parent))
    get_settings.cache_clear()

    def make(*lines: str, as_of: str = "2025-05-10", select: str = "*") -> Source:
        import duckdb

        file = tmp_path / f"events.{kind}"
        text = tmp_path / "events.csv"
        text.write_text("\n".join(["event_id,account_id,event_name,occurred_at,units", *lines]) + "\n")
        if kind == "parquet":
            duckdb.sql(f"copy (from read_csv('{text}', all_varchar = true)) to '{file}'")
        reader = f"read_{kind}('{file}'{', all_varchar = true' if kind == 'csv' else ''})"
        (folder / "usage_events.sql").write_text(f"select {select} from {reader}")
        (folder / "as_of.sql").write_text(f"select timestamptz '{as_of} 00:00:00+00'")
        return load_source("shop")

    return make


def closed(source: Source) -> dict[str, dict[str, Delivered]]:
    return {"usage_events": load_month_datasets(source, "usage_events", MONTHS).delivered}


def touched(source: Source, before: dict[str, dict[str, Delivered]]) -> list[str]:
    return [change.month for change in changes(source, before)]


@pytest.mark.parametrize("deliver", ["csv", "parquet"], indirect=True)
def test_the_same_rows_are_no_change_in_whatever_order_and_type(deliver: Deliver) -> None:
    before = closed(deliver(*MARCH, *APRIL))
    assert {month: each.rows for month, each in before["usage_events"].items()} == {"2025-03": 3, "2025-04": 1}
    assert before["usage_events"]["2025-03"].latest_at == datetime(2025, 3, 6, 10, tzinfo=UTC)
    assert touched(deliver(*MARCH, *APRIL), before) == []
    assert touched(deliver(*APRIL, *reversed(MARCH)), before) == []
    typed = "event_id, account_id, event_name, occurred_at::timestamp as occurred_at, units::double as units, 1 as more"
    assert touched(deliver(*MARCH, *APRIL, select=typed), before) == []


@pytest.mark.parametrize(
    ("march", "rows"),
    [
        ([*MARCH, "e4,a1,call,2025-03-31 23:59:59,1"], 1),
        (MARCH[:2], 1),
        (MARCH[1:], 1),
        ([], 3),
        ([*MARCH, MARCH[0], MARCH[0]], 2),  # two more copies: equal rows must not cancel each other out
        ([MARCH[0], *["e5,a1,call,2025-03-06 10:00:00,2"] * 2], 1),
        ([MARCH[0].replace("1.5", "1.6"), *MARCH[1:]], 1),
        ([MARCH[0].replace("a1", "a2"), *MARCH[1:]], 1),
        ([MARCH[0].replace("1.5", "many"), *MARCH[1:]], 1),
    ],
)
def test_a_row_that_comes_goes_or_changes_touches_its_month_alone(
    deliver: Deliver, march: list[str], rows: int
) -> None:
    before = closed(deliver(*MARCH, *APRIL))
    found = changes(deliver(*march, *APRIL), before)
    (condition,) = late_event_conditions(found)
    assert (condition.cause, int(condition.level), condition.unit) == ("shop:2025-03", rows, "rows")


@pytest.mark.parametrize("deliver", ["csv", "parquet"], indirect=True)
def test_a_month_whose_grace_is_not_over_is_left_to_the_daily_close(deliver: Deliver) -> None:
    before = closed(deliver(*MARCH, *APRIL))
    late = "e4,a1,call,2025-04-30 23:00:00,1"
    assert touched(deliver(*MARCH, *APRIL, late, as_of="2025-05-03"), before) == []
    assert touched(deliver(*MARCH, *APRIL, late, as_of="2025-05-04"), before) == ["2025-04"]


def test_closed_months_that_are_made_from_the_touched_one_are_closed_again_with_it(deliver: Deliver) -> None:
    before = closed(deliver(*MARCH, *APRIL))
    source = deliver(*MARCH[:2], *APRIL)
    assert months_to_close_again(source, changes(source, before), before) == ["2025-03", "2025-04"]
    source = deliver(*MARCH, "e4,a1,call,2025-04-01 00:00:00,1")
    assert months_to_close_again(source, changes(source, before), before) == ["2025-04"]
    assert months_to_close_again(source, [], before) == []
    assert still_changed(changes(source, before), closed(source)) == []  # it was closed while the source was read


def test_a_change_is_the_same_until_more_comes(deliver: Deliver) -> None:
    before = closed(deliver(*MARCH, *APRIL))
    once = fingerprint(changes(deliver(*MARCH[:2], *APRIL), before))
    assert fingerprint(changes(deliver(*MARCH[:2], *APRIL), before)) == once
    assert fingerprint(changes(deliver(*MARCH[:1], *APRIL), before)) != once


def test_digests_of_another_version_of_duckdb_are_compared_by_rows_alone(deliver: Deliver) -> None:
    now = delivered_now(deliver(*MARCH, *APRIL), "usage_events", MONTHS)
    assert now["2025-03"].is_same_as(Delivered(3, "duckdb-0.0.1:1"))
    assert not now["2025-03"].is_same_as(Delivered(2, "duckdb-0.0.1:1"))
    assert delivered_now(deliver(*MARCH, *APRIL), "usage_events", []) == {}

"""The lake's results in PostgreSQL: month by month, digit by digit."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from revenue_assets.errors import CloseError
from revenue_assets.lake.files import Lake
from revenue_assets.lake.publish import PUBLISHED, publish
from revenue_assets.warehouse.connection import connect


class Source:
    name = "test"
    matching = "event_id"
    datasets = {"usage_events": "", "reported_events": ""}  # noqa: RUF012

    def as_of(self) -> datetime:
        return datetime(2025, 4, 1, tzinfo=UTC)


def write_unclaimed(month: str, rows: str) -> Path:
    """Write rows `(account, units, first_event_at)` as the lake writes them."""
    target = Lake.from_settings().month_file("reconciled", "unclaimed_usage", month, "test")
    target.parent.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(
        "copy (select 'test' as source_name, 'org' as organization_id, account as account_id, 'calls' as event_name,"
        f" null::varchar as meter_id, 'unmapped' as outcome, date '{month}-01' as billing_month, 1::bigint as events,"
        " units::decimal(38, 12) as units, first::timestamptz as first_event_at, null::timestamptz as last_event_at"
        f" from (values {rows}) as given(account, units, first)) to '{target}' (format parquet)"
    )
    return target


def stored() -> list[tuple[Any, ...]]:
    with connect() as connection:
        return connection.execute(
            "select account_id, meter_id, billing_month, units, first_event_at from lake.unclaimed_usage order by 3, 1"
        ).fetchall()


@pytest.mark.usefixtures("warehouse")
def test_months_are_replaced_and_others_stay() -> None:
    moment = datetime(2025, 1, 5, 1, 2, 3, 456789, tzinfo=UTC)
    write_unclaimed("2025-01", f"('a', '12345678901234.123456789012', '{moment.isoformat()}'), ('b,\"\\N', '0', null)")
    write_unclaimed("2025-02", "('c', '1', null)")
    with connect() as connection:
        assert publish(connection, Source(), ["2025-01", "2025-02"], "unclaimed_usage") == 3
        connection.commit()
    january, february = date(2025, 1, 1), date(2025, 2, 1)
    assert stored() == [
        ("a", None, january, Decimal("12345678901234.123456789012"), moment),
        ('b,"\\N', None, january, Decimal(0), None),
        ("c", None, february, Decimal(1), None),
    ]
    write_unclaimed("2025-01", "('d', '2', null)")
    with connect() as connection:
        assert publish(connection, Source(), ["2025-01"], "unclaimed_usage") == 1
        connection.commit()
    assert [(row[0], row[2]) for row in stored()] == [("d", january), ("c", february)]


@pytest.mark.usefixtures("warehouse")
def test_nothing_is_replaced_before_the_caller_commits() -> None:
    write_unclaimed("2025-01", "('a', '1', null)")
    with connect() as connection:
        publish(connection, Source(), ["2025-01"], "unclaimed_usage")
        assert stored() == []
        connection.rollback()


@pytest.mark.usefixtures("warehouse")
def test_a_month_that_was_not_built_is_refused() -> None:
    write_unclaimed("2025-01", "('a', '1', null)")
    with (
        connect() as connection,
        pytest.raises(CloseError, match="unclaimed_usage of source test for 2025-02 is not in the lake"),
    ):
        publish(connection, Source(), ["2025-01", "2025-02"], "unclaimed_usage")


@pytest.mark.usefixtures("warehouse")
def test_every_published_dataset_has_a_table() -> None:
    with connect() as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'lake'").fetchall()
    assert {name for (name,) in tables} == set(PUBLISHED)

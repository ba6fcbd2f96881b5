"""A failed dbt test shows what it demands and the first rows that break it."""

import dagster as dg

from revenue_assets.assets.failing_rows import examples, explained, failed_queries
from tests.integration.conftest import Books

KEY = dg.AssetKey(["staging", "severity_thresholds"])


def test_the_rows_that_a_test_of_dbt_found_are_shown_with_the_reason(books: Books) -> None:
    assert failed_queries(books._invoke("build", "--select", "severity_thresholds")) == {}
    books.connection.execute(
        "insert into staging.severity_thresholds select * from staging.severity_thresholds limit 2"
    )
    found = failed_queries(books._invoke("test", "--select", "severity_thresholds"))
    ((name, query),) = found.items()
    assert "grain" in name
    given = {"dagster_dbt/failed_row_count": 2}
    result = dg.AssetCheckResult(passed=False, asset_key=KEY, check_name="grain", metadata=given)
    told = explained(result, {"meta": {"description": "One row per currency."}}, query, books.connection)
    assert told.description == "2 rows. One row per currency."
    assert not told.passed
    table = str(told.metadata["failing_rows"].value).splitlines()
    assert table[:2] == ["| currency | row_count |", "| --- | --- |"]
    assert sorted(table[2:]) == ["| * | 2 |", "| USD | 2 |"]


def test_at_most_five_rows_are_shown_and_no_cell_breaks_the_table(books: Books) -> None:
    query = "select n as number, E'a|b\\nc' || repeat('x', 80) as text, null as nothing from generate_series(1, 9) as n"
    lines = examples(books.connection, query).splitlines()
    assert lines[:3] == ["| number | text | nothing |", "| --- | --- | --- |", f"| 1 | a\\|b c{'x' * 54}… |  |"]
    assert len(lines) == 2 + 5


def test_rows_that_cannot_be_shown_are_said_to_be_so_and_the_connection_lives_on(books: Books) -> None:
    assert examples(books.connection, "select 1 / 0 as x").startswith("The rows cannot be shown (division by zero")
    assert books.connection.execute("select 1").fetchall() == [(1,)]

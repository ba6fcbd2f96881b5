"""What a person sees of a failed dbt test: how many rows, what they should have been, and the first of them.

A test is a query for what must not be there; it is asked once more, for a few rows, over the same months.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import psycopg
from psycopg import sql

_MOST = 5
_WIDEST = 60


def explained(
    result: dg.AssetCheckResult, test: Mapping[str, Any], query: str, connection: psycopg.Connection
) -> dg.AssetCheckResult:
    """The result of a failed test with its reason in words and examples; `query` is the test as dbt compiled it."""
    rows = result.metadata.get("dagster_dbt/failed_row_count")
    count = f"{rows.value:,} rows. " if rows and isinstance(rows.value, int) else ""
    return dg.AssetCheckResult(
        passed=result.passed,
        asset_key=result.asset_key,
        check_name=result.check_name,
        severity=result.severity,
        description=f"{count}{test['meta']['description']}",
        metadata={**result.metadata, "failing_rows": dg.MetadataValue.md(examples(connection, query))},
    )


def examples(connection: psycopg.Connection, query: str) -> str:
    """The first rows that a test finds, as a table; or why they cannot be shown: they stay found all the same."""
    try:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(sql.SQL("select * from ({}) as found limit {}").format(sql.SQL(query), sql.Literal(_MOST)))
            names = [column.name for column in cursor.description or ()]
            found = cursor.fetchall()
    except psycopg.Error as error:
        return f"The rows cannot be shown ({' '.join(str(error).split())})."
    lines = [names, ["---"] * len(names), *found]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(value: object) -> str:
    text = "" if value is None else " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"


def failed_queries(results: Sequence[Any]) -> dict[str, str]:
    """The compiled queries of the tests that found something, by the test's id, from dbt's results of a build."""
    return {
        result.node.unique_id: result.node.compiled_code
        for result in results
        if result.node.resource_type == "test" and str(result.status) in ("fail", "warn") and result.node.compiled_code
    }

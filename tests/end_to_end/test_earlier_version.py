"""A warehouse that an earlier version filled: built anew where that is possible, refused in a sentence where not."""

from collections.abc import Callable

import psycopg
import pytest

from revenue_assets.errors import CloseError
from tests.end_to_end.installation import Installation


@pytest.fixture(scope="module")
def closed(new_installation: Callable[[str], Installation]) -> tuple[Installation, dict[str, str]]:
    """The revmatch sample with all its months closed, and what its tables then hold."""
    installation = new_installation("earlier")
    installation.close("revmatch", is_checked=False)
    return installation, installation.fingerprint()


def change(installation: Installation, statement: str) -> None:
    with psycopg.connect(**installation.address.keywords()) as connection:  # type: ignore[arg-type]
        connection.execute(statement.encode())


def test_tables_of_dbt_with_other_columns_are_built_anew_for_all_months(
    closed: tuple[Installation, dict[str, str]],
) -> None:
    installation, tables = closed
    change(installation, "alter table intermediate.int_leak_causes drop column absorbed_code cascade")
    change(installation, "alter table marts.revmatch_leaks add column forgotten text")
    change(installation, "alter table staging.leak_codes drop column bucket cascade")
    months = [month for (month,) in installation.rows("select distinct billing_month from marts.revmatch_leaks")]
    assert len(months) > 1
    printed = installation.close("revmatch", first=f"{max(months):%Y-%m}", is_checked=False)
    assert "built by an earlier version: all its months are built anew" in " ".join(printed.split())
    assert installation.fingerprint() == tables


def test_a_table_of_the_lake_with_other_columns_is_refused_with_the_command_that_helps(
    closed: tuple[Installation, dict[str, str]],
) -> None:
    installation, tables = closed
    change(installation, "alter table lake.period_usage drop column units_requantified cascade")
    with pytest.raises(CloseError) as refused:
        installation.close("revmatch")
    sentence = str(refused.value)
    assert "lake.period_usage has other columns" in sentence
    assert "`revenue close --source revmatch --rebuild`" in sentence

    printed = installation.close("revmatch", rebuild=True)
    assert "earlier version" not in printed
    assert installation.fingerprint() == tables


def test_a_database_that_a_later_version_has_changed_is_refused_before_a_file_is_replaced(
    closed: tuple[Installation, dict[str, str]],
) -> None:
    installation, tables = closed
    (version,) = installation.rows("select version_num from app.alembic_version")[0]
    files = {path: path.stat().st_mtime_ns for path in (installation.home / "lake").rglob("*.parquet")}
    change(installation, "update app.alembic_version set version_num = '9001'")
    with pytest.raises(CloseError, match=r"A later version .* at 9001"):
        installation.close("revmatch")
    change(installation, f"update app.alembic_version set version_num = '{version}'")
    assert files
    assert {path: path.stat().st_mtime_ns for path in (installation.home / "lake").rglob("*.parquet")} == files
    assert installation.fingerprint() == tables


def test_a_rebuild_is_of_all_months(closed: tuple[Installation, dict[str, str]]) -> None:
    with pytest.raises(CloseError, match="leave --from and --to out"):
        closed[0].close("revmatch", first="2026-01", rebuild=True)

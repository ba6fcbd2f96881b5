"""The tables that no rebuild derives again: brought up to date with all their rows, or left alone."""

import shutil
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from revenue_assets.errors import CloseError
from revenue_assets.warehouse import migrations
from revenue_assets.warehouse.connection import connect
from revenue_assets.warehouse.tables import ensure_tables

pytestmark = pytest.mark.usefixtures("warehouse")

_NEXT = """
from alembic import op
revision, down_revision = "9001", "{last}"
def upgrade():
    op.execute("alter table app.delivered_rows add column noted_by text default 'nobody: 100 %'")
    {more}
"""


@pytest.fixture
def rows() -> list[tuple[str, ...]]:
    """What the installation holds."""
    with connect() as connection:
        connection.execute("insert into app.delivered_rows values ('shop', 'plans', 3)")
    return [("shop", "plans", "3")]


def next_version(folder: Path, monkeypatch: pytest.MonkeyPatch, more: str = "") -> None:
    """Another version of the program, which has one migration more."""
    shutil.copytree(migrations._FOLDER, folder)
    last = migrations._versions()[-1]
    (folder / "versions" / "9001_more.py").write_text(_NEXT.format(last=last, more=more))
    monkeypatch.setattr(migrations, "_FOLDER", folder)
    monkeypatch.setattr(migrations, "_versions", migrations._versions.__wrapped__)


def found(columns: str = "source_name, dataset, rows::text") -> list[tuple[str, ...]]:
    with connect() as connection:
        return connection.execute(f"select {columns} from app.delivered_rows".encode()).fetchall()


def version() -> str:
    with connect() as connection:
        return migrations._version(connection)


def ensure() -> None:
    with connect() as connection:
        ensure_tables(connection)


def test_the_numbers_of_the_files_are_the_versions_and_one_follows_the_other() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations._FOLDER))
    script = ScriptDirectory.from_config(config)
    assert tuple(reversed([each.revision for each in script.walk_revisions()])) == migrations._versions()
    assert len(script.get_heads()) == 1


def test_a_new_warehouse_is_up_to_date() -> None:
    assert version() == migrations._versions()[-1]


def test_tables_from_before_there_were_migrations_are_taken_as_they_are(rows: list[tuple[str, ...]]) -> None:
    with connect() as connection:
        connection.execute("drop table app.alembic_version")
    ensure()
    assert version() == migrations._versions()[-1]
    assert found() == rows


def test_an_update_keeps_the_rows_and_the_version_before_refuses_what_it_does_not_know(
    rows: list[tuple[str, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as later:
        next_version(tmp_path / "later", later)
        ensure()
        ensure()
        assert version() == "9001"
        assert found() == rows
        assert found("noted_by") == [("nobody: 100 %",)]
    with pytest.raises(CloseError, match=r"A later version .* \(schema app is at 9001, this version knows 0\d+\)"):
        ensure()
    assert version() == "9001"


def test_an_update_that_fails_leaves_everything_as_it_was(
    rows: list[tuple[str, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = version()
    next_version(tmp_path / "broken", monkeypatch, "op.execute('alter table app.no_such_table add column other text')")
    with pytest.raises(psycopg.errors.UndefinedTable):
        ensure()
    assert version() == before
    with pytest.raises(psycopg.errors.UndefinedColumn):
        found("noted_by")
    assert found() == rows

"""A backup of a closed installation, and the way back from it after damage and loss of everything."""

import fcntl
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from revenue_assets.backup import database
from revenue_assets.backup.manifest import BackupError, Manifest
from revenue_assets.backup.restoring import Restored, restore
from revenue_assets.backup.taking import Taken, take_backup
from revenue_assets.cli import app
from revenue_assets.warehouse.programs import Programs
from tests.end_to_end.installation import Installation

# Dagster keeps connections of a run in this process, which a command would not outlive.
_END_CONNECTIONS = """
select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
"""
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def back_up(installation: Installation, folder: Path, at: datetime = NOON) -> Taken:
    with installation.active():
        return take_backup(folder, at, lambda: None, lambda step: None)


def put_back(installation: Installation, folder: Path, *, replace: bool = False) -> Restored:
    with installation.active():
        return restore(folder, replace=replace, on_wait=lambda: None, on_step=lambda step: None)


def lake_of(installation: Installation) -> dict[str, bytes]:
    root = installation.home / "lake"
    return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*.parquet")}


@pytest.fixture(scope="module")
def taken(revmatch: Installation, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """A backup of the closed sample; tests that damage one do it to a copy."""
    page = revmatch.home / "reports" / "run" / "usage_events.html"
    page.parent.mkdir(parents=True)
    page.write_text("a report")
    return back_up(revmatch, tmp_path_factory.mktemp("backups"))


@pytest.fixture(scope="module")
def restored(new_installation: Callable[[str], Installation], taken: Taken) -> Installation:
    """An installation on another machine, so to speak, into which the backup was restored."""
    installation = new_installation("restored")
    put_back(installation, taken.folder.parent)
    return installation


@pytest.fixture
def copied(taken: Taken, tmp_path: Path) -> Path:
    """A copy of the backup, to be damaged."""
    return Path(shutil.copytree(taken.folder, tmp_path / taken.folder.name))


def test_every_table_and_file_is_as_it_was(revmatch: Installation, restored: Installation) -> None:
    assert restored.fingerprint() == revmatch.fingerprint()
    assert lake_of(restored) == lake_of(revmatch)
    assert (restored.home / "reports" / "run" / "usage_events.html").read_text() == "a report"
    for query in (
        "select run_id, status from dagster.runs order by run_id",
        "select finding_id, seen_at, gone_at, ended from app.finding_versions order by finding_id, seen_at",
    ):
        assert restored.rows(query) == revmatch.rows(query) != []


def test_commands_work_on_what_was_restored_and_closing_again_changes_nothing(restored: Installation) -> None:
    (finding, events), *_ = restored.rows(
        "select finding_id, events from marts.revmatch_leaks where events > 0 order by leak_amount desc limit 1"
    )
    with restored.active():
        told = CliRunner().invoke(app, ["evidence", finding, "--format", "csv"], catch_exceptions=False)
    assert len(told.output.splitlines()) == events + 1
    before = restored.fingerprint()
    restored.close("revmatch", is_checked=False)
    assert restored.fingerprint() == before
    restored.rows(_END_CONNECTIONS)


@pytest.mark.parametrize("name", ["", "psql"])
def test_nobody_else_may_be_connected_to_the_database(restored: Installation, taken: Taken, name: str) -> None:
    sentence = rf"^Other programs are connected to the database \({name or 'without a name'} at 127.0.0.1\): stop them"
    with psycopg.connect(restored.address.url(application_name=name)), pytest.raises(BackupError, match=sentence):
        put_back(restored, taken.folder, replace=True)


def test_what_was_lost_is_there_again(revmatch: Installation, restored: Installation, taken: Taken) -> None:
    before = restored.fingerprint()
    shutil.rmtree(restored.home / "lake")
    with psycopg.connect(restored.address.url()) as connection:
        connection.execute("drop schema marts cascade")
        connection.execute("truncate raw.invoices")
    assert restored.fingerprint() != before
    with pytest.raises(BackupError, match=r"is not empty: add --replace"):
        put_back(restored, taken.folder)
    result = put_back(restored, taken.folder, replace=True)
    ((until,),) = restored.rows("select as_of from raw.organizations")
    assert result.sources == [f"revmatch (1 organizations, until {until:%Y-%m-%d %H:%M} UTC)"]
    assert restored.fingerprint() == before
    assert lake_of(restored) == lake_of(revmatch)
    assert not list(restored.home.glob(".*"))
    databases = [name for (name,) in restored.rows("select datname from pg_database")]
    assert not [name for name in databases if name.startswith(f"{restored.address.database}_")]


@pytest.mark.parametrize("path", ["database.dump", "lake", "manifest.json"])
def test_a_damaged_file_is_named_and_nothing_changes(restored: Installation, copied: Path, path: str) -> None:
    before, lake = restored.fingerprint(), lake_of(restored)
    victim = next((copied / path).rglob("*.parquet")) if path == "lake" else copied / path
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 0xFF
    victim.write_bytes(content)
    with pytest.raises(BackupError, match=rf"{victim} is damaged.*nothing was changed"):
        put_back(restored, copied, replace=True)
    victim.unlink()
    with pytest.raises(BackupError, match=r"missing|is no backup|There is no backup"):
        put_back(restored, copied, replace=True)
    assert (restored.fingerprint(), lake_of(restored)) == (before, lake)


def test_an_exchange_that_fails_leaves_everything_as_it_was(
    restored: Installation, taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = restored.home / "lake" / "raw" / "since.parquet"
    marker.write_bytes(b"written since")
    before = restored.fingerprint()

    def fail(*addresses: object) -> None:
        raise BackupError("somebody pulled the plug")

    monkeypatch.setattr(database, "take_place", fail)
    with pytest.raises(BackupError, match="plug"):
        put_back(restored, taken.folder, replace=True)
    assert marker.read_bytes() == b"written since"
    assert restored.fingerprint() == before
    marker.unlink()


def test_the_stack_has_to_be_down(restored: Installation, taken: Taken) -> None:
    (restored.home / "run").mkdir(exist_ok=True)
    with (restored.home / "run" / "daemon.lock").open("w") as life:
        fcntl.flock(life, fcntl.LOCK_EX)
        with pytest.raises(BackupError, match=r"^The stack is running .* run `revenue down` first\.$"):
            put_back(restored, taken.folder, replace=True)


def test_the_next_backup_shares_what_is_the_same_and_trusts_no_damaged_copy(
    revmatch: Installation, copied: Path
) -> None:
    half = copied.parent / ".2026-11-20T130000Z.writing"
    half.mkdir()
    damaged, kept, *_ = sorted((copied / "lake").rglob("*.parquet"))
    damaged.write_bytes(b"damaged")
    following = back_up(revmatch, copied.parent, NOON + timedelta(hours=1))
    assert not half.exists()
    assert following.shared == len(following.manifest.files) - 2  # the database and the damaged one
    assert (following.folder / kept.relative_to(copied)).samefile(kept)
    assert (following.folder / damaged.relative_to(copied)).read_bytes() != b"damaged"
    with pytest.raises(BackupError, match="exists already"):
        back_up(revmatch, copied.parent, NOON + timedelta(hours=1))


def test_no_secret_is_in_the_manifest_and_settings_that_differ_are_told(
    revmatch: Installation, restored: Installation, taken: Taken
) -> None:
    text = (taken.folder / "manifest.json").read_text()
    assert revmatch.address.password not in text
    assert "REVENUE_DATABASE_URL" not in text
    assert json.loads(text)["settings"]["REVENUE_UI_PORT"] == "3000"
    assert taken.folder.stat().st_mode & 0o077 == 0
    with restored.active(REVENUE_UI_PORT="3999"):
        result = restore(taken.folder, replace=True, on_wait=lambda: None, on_step=lambda step: None)
    assert result.other_settings == {
        "REVENUE_UI_PORT": ("3000", "3999"),
        "REVENUE_UI_URL": ("http://127.0.0.1:3000", "http://127.0.0.1:3999"),
    }


def test_a_folder_without_a_backup_and_one_inside_the_lake_are_refused(revmatch: Installation, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="There is no backup in"):
        put_back(revmatch, tmp_path)
    with pytest.raises(BackupError, match="choose another folder"):
        back_up(revmatch, revmatch.home / "lake" / "backups")
    (tmp_path / "file").touch()
    with pytest.raises(BackupError, match=r"cannot be written to .*: check its owner and free space"):
        back_up(revmatch, tmp_path / "file" / "backups")


def test_a_server_of_another_version_is_refused_in_one_sentence(
    revmatch: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Programs, "for_user", lambda user: Programs(Path("/none"), "17.2"))
    with pytest.raises(BackupError, match=r"^The server is PostgreSQL 18 and the programs .* are of 17: "):
        back_up(revmatch, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_manifest_of_a_later_version_is_refused(copied: Path) -> None:
    told = json.loads((copied / "manifest.json").read_text())
    (copied / "manifest.json").write_text(json.dumps(told | {"format": 2}))
    with pytest.raises(BackupError, match="later version"):
        Manifest.load(copied)

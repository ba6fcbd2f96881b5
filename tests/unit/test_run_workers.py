"""Runs begin as copies only where Dagster's code server starts them."""

import multiprocessing.forkserver
import sys
from types import SimpleNamespace
from unittest import mock

import pytest

from revenue_assets.automation.run_workers import begin_runs_preloaded


class _CodeServer:
    """As Dagster's: it keeps how it starts runs."""

    def __init__(self) -> None:
        self._mp_ctx = SimpleNamespace(get_start_method=lambda: "spawn")


def _how_runs_start(monkeypatch: pytest.MonkeyPatch, *command: str) -> tuple[str, bool]:
    """How a server that was there before starts runs after our definitions were loaded; is a fork server ready?"""
    server = _CodeServer()
    monkeypatch.setitem(sys.modules, "dagster._grpc.server", SimpleNamespace(DagsterApiServer=_CodeServer))
    monkeypatch.setattr(sys, "argv", ["dagster", *command])
    with mock.patch.object(multiprocessing.forkserver, "ensure_running") as started:
        begin_runs_preloaded()
    return server._mp_ctx.get_start_method(), started.called


def test_runs_of_the_code_server_are_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        assert _how_runs_start(monkeypatch, "api", "grpc", "--port", "4000") == ("forkserver", True)
    finally:
        del _CodeServer._mp_ctx


def test_other_processes_start_no_fork_server(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _how_runs_start(monkeypatch, "job", "execute") == ("spawn", False)

"""Lets runs begin as copies of a process that has imported everything, instead of importing it each for itself.

Dagster's code server starts a new Python for every run: seven seconds until its first step. Here it asks a fork server
of multiprocessing, one process that does nothing but wait. It is as new as the code server: both go with a reload.
"""

import multiprocessing
import multiprocessing.context
import multiprocessing.forkserver
import sys
from functools import cache
from typing import Any

_PRELOADED = "revenue_assets.automation.preloaded"


def begin_runs_preloaded() -> None:
    """In the process of a code server, start the fork server; elsewhere do nothing."""
    server: Any = sys.modules.get("dagster._grpc.server")
    if server is None or multiprocessing.current_process().name != "MainProcess" or not _serves():
        return
    server.DagsterApiServer._mp_ctx = property(lambda _: _fork_server(), lambda _, __: None)
    _fork_server()
    multiprocessing.forkserver.ensure_running()


def _serves() -> bool:
    """Whether this process was started as `dagster api grpc`, which is what a code server starts."""
    return sys.argv[1:3] == ["api", "grpc"]


@cache
def _fork_server() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["dagster._cli", _PRELOADED])
    return context

"""Stops what runs, PostgreSQL last: called by the supervisor when it is asked to end, else by `revenue down`."""

import signal
import time
from collections.abc import Callable

from revenue_assets.stack import files
from revenue_assets.stack.files import Started
from revenue_assets.stack.process import end_group, end_process, exclusively, processes_with, wait_until_gone
from revenue_assets.stack.running import MARK, mark
from revenue_assets.stack.services import POSTGRES, SERVICES
from revenue_assets.warehouse import server

_END_SECONDS = 15  # for all together, so that PostgreSQL has as long within half a minute


def stop_services(say: Callable[[str], None]) -> bool:
    """End every service with all its children, gently at first; True when something was running."""
    ours = [service for service in SERVICES if service.name != POSTGRES]
    was_running = _stop([service.name for service in reversed(ours)], say)
    if server.status().is_running:
        say("PostgreSQL")
        was_running = server.stop() or was_running
    return was_running


def _stop(names: list[str], say: Callable[[str], None]) -> bool:
    groups = {name: kept.pid for name in names if (kept := Started.load(name)) and files.lives(name)}
    left_over = [pid for name in names for pid in processes_with(MARK, mark(name))]
    if groups or left_over:
        say("Dagster and the reports")
    for group in groups.values():
        end_group(group, signal.SIGTERM)
    until = time.monotonic() + _END_SECONDS
    for name in groups:
        with exclusively(files.guard_file(name)):
            wait_until_gone(files.life_file(name), max(0.0, until - time.monotonic()))
    for name, group in groups.items():
        if files.lives(name):
            end_group(group, signal.SIGKILL)
    for name in names:
        for pid in processes_with(MARK, mark(name)):
            end_process(pid)
        files.forget_started(name)
    return bool(groups or left_over)

"""What a killed process was writing: recognised by the name of its writer, which is part of the file's name.

A writer is known by machine and process number. Numbers are only asked for on the machine itself (a container counts
as one); what another machine seems to write goes when it has been quiet for a day.
"""

import os
import socket
import time
from pathlib import Path

_QUIET_SECONDS = 24 * 3600


def writer() -> str:
    """This process, as the names of what it writes say it: `<machine>-<number>`."""
    return f"{_machine()}-{os.getpid()}"


def is_left_over(path: Path, name: str) -> bool:
    """Whether the writer that `name` begins with is gone; a path that is gone itself is left by nobody."""
    machine, _, number = name.partition(".")[0].rpartition("-")
    if machine == _machine() and number.isdigit():
        return not Path(f"/proc/{number}").exists() and path.exists()
    try:
        return time.time() - path.stat().st_mtime > _QUIET_SECONDS
    except FileNotFoundError:
        return False


def _machine() -> str:
    return socket.gethostname().replace(".", "_")

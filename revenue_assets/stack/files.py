"""The files by which the commands and the supervisor know what runs, below REVENUE_HOME/run and REVENUE_HOME/logs."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from revenue_assets.settings import get_settings
from revenue_assets.stack.process import exclusively, is_alive

SUPERVISOR = "supervisor"


def run_dir() -> Path:
    """The folder with the state of the services."""
    return get_settings().home / "run"


def logs_dir() -> Path:
    """The folder with what everything has to say."""
    return get_settings().home / "logs"


def life_file(name: str) -> Path:
    """The file that a living service holds locked."""
    return run_dir() / f"{name}.lock"


def log_file(name: str) -> Path:
    """Where a service writes; the supervisor moves whole lines on to `journal_file`."""
    return logs_dir() / f"{name}.log"


def journal_file() -> Path:
    """The one log of all services, one JSON object a line."""
    return logs_dir() / "stack.jsonl"


def stack_file() -> Path:
    """What the supervisor last knew. It is there from `revenue up` until `revenue down`, whatever happens between."""
    return run_dir() / "stack.json"


def lives(name: str) -> bool:
    """Whether a service that was launched with its life file lives; may be asked by several at once."""
    if not run_dir().exists():
        return False
    with exclusively(guard_file(name)):
        return is_alive(life_file(name))


def guard_file(name: str) -> Path:
    """The lock around asking for, and launching, a service."""
    return run_dir() / f"{name}.guard"


def write_whole(file: Path, content: Any) -> None:
    """Replace a JSON file, so that a reader sees the old one or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.write_text(json.dumps(content))
    beside.replace(file)


def read_whole(file: Path) -> Any:
    """What `write_whole` wrote; None when there is nothing, or only what a full disk has left of it."""
    try:
        return json.loads(file.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None


@dataclass(frozen=True)
class Started:
    """A process that was started; `address` is empty for one that listens nowhere."""

    name: str
    pid: int
    address: str
    started_at: datetime

    def save(self) -> None:
        """Remember the process for other commands and for the next supervisor."""
        write_whole(_started_file(self.name), asdict(self) | {"started_at": self.started_at.isoformat()})

    @classmethod
    def load(cls, name: str) -> "Started | None":
        """What was remembered of a service, whether it still runs or not."""
        kept = read_whole(_started_file(name))
        if kept is None:
            return None
        return cls(name, int(kept["pid"]), str(kept["address"]), datetime.fromisoformat(kept["started_at"]))

    @classmethod
    def now(cls, name: str, pid: int, address: str) -> "Started":
        """A process that was started at this moment."""
        return cls(name, pid, address, datetime.now(UTC))


def forget_started(name: str) -> None:
    """Remove what was remembered of a service that was stopped."""
    _started_file(name).unlink(missing_ok=True)


def _started_file(name: str) -> Path:
    return run_dir() / f"{name}.json"

"""The services of Dagster: the command of each, and the file that tells where one runs.

Starting, waiting and stopping is done by `supervisor.py`; the lock that proves that a service lives by `process.py`.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from revenue_assets.settings import get_settings

CODE_SERVER, WEBSERVER, DAEMON = "code-server", "webserver", "daemon"
LOCATION = "revenue_assets"


@dataclass(frozen=True)
class Service:
    """One detached process; `address` is empty for one that listens nowhere."""

    name: str
    pid: int
    address: str
    started_at: datetime

    def save(self) -> None:
        """Remember the service for later commands."""
        file = state_file(self.name)
        beside = file.with_name(f".{file.name}.{os.getpid()}")
        beside.write_text(json.dumps(asdict(self) | {"started_at": self.started_at.isoformat()}))
        beside.replace(file)

    @classmethod
    def load(cls, name: str) -> "Service | None":
        """What was remembered of a service, whether it still runs or not."""
        try:
            kept = json.loads(state_file(name).read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return cls(name, int(kept["pid"]), str(kept["address"]), datetime.fromisoformat(kept["started_at"]))

    @classmethod
    def started(cls, name: str, pid: int, address: str) -> "Service":
        """A service that was started now."""
        return cls(name, pid, address, datetime.now(UTC))


def run_dir() -> Path:
    """The folder with the state of the services."""
    return get_settings().home / "run"


def state_file(name: str) -> Path:
    """Where the state of a service is kept."""
    return run_dir() / f"{name}.json"


def life_file(name: str) -> Path:
    """The file that a living service holds locked."""
    return run_dir() / f"{name}.lock"


def log_file(name: str) -> Path:
    """Where a service writes what it has to say."""
    return get_settings().home / "logs" / f"{name}.log"


def command(name: str, workspace: Path, host: str = "", port: int = 0) -> list[str]:
    """The command line of a service; `host` and `port` are where it listens."""
    programs = Path(sys.executable).parent
    if name == CODE_SERVER:
        return [
            *(str(programs / "dagster"), "code-server", "start", "--host", host, "--port", str(port)),
            *("--module-name", "revenue_assets.definitions", "--location-name", LOCATION),
            "--use-python-environment-entry-point",  # or runs would look for `dagster` on the PATH
        ]
    if name == WEBSERVER:
        return [
            *(str(programs / "dagster-webserver"), "--host", host, "--port", str(port)),
            *("--workspace", str(workspace)),
        ]
    return [str(programs / "dagster-daemon"), "run", "--workspace", str(workspace)]


def workspace_text(host: str, port: int) -> str:
    """The workspace that points Dagster to the code server.

    The location has a fixed name, because the state of schedules and sensors hangs on it.
    """
    server = {"host": host, "port": port, "location_name": LOCATION}
    return json.dumps({"load_from": [{"grpc_server": server}]})  # JSON is YAML

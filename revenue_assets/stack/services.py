"""The table of services that make up the stack, in the order in which they start: adding one is one entry here.

Each says what it needs, its command line, where it listens and how its health is asked. Starting, watching and
stopping are the same for all of them: `running.py`, `watching.py`, `supervise.py`. docker-compose.yml runs the same
command lines.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from revenue_assets.settings import get_settings
from revenue_assets.stack import probes
from revenue_assets.stack.files import Started, lives

POSTGRES, CODE_SERVER, WEBSERVER, DAEMON, REPORTS = "postgres", "code-server", "webserver", "daemon", "reports"
LOCATION = "revenue_assets"
_LOCAL = "127.0.0.1"


@dataclass(frozen=True)
class Place:
    """Where a service listens; port 0 is nowhere."""

    host: str = ""
    port: int = 0

    @property
    def address(self) -> str:
        """As it stands in an URL; empty for nowhere."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if self.port else ""


@dataclass(frozen=True)
class Service:
    """One service. `problem` asks a living one how it is, given where and since when: None when it is well.

    It cannot work without what it `needs`; what it comes `after` only has to be tried before it is started.
    `start_seconds`: until its first good answer. `hang_seconds`: without a good answer before it is started anew.
    A service that `leads_runs` has runs of Dagster as children, which are spared when it is started anew.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    place: Callable[[], Place]
    command: Callable[[Place, Path], list[str]]
    problem: Callable[[str, datetime], str | None]
    after: tuple[str, ...] = ()
    port_setting: str = ""
    start_seconds: float = 180
    hang_seconds: float = 60
    leads_runs: bool = False


def _nowhere() -> Place:
    return Place()


def _code_server_place() -> Place:
    """The same port for as long as others run with a workspace that points to it, and otherwise if it is free."""
    from revenue_assets.warehouse.server import free_port

    kept = Started.load(CODE_SERVER)
    port = int(kept.address.rpartition(":")[2]) if kept else 0
    is_bound = port != 0 and (lives(WEBSERVER) or lives(DAEMON))
    return Place(_LOCAL, port if is_bound else free_port(port))


def _ui_place() -> Place:
    return Place(get_settings().ui_host, get_settings().ui_port)


def _reports_place() -> Place:
    return Place(get_settings().ui_host, get_settings().reports_port)


def _by_itself(place: Place, workspace: Path) -> list[str]:
    raise AssertionError("the embedded server is started by revenue_assets.warehouse.server")


def _code_server(place: Place, workspace: Path) -> list[str]:
    return [
        *(_program("dagster"), "code-server", "start", "--host", place.host, "--port", str(place.port)),
        *("--module-name", "revenue_assets.definitions", "--location-name", LOCATION, "--log-format", "json"),
        "--use-python-environment-entry-point",  # or runs would look for `dagster` on the PATH
    ]


def _webserver(place: Place, workspace: Path) -> list[str]:
    return [
        *(_program("dagster-webserver"), "--host", place.host, "--port", str(place.port)),
        *("--workspace", str(workspace), "--log-format", "json"),
    ]


def _daemon(place: Place, workspace: Path) -> list[str]:
    return [_program("dagster-daemon"), "run", "--workspace", str(workspace), "--log-format", "json"]


def _reports(place: Place, workspace: Path) -> list[str]:
    return [_program("python"), "-m", "revenue_assets.stack.reports", "--host", place.host, "--port", str(place.port)]


def _program(name: str) -> str:
    return str(Path(sys.executable).parent / name)


SERVICES = (
    Service(POSTGRES, "PostgreSQL", (), _nowhere, _by_itself, probes.postgres_problem, hang_seconds=120),
    Service(
        *(CODE_SERVER, "code server", (POSTGRES,), _code_server_place, _code_server, probes.code_server_problem),
        hang_seconds=120,
        leads_runs=True,
    ),
    Service(
        *(WEBSERVER, "Dagster webserver", (POSTGRES,), _ui_place, _webserver, probes.webserver_problem),
        port_setting="REVENUE_UI_PORT",
    ),
    Service(
        *(DAEMON, "Dagster daemon", (POSTGRES,), _nowhere, _daemon, probes.daemon_problem),
        after=(WEBSERVER,),  # which creates Dagster's tables
    ),
    Service(
        *(REPORTS, "reports", (), _reports_place, _reports, probes.reports_problem),
        port_setting="REVENUE_REPORTS_PORT",
        hang_seconds=30,
    ),
)


def service_named(name: str) -> Service:
    """The entry of the table."""
    return next(service for service in SERVICES if service.name == name)


def workspace_text(host: str, port: int) -> str:
    """The workspace that points Dagster to the code server.

    The location has a fixed name, because the state of schedules and sensors hangs on it.
    """
    server = {"host": host, "port": port, "location_name": LOCATION}
    return json.dumps({"load_from": [{"grpc_server": server}]})  # JSON is YAML

"""What docker-compose.yml names exists: programs, options, variables, services. Containers are not started here."""

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from revenue_assets.settings import PROJECT_DIR, Settings
from revenue_assets.stack import services

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT_DIR / "docker-compose.yml").read_text())
OURS = ("code-server", "webserver", "daemon")
ROLES = {"code-server": services.CODE_SERVER, "webserver": services.WEBSERVER, "daemon": services.DAEMON}


@pytest.mark.parametrize("name", OURS)
def test_every_program_is_installed(name: str) -> None:
    service = COMPOSE["services"][name]
    for command in (service["command"], service.get("healthcheck", {}).get("test", ["CMD", "dagster"])[1:]):
        assert shutil.which(command[0], path=str(Path(sys.executable).parent)), command[0]


@pytest.mark.parametrize("name", OURS)
def test_the_commands_are_those_of_revenue_up(name: str) -> None:
    command = COMPOSE["services"][name]["command"]
    native = services.command(ROLES[name], Path("workspace.yaml"), "127.0.0.1", 1)
    assert command[0] == Path(native[0]).name
    assert {part for part in command if part.startswith("--")} <= {part for part in native if part.startswith("--")}
    if "--module-name" in command:
        assert command[command.index("--module-name") + 1] == native[native.index("--module-name") + 1]


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting(name: str) -> None:
    known = {field.validation_alias for field in Settings.model_fields.values()}
    assert set(COMPOSE["services"][name]["environment"]) <= known


def test_the_image_runs_commands_in_our_environment_and_not_as_root() -> None:
    dockerfile = (PROJECT_DIR / "Dockerfile").read_text()
    assert 'ENTRYPOINT ["revenue", "exec"]' in dockerfile
    assert re.findall(r"^USER (\w+)", dockerfile, re.MULTILINE) == ["revenue"]
    assert not re.search(r"COPY .*\.env", dockerfile)
    assert ".env" in (PROJECT_DIR / ".dockerignore").read_text().splitlines()


def test_the_services_find_each_other() -> None:
    workspace = yaml.safe_load(COMPOSE["configs"]["workspace"]["content"])
    native = yaml.safe_load(services.workspace_text("code-server", 4000))
    assert workspace == native
    command = COMPOSE["services"]["code-server"]["command"]
    assert command[command.index("--port") + 1] == "4000"
    for name in OURS:
        for needed, condition in COMPOSE["services"][name]["depends_on"].items():
            assert condition["condition"] == "service_healthy"
            assert "healthcheck" in COMPOSE["services"][needed]

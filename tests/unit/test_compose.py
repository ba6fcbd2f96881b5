"""What docker-compose.yml names exists: programs, options, variables, services. Containers are not started here."""

import copy
import hashlib
import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from revenue_assets.settings import PROJECT_DIR, Settings
from revenue_assets.stack import services
from revenue_assets.stack.services import Place

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT_DIR / "docker-compose.yml").read_text())
OURS = tuple(service.name for service in services.SERVICES if service.name != services.POSTGRES)
SCHEMA = PROJECT_DIR / "tests" / "data" / "compose_spec" / "compose-spec.json"


def problems_of(compose: dict[str, Any]) -> list[str]:
    """What the official schema of Compose files says against this one."""
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(compose)]


def test_the_file_is_as_the_compose_specification_wants_it() -> None:
    assert problems_of(COMPOSE) == []


@pytest.mark.parametrize(
    ("service", "key", "value"),
    [
        ("daemon", "helthcheck", {"test": ["CMD", "true"]}),
        ("daemon", "restart", 3),
        ("reports", "ports", "3001"),
        ("webserver", "depends_on", {"code-server": {"condition": "service_running"}}),
        ("postgres", "logging", {"driver": "json-file", "options": ["max-size=20m"]}),
    ],
)
def test_a_file_with_a_mistake_is_refused(service: str, key: str, value: object) -> None:
    broken = copy.deepcopy(COMPOSE)
    broken["services"][service][key] = value
    assert any(f"$.services.{service}" in problem for problem in problems_of(broken))


def test_the_schema_is_the_published_one() -> None:
    digest = hashlib.sha256(SCHEMA.read_bytes()).hexdigest()
    assert digest in (SCHEMA.parent / "SOURCE.md").read_text()
    assert "Apache License" in (SCHEMA.parent / "LICENSE").read_text()


def test_every_service_of_revenue_up_is_here_watched_restarted_and_bounded_in_its_log() -> None:
    assert set(COMPOSE["services"]) == {service.name for service in services.SERVICES}
    for name, service in COMPOSE["services"].items():
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}, name


def test_only_this_machine_reaches_what_is_published() -> None:
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert len(published) == 2
    assert all(port.startswith("127.0.0.1:") for port in published)


@pytest.mark.parametrize("name", OURS)
def test_every_program_is_installed(name: str) -> None:
    service = COMPOSE["services"][name]
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}"
    for command in (service["command"], service["healthcheck"]["test"][1:]):
        assert shutil.which(command[0], path=programs), command[0]


@pytest.mark.parametrize("name", OURS)
def test_the_commands_are_those_of_revenue_up(name: str) -> None:
    command = COMPOSE["services"][name]["command"]
    native = services.service_named(name).command(Place("127.0.0.1", 1), Path("workspace.yaml"))
    own = {"127.0.0.1": "0.0.0.0", "1": command[command.index("--port") + 1] if "--port" in command else ""}
    own |= {"workspace.yaml": "workspace.compose.yaml"}
    assert command == [Path(native[0]).name, *(own.get(part, part) for part in native[1:])]


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

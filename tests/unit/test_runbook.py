"""The commands that the runbook names exist, with these options: nobody should learn at night that one does not."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from revenue_assets.cli import app
from revenue_assets.settings import PROJECT_DIR, Settings

RUNBOOK = (PROJECT_DIR / "docs" / "runbook.md").read_text()
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
# In code: `revenue ...`, with whatever stands before it (a path, a variable) and until the command ends.
CODE = [*re.findall(r"`([^`]+)`", FENCED.sub("", RUNBOOK)), *"".join(FENCED.findall(RUNBOOK)).splitlines()]
FOUND = (
    match for code in CODE for match in re.finditer(r"(?:^|/bin/|[A-Z]=\S+ |code-server )revenue((?: [^;&|>]+)+)", code)
)
COMMANDS = sorted({match[1].strip() for match in FOUND})


def problem_of(command: str) -> str | None:
    """Why the command line has no such command; None when it has."""
    found: Any = typer.main.get_command(app)  # the classes of commands are private to typer
    words = shlex.split(command)
    if words == ["--version"]:
        return None
    while hasattr(found, "commands") and not (
        found.invoke_without_command and (not words or words[0].startswith("--"))
    ):
        name = words.pop(0) if words else ""
        if name not in found.commands:
            return f"no command '{name}'"
        found = found.commands[name]
    if found.context_settings.get("allow_interspersed_args") is False:
        return None  # the rest is another program's
    known = {option for parameter in found.params for option in parameter.opts}
    unknown = [word for word in words if word.startswith("--") and word not in known]
    needed = [one.opts[0] for one in found.params if one.required and one.param_type_name == "option"]
    missing = [option for option in needed if words and option not in words]  # `revenue close` alone names it
    return f"unknown {unknown}, missing {missing}" if unknown or missing else None


def test_there_are_commands_to_check() -> None:
    named = {command.split()[0] for command in COMMANDS if command}
    assert {"up", "down", "status", "logs", "close", "backup", "restore", "rotate-password", "alerts"} <= named


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_exists_with_its_options(command: str) -> None:
    assert problem_of(command) is None


@pytest.mark.parametrize(
    "wrong", ["upp", "close --month 2026-10", "status --watch", "backup DIR --all", "alerts snooze"]
)
def test_a_command_that_does_not_exist_is_found(wrong: str) -> None:
    assert problem_of(wrong) is not None


def test_every_variable_and_file_that_is_named_exists() -> None:
    known = {str(field.validation_alias) for field in Settings.model_fields.values()}
    assert set(re.findall(r"\bREVENUE_[A-Z_]+[A-Z]\b", RUNBOOK)) <= known | {"REVENUE_ALERT"}
    for link in re.findall(r"\]\(([^)#]+\.md)", RUNBOOK):
        assert (PROJECT_DIR / "docs" / Path(link)).exists()


def test_every_link_within_the_page_has_its_heading() -> None:
    headings = {
        re.sub(r"[^a-z0-9 -]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.*)$", RUNBOOK, re.M)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", RUNBOOK)) <= headings

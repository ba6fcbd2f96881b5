"""The command line itself: quick to answer, and one line for each fault that a person can mend."""

import importlib
import subprocess
import sys

import pytest
import typer

from revenue_assets import cli
from revenue_assets.errors import CloseError

HEAVY = ("dagster", "duckdb", "pandas", "psycopg", "pyarrow", "sqlalchemy", "dbt", "numpy", "sklearn", "matplotlib")


def test_help_loads_nothing_heavy() -> None:
    script = f"import sys, revenue_assets.cli; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_command_is_there_and_explains_itself() -> None:
    command = typer.main.get_command(cli.app)
    commands = getattr(command, "commands")  # noqa: B009  # the class of groups is private to typer
    assert set(commands) == {
        *("demo", "up", "down", "status", "exec", "sources", "close", "findings", "evidence", "evaluate", "simulate"),
        *("rate", "report", "logs", "alerts", "controls", "backup", "restore", "rotate-password"),
    }
    for name, found in commands.items():
        assert found.help, name


def test_every_module_of_commands_is_registered() -> None:
    for name in cli.COMMANDS:
        assert callable(importlib.import_module(f"revenue_assets.commands.{name}").register)


def test_a_fault_is_one_line_on_stderr(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise CloseError("The month 2025-13 does not exist: write another.")

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as raised:
        cli.main()
    printed = capsys.readouterr()
    assert raised.value.code == 1
    assert printed.err == "Error: The month 2025-13 does not exist: write another.\n"
    assert printed.out == ""


def test_a_defect_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_the_version_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["revenue", "--version"])
    with pytest.raises(SystemExit) as raised:
        cli.main()
    assert raised.value.code == 0
    assert capsys.readouterr().out.startswith("revenue 0.")

"""`revenue up`, `down`, `status`, `logs` and `exec`: the services of this installation, from the command line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from revenue_assets.stack.supervisor import Say, Status

_STOPPED = 3  # as programs that tell the status of services have it


class Output(StrEnum):
    """How the status is printed."""

    TABLE = "table"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(up)
    app.command()(down)
    app.command()(status)
    app.command()(logs)
    app.command(name="rotate-password")(rotate_password)
    app.command(name="exec", context_settings={"allow_interspersed_args": False})(execute)


def up() -> None:
    """Start PostgreSQL, Dagster and the reports in the background, and keep them running until `revenue down`.

    What dies or hangs is started again. May be called at any time: what runs is left alone, what failed too often is
    tried again.
    """
    from revenue_assets.settings import get_settings
    from revenue_assets.stack import supervisor

    with _progress("Starting") as say:
        url = supervisor.up(say)
    _print_status(supervisor.status())
    typer.echo(f"\nDagster UI: {url}    Reports: {get_settings().reports_url}    (stop everything: `revenue down`)")


def down() -> None:
    """Stop everything that runs in the background. No data are lost; `revenue up` starts it again."""
    from revenue_assets.stack import supervisor

    with _progress("Stopping") as say:
        was_running = supervisor.down(say)
    typer.echo("Stopped." if was_running else "Nothing was running.")


def status(
    output: Annotated[Output, typer.Option("--format", help="table for people, json for programs.")] = Output.TABLE,
) -> None:
    """Show how each service is. Ends with 0 when all is well, 1 when something is not, 3 when nothing should run."""
    import json

    from revenue_assets.stack import supervisor

    found = supervisor.status()
    if output is Output.JSON:
        typer.echo(json.dumps(found.as_json(), indent=2))
    else:
        _print_status(found)
    if not found.is_wanted:
        raise typer.Exit(_STOPPED)
    if found.problems:
        raise typer.Exit(1)


def logs(
    service: Annotated[str | None, typer.Argument(help="Only this one; all if left out.", metavar="[SERVICE]")] = None,
    is_following: Annotated[bool, typer.Option("--follow", help="Go on with what comes, until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option(min=1, help="How many messages, the latest.")] = 100,
    is_whole: Annotated[bool, typer.Option("--whole", help="Every line of long messages, such as tracebacks.")] = False,
) -> None:
    """Print what the services have said, the latest last; the file is logs/stack.jsonl below REVENUE_HOME."""
    from revenue_assets.stack.reading_logs import followed, latest, readable

    for entry in latest(service, lines):
        typer.echo(readable(entry, is_whole))
    if is_following:
        for entry in followed(service):
            typer.echo(readable(entry, is_whole))


def rotate_password() -> None:
    """Give the embedded PostgreSQL a new random password; `revenue down` first, because services keep the old one."""
    from revenue_assets.stack import supervisor
    from revenue_assets.stack.probes import StackError
    from revenue_assets.warehouse.password import rotate_password as rotate

    if supervisor.dagster_runs():
        raise StackError("The stack is running with the password that it was started with: run `revenue down` first.")
    rotate()
    typer.echo("The embedded PostgreSQL has a new password; everything of this installation finds it by itself.")


def execute(
    command: Annotated[list[str], typer.Argument(help="A program and its arguments, such as: dbt ls", metavar="CMD")],
) -> None:
    """Run a program, such as dagster or dbt, in the environment of this installation."""
    from revenue_assets.errors import RevenueError
    from revenue_assets.stack.environment import dagster_environment

    environment = os.environ | dagster_environment()
    try:
        os.execvpe(command[0], command, environment)
    except OSError as error:
        raise RevenueError(f"'{command[0]}' cannot be run ({error.strerror}): check its name.") from None


@contextmanager
def _progress(doing: str) -> Iterator["Say"]:
    """A spinner with the current step on a terminal, one line for each step elsewhere."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: typer.echo(f"{doing} {step} ...", err=True)
        return
    with console.status(f"{doing} ...") as spinner:
        yield lambda step: spinner.update(f"{doing} {step} ...")


def _print_status(found: "Status") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("service", "state", "health", "pid", "address", "uptime", "restarts", "last error", box=None)
    for line in found.lines:
        health = line.problem or ("ok" if line.pid or line.address else "")
        uptime = _for_people(line.started_at) if line.pid else ""
        error = f"{line.last_error_at:%Y-%m-%d %H:%M:%S} UTC: {line.last_error}" if line.last_error_at else ""
        table.add_row(
            line.service, line.state, health, str(line.pid or ""), line.address, uptime, str(line.restarts), error
        )
    console = Console()
    console.print(table)
    if not found.is_wanted:
        typer.echo("\nThe stack is not meant to run: `revenue up` starts it.")
    elif found.problems:
        typer.echo("\nNot well:\n" + "\n".join(f"  {problem}" for problem in found.problems))


def _for_people(since: datetime | None) -> str:
    if since is None:
        return ""
    seconds = int((datetime.now(UTC) - since).total_seconds())
    days, hours, minutes = seconds // 86400, seconds % 86400 // 3600, seconds % 3600 // 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s"

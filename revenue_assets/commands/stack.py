"""`revenue up`, `down`, `status` and `exec`: the services of this installation, from the command line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from revenue_assets.stack.supervisor import Say


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(up)
    app.command()(down)
    app.command()(status)
    app.command(name="exec", context_settings={"allow_interspersed_args": False})(execute)


def up() -> None:
    """Start PostgreSQL and Dagster in the background, and print where the UI is. Stop them with `revenue down`."""
    from revenue_assets.stack import supervisor

    with _progress("Starting") as say:
        url = supervisor.up(say)
    _print_status()
    typer.echo(f"\nDagster UI: {url}    (everything runs in the background; `revenue down` stops it)")


def down() -> None:
    """Stop everything that runs in the background. No data are lost; `revenue up` starts it again."""
    from revenue_assets.stack import supervisor

    with _progress("Stopping") as say:
        was_running = supervisor.down(say)
    typer.echo("Stopped." if was_running else "Nothing was running.")


def status() -> None:
    """Show which services run, where, and for how long."""
    _print_status()


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


def _print_status() -> None:
    from rich.console import Console
    from rich.table import Table

    from revenue_assets.stack import supervisor

    table = Table("service", "state", "pid", "address", "uptime", box=None)
    for line in supervisor.status():
        table.add_row(line.service, line.state, str(line.pid or ""), line.address, line.uptime)
    Console().print(table)

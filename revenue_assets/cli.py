"""The `revenue` command: collects the commands and turns faults into one line.

What a command does stands in `revenue_assets/commands/`. Those modules import what they need inside their functions,
so that `revenue --help` answers at once.
"""

import importlib
import os
import sys
from typing import Annotated

import typer

from revenue_assets.errors import RevenueError

COMMANDS = (
    "demo",
    "stack",
    "sources",
    "close",
    "report",
    "findings",
    "evidence",
    "alerts",
    "controls",
    "evaluate",
    "simulate",
    "rate",
    "backup",
)  # in --help's order
_WIDTH = "160"  # of tables that go to a file or a pipe, where a line has no end

app = typer.Typer(
    name="revenue",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help=(
        "Finds the revenue that a usage-billing company loses, and proves every cent of it.\n\n"
        "Try it: [bold]revenue demo[/bold] simulates a company for a year and finds what it lost.\n\n"
        "With your own data: describe it in sources/NAME, then [bold]revenue sources check NAME[/bold], "
        "[bold]revenue close --source NAME[/bold] and [bold]revenue findings --source NAME[/bold]."
    ),
)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        typer.echo(f"revenue {version('revenue-assets')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; end with status 1 and one line on stderr when a person can mend what is wrong."""
    if not sys.stdout.isatty():
        os.environ.setdefault("COLUMNS", _WIDTH)
    try:
        app()
    except RevenueError as error:
        typer.secho(f"Error: {error}", fg=typer.colors.RED, err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo("Interrupted.", err=True)
        sys.exit(130)


for _name in COMMANDS:
    importlib.import_module(f"revenue_assets.commands.{_name}").register(app)

"""`revenue demo`: the whole way once, on a simulated company: simulate, close, evaluate, show, serve.

It only calls the commands of the other modules, in the order in which a person would.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import typer

_SEED = 1
_SHOWN = 15
_STEPS = 5


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo() -> None:
    """Simulate a company's year, close it, score the findings, print the largest, and serve the Dagster UI."""
    from rich.console import Console

    from revenue_assets.commands.close import close_months
    from revenue_assets.commands.evaluate import evaluate
    from revenue_assets.commands.findings import findings
    from revenue_assets.commands.formats import Format
    from revenue_assets.commands.simulate import simulate
    from revenue_assets.commands.stack import up
    from revenue_assets.simulation.profiles import profile_named

    began = time.monotonic()
    months = profile_named("demo").months
    is_exact = True
    with _step(1, "Simulate a year of a company that loses money in known ways"):
        simulate(profile="demo", seed=_SEED, months=None)
    with _step(2, f"Close every month from {months[0]} to {months[-1]}"):
        close_months("simulated", {}, months[0], months[-1], Console())
    with _step(3, "Score the findings against what was planted"):
        try:
            evaluate(is_calibration=False)
        except typer.Exit:
            is_exact = False
    with _step(4, f"Show the {_SHOWN} largest findings"):
        findings(source="simulated", account=None, month=None, code=None, output=Format.TABLE, limit=_SHOWN)
    with _step(5, "Serve the Dagster UI in the background"):
        up()
    typer.echo(
        f"\nThe demo took {time.monotonic() - began:.0f} s. Look around: revenue findings --source simulated, "
        "revenue evidence FINDING, revenue status. Stop everything: revenue down."
    )
    if not is_exact:
        raise typer.Exit(1)


@contextmanager
def _step(number: int, what: str) -> Iterator[None]:
    """Say what is done now, and how long it took."""
    began = time.monotonic()
    typer.secho(f"\n[{number}/{_STEPS}] {what}", bold=True)
    yield
    typer.secho(f"[{number}/{_STEPS}] took {time.monotonic() - began:.1f} s", dim=True)

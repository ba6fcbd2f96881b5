"""`revenue simulate`: write a simulated company, with planted leaks and the truth about them."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pathlib import Path

    from revenue_assets.simulation.profile import Profile
    from revenue_assets.simulation.simulate import Summary


_PROFILES = (
    "`small` (seconds), `demo` (a year of two companies), `large` (50 million events a month), or the path of a TOML "
    "file that describes your own; docs/simulation.md says how."
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(
    profile: Annotated[str, typer.Option(help=_PROFILES)] = "demo",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same company.")] = 42,
    months: Annotated[int | None, typer.Option(help="Months of usage, if not the profile's own.")] = None,
) -> None:
    """Simulate a company that bills by usage and loses money in known ways. It replaces the one simulated before."""
    import time

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from revenue_assets.settings import get_settings
    from revenue_assets.simulation.profiles import profile_named
    from revenue_assets.simulation.simulate import simulate as run

    chosen, started, home = profile_named(profile, months), time.monotonic(), get_settings().home
    _forget_another(chosen, seed, home)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    if not console.is_terminal:
        typer.echo(f"Simulating {chosen.name} ...", err=True)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(f"Simulating {chosen.name}")

        def show(step: str, done: int, total: int) -> None:
            bar.update(task, description=f"Simulating {chosen.name}: {step}", completed=done, total=total)

        summary = run(chosen, seed, home, show)
    _print(summary, f"{chosen.months[0]} to {chosen.months[-1]}")
    seconds = time.monotonic() - started
    typer.echo(f"Written to {home / 'simulated'} in {seconds:.1f} s. Next: revenue close --source simulated")


def _forget_another(profile: "Profile", seed: int, home: "Path") -> None:
    """Forget what was closed of another company: its months and accounts would stand beside those of this one.

    Before the company is replaced, so that a killed run leaves nothing closed that no company belongs to. Without
    files in the lake nothing was closed, and no server has to be started to know it.
    """
    from revenue_assets.lake.files import Lake
    from revenue_assets.simulation.about import is_another
    from revenue_assets.simulation.replacing import COMPANY

    if not is_another(profile, seed, home) or not Lake.from_settings().files_of(COMPANY):
        return
    from revenue_assets.commands.forgetting import forget_in_words

    typer.echo(f"Forgot what was closed of the company simulated before: {forget_in_words(COMPANY)}.")


def _print(summary: "Summary", months: str) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(
        f"{months}: {summary.accounts:,} accounts, {summary.usage_events:,} usage events, "
        f"{summary.reported_events:,} reported events, {summary.invoices:,} invoices",
        highlight=False,
    )
    table = Table("organization", "planted", box=None)
    for heading in ("leaks", "amount", "of invoiced"):
        table.add_column(heading, justify="right")
    for (organization, currency), invoiced in summary.invoiced.items():
        for (owner, _, code), (count, amount) in sorted(summary.planted.items()):
            if owner == organization:
                table.add_row(owner, code, f"{count:,}", f"{amount:,} {currency}", f"{amount / invoiced:.2%}")
        table.add_row(organization, "[bold]invoiced", "", f"[bold]{invoiced:,} {currency}", "", end_section=True)
    console.print(table)

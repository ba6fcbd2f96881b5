"""`revenue close`: close months of one source, from its files to the findings, and say what was found.

`close_months` is the same for other commands and tests. What runs is the monthly job (revenue_assets/automation), what
it prints at the end is in `close_summary`.
"""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from revenue_assets.commands.formats import Format
from revenue_assets.errors import CloseError, SourceError
from revenue_assets.months import month_of, parse_month

if TYPE_CHECKING:
    from rich.console import Console

    from revenue_assets.automation.run_report import RunReport
    from revenue_assets.contract.source import Source


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(close)


def close(
    source: Annotated[str, typer.Option(help="The folder below sources/ to close.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A parameter of the source."),
    ] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM", help="First month.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="YYYY-MM", help="Last month.")] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Drop first what was computed before, by an earlier version.")
    ] = False,
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="One month: both --from and --to.")] = None,
    is_dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Change nothing: say what the draft invoices would bill wrongly if they were finalized now. Takes the "
            "months that are not final yet, if not told which. Ends with 1 when a draft is wrong.",
        ),
    ] = False,
    output: Annotated[
        Format, typer.Option("--format", help="Of --dry-run: table for people; json and csv for programs.")
    ] = Format.TABLE,
) -> None:
    """Close months of a source (all it has, if not told which): what was owed, billed, collected, and lost between."""
    from revenue_assets.commands.formats import console_for_tables
    from revenue_assets.commands.quick_start import without_pandas

    if month and (first or last):
        raise CloseError(f"--month {month} is one month: give either it, or --from and --to.")
    first, last = month or first, month or last
    if output is not Format.TABLE and not is_dry_run:
        raise CloseError("--format belongs to --dry-run; after a close, `revenue findings` prints in every format.")
    with without_pandas():
        if is_dry_run:
            from revenue_assets.commands.dry_run import dry_run

            dry_run(source, parse_settings(settings or []), first, last, output)
            return
        close_months(source, parse_settings(settings or []), first, last, console_for_tables(), rebuild=rebuild)


def close_months(
    source_name: str,
    overrides: dict[str, str],
    first: str | None,
    last: str | None,
    console: "Console",
    *,
    rebuild: bool = False,
) -> "RunReport":
    """Close the months from `first` to `last` (each the source's own when None) and print a summary to `console`.

    `rebuild` drops what closes of all sources have computed before, and asks to close the others again.
    Raise RevenueError in one sentence when the request makes no sense or the run fails; what was closed before stays.
    """
    from revenue_assets.checks import suites
    from revenue_assets.contract.source import load_source

    began = time.monotonic()
    source = load_source(source_name, overrides)
    if rebuild and (first or last):
        raise CloseError("--rebuild closes all months of the source: leave --from and --to out.")
    with console.status(f"Reading source {source_name} ..."):
        first, last = months_to_close(source, first, last)
    suites.warm_up()
    others = [name for name in _drop_derived() if name != source_name] if rebuild else []
    _look_for_an_earlier_version(console)
    report = _run(source_name, overrides, first, last, console)

    from revenue_assets.commands.close_summary import print_summary

    print_summary(console, source, first, last, report, time.monotonic() - began)
    if others:
        console.print(f"Of other sources nothing is computed any more: close {', '.join(others)} again.")
    return report


def _drop_derived() -> list[str]:
    from revenue_assets.assets.lock import one_run_at_a_time
    from revenue_assets.warehouse.connection import connect
    from revenue_assets.warehouse.outdated import drop_derived

    with one_run_at_a_time(), connect() as connection:
        return drop_derived(connection)


def _look_for_an_earlier_version(console: "Console") -> None:
    """Refuse what only another close of all months can mend; say it when the run will take longer."""
    from revenue_assets.assets.dbt_manifest import load_manifest
    from revenue_assets.warehouse.connection import connect
    from revenue_assets.warehouse.outdated import outdated_models, refuse_outdated_lake

    with connect() as connection:
        refuse_outdated_lake(connection)
        if outdated_models(connection, load_manifest()):
            console.print("The ladder was built by an earlier version: all its months are built anew, this once.")


def parse_settings(texts: list[str]) -> dict[str, str]:
    """`key=value` texts as a mapping; SourceError for one without an equals sign."""
    pairs = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise SourceError(f"--set {text} is no parameter: write it as --set key=value.")
        pairs[key.strip()] = value
    return pairs


def months_to_close(
    source: "Source", first: str | None, last: str | None, at: datetime | None = None
) -> tuple[str, str]:
    """The first and last month of a close, checked against the source, the settings and the clock (`at`: now)."""
    from revenue_assets.settings import get_settings

    for month in (first, last):
        if month is not None:
            parse_month(month)
    if first and last and first > last:
        raise CloseError(f"--from {first} is after --to {last}: exchange them.")
    has = source.months()
    if not has:
        raise CloseError(
            f"Source {source.name} has no event, total or invoice with a time: there is no month to close."
        )
    for month in (first, last):
        if month is not None and month not in has:
            raise CloseError(f"Source {source.name} has nothing in {month}: it goes from {has[0]} to {has[-1]}.")
    first, last = first or has[0], last or has[-1]
    earliest, running = get_settings().first_month, month_of(at or datetime.now(UTC))
    if first < earliest:
        raise CloseError(
            f"{first} is before {earliest}, the first month of this installation: "
            f"set REVENUE_FIRST_MONTH={first}, or close from --from {earliest}."
        )
    if last > running:
        raise CloseError(f"{last} has not begun yet: close up to --to {running}, or correct the clock of this machine.")
    return first, last


def _run(source: str, overrides: dict[str, str], first: str, last: str, console: "Console") -> "RunReport":
    """Run the job while the console shows which step it is at."""
    months = first if first == last else f"{first} to {last}"
    if not console.is_terminal:
        console.print(f"Closing {source}, {months} ...")
    with console.status(f"Closing {source}, {months}: starting ...") as status:
        began = time.monotonic()

        def show(what: str) -> None:
            status.update(f"Closing {source}, {months} ({time.monotonic() - began:.0f} s): {what} ...")

        from revenue_assets.assets.lock import one_run_at_a_time
        from revenue_assets.automation.in_process import run_monthly_close

        def wait() -> None:
            console.print("Another close is running: waiting until it has ended.")

        with one_run_at_a_time(wait):
            return run_monthly_close(source, overrides, first, last, lambda step: show(describe_step(step)))


_STEPS = {
    "raw_snapshots": "loading reference data and documents",
    "dbt_models": "building the ladder and the findings",
}


def describe_step(step: str) -> str:
    """A step of the job in words."""
    return _STEPS.get(step) or step.replace("__", " ").replace("_", " ")

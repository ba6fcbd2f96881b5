"""`revenue controls`: what is checked on the way from delivery to reporting, and how each check ended last."""

import csv
import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from revenue_assets.commands.formats import Format, console_for_tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import dagster as dg

    from revenue_assets.controls.catalogue import Control
    from revenue_assets.controls.results import LastResult

_STYLES = {"passed": "green", "warned": "yellow", "failed": "bold red", "never run": "dim", "not asked": "dim"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(controls)


def controls(
    step: Annotated[
        str | None, typer.Option(help="Only those of one step, such as delivery, metering or findings.")
    ] = None,
    is_failing: Annotated[bool, typer.Option("--failed", help="Only those that found something, with what.")] = False,
    output: Annotated[
        Format, typer.Option("--format", help="Table for people; json and csv for programs, one row per check.")
    ] = Format.TABLE,
) -> None:
    """List the controls, by step of the revenue chain, with the last result of each. docs/controls.md says the same."""
    from revenue_assets.automation.in_process import dagster_instance
    from revenue_assets.controls.catalogue import catalogue, steps
    from revenue_assets.controls.results import last_results
    from revenue_assets.definitions import defs
    from revenue_assets.errors import RevenueError

    names = [one.name for one in steps()]
    if step and step not in names:
        raise RevenueError(f"'{step}' is not a step of the revenue chain: it is one of {', '.join(names)}.")
    known = [control for control in catalogue(defs()) if step in (None, control.step)]
    with dagster_instance() as instance:
        results = last_results(instance, known)
    shown = [control for control in known if not is_failing or results[control.key].outcome.is_failing]
    if output is not Format.TABLE:
        _print_rows([_row(control, results[control.key]) for control in shown], output)
    elif is_failing:
        _print_failing(shown, results)
        ends = [results[control.key] for control in known]
        console_for_tables().print(f"{len(shown):,} of {len(known):,} checks found something: {_counted(ends)}.")
    else:
        _print_table(shown, results)


def _row(control: "Control", result: "LastResult") -> dict[str, str]:
    from revenue_assets.links import check_url

    return {
        "step": control.step,
        "asset": control.asset,
        "check": control.check,
        "says": control.says,
        "when_it_fails": "stops" if control.is_blocking else "warns",
        "last_result": result.outcome.value,
        "at": f"{result.at:%Y-%m-%dT%H:%M:%SZ}" if result.at else "",
        "reason": result.reason or "",
        "run_id": result.run_id or "",
        "link": check_url(control.asset.split("/"), control.check),
    }


def _print_rows(rows: "Sequence[dict[str, str]]", output: Format) -> None:
    if output is Format.JSON:
        print(json.dumps(rows, indent=2))
        return
    names = ["step", "asset", "check", "says", "when_it_fails", "last_result", "at", "reason", "run_id", "link"]
    writer = csv.DictWriter(sys.stdout, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _print_failing(shown: "Sequence[Control]", results: "Mapping[dg.AssetCheckKey, LastResult]") -> None:
    """One paragraph per check: what was found needs the width of the screen."""
    from rich.markup import escape

    from revenue_assets.links import check_url

    console = console_for_tables()
    for control in shown:
        result = results[control.key]
        when = f"{result.at:%Y-%m-%d %H:%M}" if result.at else ""
        style = _STYLES[result.outcome.value]
        console.print(f"[{style}]{result.outcome.value}[/{style}]  {control.step}  {control.asset}: {control.check}")
        console.print(f"  {escape(result.reason or control.says)}")
        console.print(
            f"  [dim]{when} UTC  {check_url(control.asset.split('/'), control.check)}[/dim]\n", soft_wrap=True
        )


def _print_table(shown: "Sequence[Control]", results: "Mapping[dg.AssetCheckKey, LastResult]") -> None:
    """One line per check, and one for all that say the same of several assets."""
    from rich.table import Table

    from revenue_assets.controls.catalogue import folded

    console = console_for_tables()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("step", "check", "on", "fails", "last result", "when (UTC)"):
        table.add_column(name, overflow="fold")
    before = ""
    for _, group in folded(shown):
        first = group[0]
        ends = [results[control.key] for control in group]
        worst = next((end for end in ends if end.outcome.is_failing), ends[0])
        same = {end.outcome for end in ends}
        newest = max((end.at for end in ends if end.at), default=None)
        table.add_row(
            first.step if first.step != before else "",
            first.kind,
            first.asset if len(group) == 1 else f"{len(group)} assets",
            "stops" if first.is_blocking else "warns",
            _counted(ends) if len(same) > 1 else worst.outcome.value,
            f"{newest:%Y-%m-%d %H:%M}" if newest else "",
            style=_STYLES[worst.outcome.value] if worst.outcome.is_failing else None,
        )
        before = first.step
    console.print(table)
    ends = [results[control.key] for control in shown]
    console.print(f"\n{len(shown):,} checks: {_counted(ends)}. `revenue controls --failed` says what was found.")


def _counted(ends: "Sequence[LastResult]") -> str:
    """`12 passed, 1 warned`: the worst last."""
    from collections import Counter

    from revenue_assets.controls.results import Outcome

    counts = Counter(end.outcome for end in ends)
    return ", ".join(f"{counts[outcome]:,} {outcome.value}" for outcome in Outcome if counts[outcome])

"""`revenue rate`: what prices come to, by both raters."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from decimal import Decimal

    from revenue_assets.rating.agreement import Difference
    from revenue_assets.rating.cases import CaseFile


def register(app: typer.Typer) -> None:
    """Add `rate` with its command."""
    group = typer.Typer(no_args_is_help=True, help="See what prices come to, by two raters that share no code.")
    group.callback()(lambda: None)  # or a group of one command would be that command
    group.command("check")(check)
    app.add_typer(group, name="rate")


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="Cases as in tests/data/charge_vectors.json.")],
) -> None:
    """Price the cases of a file in Python and in the warehouse's SQL, and compare both with what the file expects.

    Prints the cases that differ, and those outside the contract with the reason. Ends with 1 when one differs.
    """
    from rich.console import Console

    from revenue_assets.rating.agreement import compare
    from revenue_assets.rating.cases import read_cases

    found = read_cases(file)
    with Console(stderr=True).status(f"Pricing {len(found.cases):,} cases twice ..."):
        differences = compare(found.cases)
    _print(found, differences)
    if differences:
        raise typer.Exit(1)


def _print(found: "CaseFile", differences: "list[Difference]") -> None:
    from rich.table import Table
    from rich.text import Text

    from revenue_assets.commands.formats import console_for_tables

    console = console_for_tables()
    if differences:
        table = Table("case", "model", box=None, pad_edge=False, header_style="bold")
        for name in ("expected", "Python", "SQL"):
            table.add_column(name, justify="right", no_wrap=True)
        for one in differences:
            amounts = (one.case.expected, one.in_python, one.in_sql)
            table.add_row(Text(one.case.case_id), one.case.terms.charge_model, *map(_text, amounts))
        console.print(table)
    for reason, case_ids in _by_reason(found).items():
        console.print(f"outside  {', '.join(case_ids)}: {reason}", soft_wrap=True, markup=False)
    run = found.vectors - len(found.outside)
    verdict = f"{len(differences):,} differ" if differences else "both raters give the amounts expected"
    console.print(f"Cases priced: {run:,}; outside: {len(found.outside):,}; {verdict}.", soft_wrap=True)


def _text(amount: "Decimal | None") -> str:
    """Every digit but trailing zeros, of which the raters write as many as their arithmetic left."""
    text = "" if amount is None else f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _by_reason(found: "CaseFile") -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for one in found.outside:
        reasons.setdefault(one.reason, []).append(one.case_id)
    return reasons

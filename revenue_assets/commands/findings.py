"""`revenue findings`: what was lost and what was charged too much, for people and for programs."""

import csv
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from revenue_assets.commands.formats import Format, console_for_tables

if TYPE_CHECKING:
    from revenue_assets.findings.queries import Row


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(findings)


def findings(
    source: Annotated[str | None, typer.Option(help="Only findings of this source.")] = None,
    account: Annotated[str | None, typer.Option(help="Only findings of this account id.")] = None,
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="Only periods that end in this month.")] = None,
    code: Annotated[str | None, typer.Option(help="Only findings with this code, such as U1.")] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="As they were reported at the end of that day, UTC."
        ),
    ] = None,
    output: Annotated[
        Format, typer.Option("--format", help="Table for people; json and csv for programs.")
    ] = Format.TABLE,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most this many, the largest of each currency first.")
    ] = None,
) -> None:
    """List the findings, the largest first. Under-billing is positive, over-billing negative; they are never netted."""
    from revenue_assets.findings.queries import Filters, find
    from revenue_assets.months import parse_month

    until = as_of.replace(tzinfo=UTC) + timedelta(days=1) if as_of else None
    found = find(Filters(source, account, parse_month(month) if month else None, code, until))
    shown = found[:limit] if limit else found
    if output is Format.TABLE:
        _print_table(shown, found)
    elif output is Format.CSV:
        _print_csv(shown)
    else:
        from revenue_assets.findings.formatting import finding_texts

        print(json.dumps([finding_texts(row) for row in shown], indent=2))


def _print_csv(rows: list["Row"]) -> None:
    from revenue_assets.findings.formatting import finding_texts
    from revenue_assets.findings.queries import FINDING_COLUMNS

    writer = csv.DictWriter(sys.stdout, FINDING_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(finding_texts(row) for row in rows)


def _print_table(shown: list["Row"], found: list["Row"]) -> None:
    from rich.table import Table

    from revenue_assets.findings.formatting import amount_text, units_text
    from revenue_assets.findings.queries import totals

    console = console_for_tables()
    if not found:
        console.print("No findings: nothing leaks here.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("finding", "organization", "account", "item", "period", "state", "code"):
        table.add_column(name, overflow="fold")
    for name in ("events", "units", "amount"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for name in ("remedy", "until"):
        table.add_column(name, overflow="fold")
    for row in shown:
        table.add_row(
            row["finding_id"][:8],
            row["organization_id"],
            _account(row),
            row["item"],
            f"{row['period_start']:%Y-%m-%d} to {row['period_end']:%Y-%m-%d}",
            row["maturity"],
            f"{row['code']} {row['name']}{' (potential)' if row['certainty'] == 'potential' else ''}",
            f"{row['events']:,}" if row["events"] is not None else "",
            units_text(row["units"], ",") if row["units"] is not None else "",
            amount_text(row["leak_amount"], row["minor_unit"], ","),
            row["currency"],
            row["remedy"],
            f"{row['recoverable_until']:%Y-%m-%d}" if row["recoverable_until"] else "",
            style=_style(row),
        )
    console.print(table)
    if len(shown) < len(found):
        console.print(f"... and {len(found) - len(shown):,} more")
    console.print(f"\n{len(found):,} findings. `revenue evidence FINDING` lists the events behind one.")
    for total in totals(found):
        under, over, net = (amount_text(value, total.minor_unit, ",") for value in (total.under, total.over, total.net))
        console.print(f"[bold]{total.currency}[/bold]  under {under}   over {over}   net {net}")
    for total in totals(found, "potential"):
        potential = amount_text(total.under, total.minor_unit, ",")
        console.print(f"[dim]{total.currency}  potential {potential}, not in these totals[/dim]")


def _style(row: "Row") -> str | None:
    if row["certainty"] == "potential":
        return "dim"
    return "yellow" if row["leak_amount"] < 0 else None


def _account(row: "Row") -> str:
    name = row["account_name"]
    return f"{name} ({row['account_id']})" if name and name != row["account_id"] else str(row["account_id"])

"""`revenue close --dry-run`: what draft invoices would bill wrongly, before anybody finalizes them.

The months are closed in a scratch installation (automation/scratch); only what is printed remains.
"""

import csv
import json
import sys
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import typer

from revenue_assets.commands.formats import Format
from revenue_assets.errors import CloseError
from revenue_assets.months import month_of, month_range, parse_month, shift

if TYPE_CHECKING:
    from rich.console import Console

    from revenue_assets.contract.load import LoadReport
    from revenue_assets.contract.source import Source
    from revenue_assets.findings.gate import Gate
    from revenue_assets.findings.queries import Row


def dry_run(
    source_name: str, overrides: dict[str, str], first: str | None, last: str | None, output: Format = Format.TABLE
) -> None:
    """Print what the drafts of these months would bill beside what is owed; end with 1 when one is wrong."""
    from rich.console import Console

    from revenue_assets.automation.scratch import close_in_scratch, scratch_installation
    from revenue_assets.contract.source import load_source
    from revenue_assets.findings.gate import read_gate

    source = load_source(source_name, overrides)
    first, last = months_to_check(source, first, last)
    progress = Console(stderr=True)
    with progress.status(f"Checking drafts of {source_name} ...") as status:

        def show(step: str) -> None:
            status.update(f"Checking drafts of {source_name}, {first} to {last}: {step.replace('_', ' ')} ...")

        def wait() -> None:
            progress.print("A close is running: waiting until it has ended.")

        with scratch_installation(wait) as folder:
            reports = close_in_scratch(source, month_range(first, last), ["mart_invoice_gate"], folder, show)
            gate = read_gate(source_name)
    _print(gate, source, f"{first} to {last}", reports, output)
    if gate.wrong:
        raise typer.Exit(1)


def months_to_check(source: "Source", first: str | None, last: str | None) -> tuple[str, str]:
    """The months asked for, else those that are not final at the source's `as_of`, with the periods that still run.

    A period that runs at `as_of` ends in the month after at the latest, unless it is a year's.
    """
    as_of = source.as_of()
    first = parse_month(first) if first else month_of(as_of - timedelta(days=source.grace_days))
    last = parse_month(last) if last else max(first, shift(month_of(as_of), 1))
    if first > last:
        raise CloseError(f"--from {first} is after --to {last}: exchange them.")
    return first, last


def _print(gate: "Gate", source: "Source", months: str, reports: list["LoadReport"], output: Format) -> None:
    from revenue_assets.commands.formats import console_for_tables
    from revenue_assets.findings.gate import GATE_COLUMNS, gate_texts

    if output is Format.CSV:
        writer = csv.DictWriter(sys.stdout, GATE_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(gate_texts(row) for row in gate.rows)
    elif output is Format.JSON:
        print(json.dumps([gate_texts(row) for row in gate.rows], indent=2))
    else:
        _print_table(console_for_tables(), gate, source, months, reports)


def _print_table(console: "Console", gate: "Gate", source: "Source", months: str, reports: list["LoadReport"]) -> None:
    console.print(f"[bold]Drafts of {source.name}, {months}[/bold], as of {source.as_of():%Y-%m-%d %H:%M} UTC\n")
    for report in reports:
        if report.rows_quarantined:
            console.print(f"[yellow]Quarantined:[/yellow] {report.rows_quarantined:,} rows of {report.dataset}")
    if gate.wrong:
        _print_wrong(console, gate.wrong)
    for row in gate.unknown:
        console.print(f"[yellow]Not checked:[/yellow] {_where(row)}: {row['unrated_reason']}")
    wrong, right = len(gate.wrong), len(gate.right)
    if not gate.rows:
        console.print("There is no draft, and nothing that should be one.")
    else:
        console.print(f"{right:,} drafted items are right, {wrong:,} would be billed wrongly. Nothing was changed.")


def _print_wrong(console: "Console", wrong: "Sequence[Row]") -> None:
    from rich.table import Table

    from revenue_assets.findings.formatting import amount_text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("draft", "organization", "account", "item", "period", "state"):
        table.add_column(name, overflow="fold")
    for name in ("owed", "invoiced", "draft", "difference"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("", "causes", "what to do"):
        table.add_column(name, overflow="fold")
    for row in wrong:
        names = ("expected_amount", "invoiced_amount", "draft_amount", "difference_amount")
        table.add_row(
            row["invoice_ids"] or "none",
            row["organization_id"],
            row["account_id"],
            row["item"],
            _period(row),
            row["maturity"],
            *(amount_text(row[name], row["minor_unit"], ",") for name in names),
            row["currency"],
            f"{row['causes']} ({row['name'].replace('_', ' ')})",
            row["to_do"],
            style="yellow" if row["difference_amount"] < 0 else None,
        )
    console.print(table)
    console.print()
    for currency in sorted({row["currency"] for row in wrong}):
        rows = [row for row in wrong if row["currency"] == currency]
        under = sum(max(row["difference_amount"], 0) for row in rows)
        over = -sum(min(row["difference_amount"], 0) for row in rows)
        texts = [amount_text(Decimal(amount), rows[0]["minor_unit"], ",") for amount in (under, over)]
        console.print(f"[bold]{currency}[/bold]  too little {texts[0]}   too much {texts[1]}")


def _where(row: "Row") -> str:
    return f"{row['organization_id']} {row['account_id']} {row['item']}, {_period(row)}"


def _period(row: "Row") -> str:
    return f"{row['period_start']:%Y-%m-%d} to {row['period_end']:%Y-%m-%d}"

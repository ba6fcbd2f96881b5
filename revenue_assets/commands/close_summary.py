"""What a close prints at its end: the ladder, the leaks by code, the totals, and what was not reckoned with."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from revenue_assets.commands.report import print_sentences
from revenue_assets.contract.source import Source, unused_datasets
from revenue_assets.findings import queries
from revenue_assets.findings.formatting import amount_text, units_text

if TYPE_CHECKING:
    from revenue_assets.automation.run_report import RunReport

_SENTENCES = 5  # of each organization: the first one of every topic
RUNGS = (
    "entitled",
    "metered",
    "posted",
    "priced",
    "documented",
    "invoiced",
    "credited",
    "paid_for",
    "collected",
)


def print_summary(console: Console, source: Source, first: str, last: str, report: "RunReport", seconds: float) -> None:
    """Read the marts and print; amounts of different currencies stand in different rows."""
    ladder = queries.ladder(source.name, first, last)
    leaks = queries.leaks_by_code(source.name, first, last)
    absorbed = queries.absorbed_by_code(source.name, first, last)
    months = first if first == last else f"{first} to {last}"
    console.print(f"\n[bold]Closed {source.name}, {months}[/bold] in {seconds:.1f} s\n")
    if ladder:
        _print_ladder(console, ladder)
    else:
        console.print("No period of a subscription ends in these months: there is nothing to reckon with.")
    if leaks:
        _print_causes(console, "Leaks", "findings", leaks)
        _print_totals(console, leaks)
    elif ladder:
        console.print("\nNo leaks found.")
    if absorbed:
        _print_causes(console, "Absorbed by commitments and discounts, in no total", "items", absorbed)
    _print_month(console, source.name, last)
    _print_remarks(console, source, report)


def _print_ladder(console: Console, rows: list[queries.Row]) -> None:
    """One column per organization and currency, one row per rung."""
    columns = sorted({(row["organization_id"], row["currency"]) for row in rows})
    amounts = {(row["organization_id"], row["currency"], row["rung"]): row for row in rows}
    table = Table(box=None, pad_edge=False, header_style="bold", title="Ladder", title_justify="left")
    table.add_column("")
    for organization, currency in columns:
        table.add_column(f"{organization} {currency}", justify="right")
    for rung in RUNGS:
        cells = [_amount_or_absent(amounts.get((*column, rung))) for column in columns]
        table.add_row(rung.replace("_", " "), *cells)
    console.print(table)


def _amount_or_absent(row: queries.Row | None) -> str:
    if row is None or row["amount"] is None:
        return "[dim]not delivered[/dim]"
    return amount_text(row["amount"], row["minor_unit"], ",")


def _print_causes(console: Console, title: str, counted: str, rows: list[queries.Row]) -> None:
    """One row per organization, currency and code; `counted` names the column that says how many."""
    table = Table(box=None, pad_edge=False, header_style="bold", title=f"\n{title}", title_justify="left")
    for name in ("organization", "code", ""):
        table.add_column(name)
    for name in (counted, "events", "units", "under", "over", ""):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(
            row["organization_id"],
            row["code"],
            row["name"],
            f"{row[counted]:,}",
            f"{row['events']:,}" if row["events"] is not None else "",
            units_text(row["units"], ",") if row["units"] is not None else "",
            amount_text(row["under_amount"], row["minor_unit"], ","),
            amount_text(row["over_amount"], row["minor_unit"], ","),
            row["currency"],
        )
    console.print(table)


def _print_totals(console: Console, rows: list[queries.Row]) -> None:
    console.print()
    for currency in sorted({row["currency"] for row in rows}):
        of_currency = [row for row in rows if row["currency"] == currency]
        under = sum(row["under_amount"] for row in of_currency)
        over = sum(row["over_amount"] for row in of_currency)
        minor_unit = of_currency[0]["minor_unit"]
        texts = [amount_text(amount, minor_unit, ",") for amount in (under, over, under - over)]
        console.print(f"[bold]{currency}[/bold]  under {texts[0]}   over {texts[1]}   net {texts[2]}")


def _print_month(console: Console, source: str, last: str) -> None:
    """The newest month that is over, in few sentences; nothing if none is."""
    month = queries.reported_month(source, last)
    if month:
        print_sentences(console, queries.executive_findings(source, month, _SENTENCES))
        console.print(f"[dim]More of {month:%B %Y}: revenue report --source {source}[/dim]")


def _print_remarks(console: Console, source: Source, report: "RunReport") -> None:
    if report.quarantined:
        rows = ", ".join(f"{count:,} of {name}" for name, count in sorted(report.quarantined.items()))
        console.print(f"\n[yellow]Quarantined rows:[/yellow] {rows}")
        for reason in report.quarantine_reasons:
            console.print(f"  {reason}")
    for warning in report.warnings:
        console.print(f"[yellow]Warning:[/yellow] {warning}")
    unused = unused_datasets(source)
    if unused:
        console.print(f"[dim]Delivered, but not reckoned with by this version: {', '.join(unused)}.[/dim]")

"""`revenue report`: one month as an executive reads it, the KPIs beside the month before and what they say.

All numbers and sentences are those of mart_executive_kpis and mart_executive_findings; here they are only printed.
"""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from revenue_assets.commands.formats import console_for_tables
from revenue_assets.errors import CloseError

if TYPE_CHECKING:
    from rich.console import Console

    from revenue_assets.findings.queries import Row

KPIS = {
    "total_revenue_amount": "total revenue",
    "paying_customers": "paying customers",
    "payment_failure_rate": "invoices with a declined payment",
    "average_payment_attempts": "payment attempts per invoice",
    "cancel_intent_rate": "customers with an intent to cancel",
    "leak_under_rate": "lost, of what was owed",
    "leak_over_rate": "charged too much, of what was owed",
    "leak_recovery_rate": "made good, of what was lost",
    "assurance_coverage_rate": "invoiced amounts that could be checked",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(report)


def report(
    source: Annotated[str, typer.Option(help="The source to report on.")],
    month: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM", help="A closed month; the newest one that is over, if not told which."),
    ] = None,
) -> None:
    """Print a month's key figures beside the month before, and what changed, where it leaks and what to do first."""
    from revenue_assets.findings import queries
    from revenue_assets.months import first_day, parse_month

    wanted = first_day(parse_month(month)) if month else queries.reported_month(source)
    kpis = queries.executive_kpis(source, wanted) if wanted else []
    if wanted is None or not kpis:
        what = f"{month} of {source} is not closed" if month else f"No month of {source} is closed and over yet"
        raise CloseError(f"{what}: run `revenue close --source {source}` first.")
    console = console_for_tables()
    for row in kpis:
        _print_kpis(console, wanted, row)
    print_sentences(console, queries.executive_findings(source, wanted))
    if not kpis[0]["is_complete"]:
        console.print("[dim]The month is running: it is neither compared nor told.[/dim]")


def print_sentences(console: "Console", sentences: list["Row"]) -> None:
    """The sentences below the name of their organization and currency."""
    for (organization, currency), of in groupby(sentences, lambda row: (row["organization_id"], row["currency"])):
        console.print(f"\n[bold]{organization} {currency}[/bold]")
        for row in of:
            console.print(f"  {row['sentence']}", markup=False)


def _print_kpis(console: "Console", month: date, row: "Row") -> None:
    from rich.table import Table

    title = f"\n{row['organization_id']} {row['currency']}, {month:%B %Y}"
    table = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
    table.add_column("")
    for name in ("month", "month before", "change"):
        table.add_column(name, justify="right")
    for kpi, label in KPIS.items():
        values = (row[kpi], row[f"{kpi}_previous"], row[f"{kpi}_change"])
        table.add_row(
            label, *(_text(kpi, value, row["minor_unit"], is_change=at == 2) for at, value in enumerate(values))
        )
    console.print(table)


def _text(kpi: str, value: Decimal | int | None, minor_unit: int, *, is_change: bool) -> str:
    """A figure as people write it; what is not known is no number."""
    if value is None:
        return "[dim]-[/dim]"
    sign = "+" if is_change else ""
    if kpi.endswith("_rate"):
        return f"{_rounded(100 * value, 1):{sign}}{' points' if is_change else '%'}"
    if isinstance(value, Decimal):
        return f"{_rounded(value, minor_unit if kpi.endswith('_amount') else 2):{sign},}"
    return f"{value:{sign},}"


def _rounded(value: Decimal | int, decimals: int) -> Decimal:
    """Half away from zero, as everywhere; zero without a minus."""
    return Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0

"""`revenue evidence`: the events and invoice lines behind one finding."""

import csv
import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from revenue_assets.commands.formats import Format, console_for_tables

if TYPE_CHECKING:
    from rich.console import Console

    from revenue_assets.findings.evidence import Evidence
    from revenue_assets.lake.evidence import EventBehind

_SHOWN = 50
_ALL = 1_000_000_000
_EVENT_COLUMNS = ("event_id", "event_name", "occurred_at", "units", "amount", "outcome", "error_code")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(evidence)


def evidence(
    finding: Annotated[str, typer.Argument(help="Id of a finding, or its beginning.", metavar="FINDING")],
    limit: Annotated[
        int | None, typer.Option(min=1, help=f"At most this many events; a table shows {_SHOWN} if not told.")
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="csv gives the events only.")] = Format.TABLE,
) -> None:
    """Show what stands behind a finding: every event with its time, units and amount, and the invoice lines."""
    from revenue_assets.commands.quick_start import without_pandas
    from revenue_assets.findings.evidence import find_one, gather

    with without_pandas():
        most = limit or (_SHOWN if output is Format.TABLE else _ALL)
        found = gather(find_one(finding), most)
    if output is Format.CSV:
        writer = csv.DictWriter(sys.stdout, _EVENT_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(_event_texts(found, event) for event in found.events)
    elif output is Format.JSON:
        print(json.dumps(_as_json(found), indent=2))
    else:
        _print(found, most)


def _event_texts(found: "Evidence", event: "EventBehind") -> dict[str, str]:
    from revenue_assets.findings.formatting import value_text

    amount = found.amount_of(event)
    return {
        "event_id": event.event_id,
        "event_name": event.event_name,
        "occurred_at": value_text(event.occurred_at),
        "units": value_text(event.units),
        "amount": value_text(amount, found.finding["minor_unit"], is_amount=True),
        "outcome": event.outcome,
        "error_code": event.error_code or "",
    }


def _as_json(found: "Evidence") -> dict[str, object]:
    from revenue_assets.findings.formatting import finding_texts, value_text

    minor_unit = found.finding["minor_unit"]
    return {
        "finding": finding_texts(found.finding),
        "events": [_event_texts(found, event) for event in found.events],
        "lines": [
            {name: value_text(value, minor_unit, is_amount=name == "amount") for name, value in line.items()}
            for line in found.lines
        ],
        "gaps": [{name: value_text(value) for name, value in gap.items()} for gap in found.gaps],
    }


def _print(found: "Evidence", limit: int) -> None:
    from revenue_assets.findings.evidence import OUTSIDE
    from revenue_assets.findings.formatting import units_text

    console = console_for_tables()
    _print_header(console, found)
    is_about_events = found.finding["events"] is not None
    if found.lines and not is_about_events:
        _print_lines(console, found)
    if found.events:
        _print_events(console, found, limit, is_about_events)
    if found.gaps:
        _print_gaps(console, found)
    elif found.finding["bucket"] == OUTSIDE:
        first, last = found.finding["first_event_at"], found.finding["last_event_at"]
        is_potential = found.finding["certainty"] == "potential"
        price = (
            "their list price and in no total" if is_potential else "what the subscription's own price asks for them"
        )
        console.print(
            f"\n{found.finding['events']:,} events between {first:%Y-%m-%d %H:%M:%S} and {last:%Y-%m-%d %H:%M:%S} UTC, "
            f"{units_text(found.finding['units'], ',')} units. The amount is {price}."
        )
    elif not found.events and not found.lines:
        console.print("\nNo event and no invoice line: the amount follows from the contract alone.")


def _print_header(console: "Console", found: "Evidence") -> None:
    from revenue_assets.findings.formatting import amount_text, value_text

    finding = found.finding
    minor_unit, currency = finding["minor_unit"], finding["currency"]
    amounts = {
        name: "not delivered" if finding[name] is None else f"{amount_text(finding[name], minor_unit, ',')} {currency}"
        for name in ("leak_amount", "entitled_amount", "billed_amount")
    }
    account = finding["account_id"] or "all accounts"
    if finding["account_name"] not in (None, account):
        account = f"{finding['account_name']} ({account})"
    console.print(f"[bold]{finding['code']} {finding['name']}[/bold]: {found.why}")
    start, end = value_text(finding["period_start"]), value_text(finding["period_end"])
    for name, text in (
        ("finding", finding["finding_id"]),
        ("account", f"{account} of {finding['organization_id']}, subscription {finding['subscription_id'] or 'none'}"),
        ("item", finding["item"]),
        (
            "period",
            f"{start} to {end}, {finding['maturity']}",
        ),
        ("amount", f"{amounts['leak_amount']} {finding['direction']}"),
        ("remedy", _remedy(found)),
        ("of", f"entitled {amounts['entitled_amount']}, billed {amounts['billed_amount']}"),
        *((("absorbed", _absorbed(found)),) if found.absorbed else ()),
    ):
        console.print(f"  {name:8} {text}")


def _remedy(found: "Evidence") -> str:
    from revenue_assets.findings.formatting import amount_text, value_text

    finding = found.finding
    amount = amount_text(finding["recoverable_amount"], finding["minor_unit"], ",")
    until = f" until {value_text(finding['recoverable_until'])}" if finding["recoverable_until"] else ""
    return f"{finding['remedy']}{until}, recovers {amount} {finding['currency']}"


def _absorbed(found: "Evidence") -> str:
    from revenue_assets.findings.formatting import amount_text

    assert found.absorbed
    amount = amount_text(found.absorbed["absorbed_amount"], found.finding["minor_unit"], ",")
    return f"another {amount} {found.finding['currency']} cost nobody anything: {found.absorbed['absorbed_by']}"


def _print_events(console: "Console", found: "Evidence", limit: int, is_about_events: bool) -> None:
    from rich.table import Table

    from revenue_assets.findings.evidence import OUTSIDE
    from revenue_assets.findings.formatting import amount_text, units_text

    finding = found.finding
    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
    table.title = "\nEvents" if is_about_events else "\nUsage of the period"
    for name in ("event", "id", "time (UTC)"):
        table.add_column(name, no_wrap=True)
    for name in ("units", "amount"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("outcome")
    for event in found.events:
        amount = found.amount_of(event)
        table.add_row(
            event.event_name,
            event.event_id,
            f"{event.occurred_at:%Y-%m-%d %H:%M:%S.%f}".removesuffix(".000000"),
            units_text(event.units, ","),
            "" if amount is None else amount_text(amount, finding["minor_unit"], ","),
            f"{event.outcome}: {event.error_code}" if event.error_code else event.outcome,
        )
    console.print(table)
    if is_about_events:
        more = finding["events"] - len(found.events)
        if more:
            console.print(f"... and {more:,} more (--limit N shows more)")
        leak = amount_text(finding["leak_amount"], finding["minor_unit"], ",")
        units = units_text(finding["units"], ",")
        console.print(f"[bold]Total[/bold] {finding['events']:,} events, {units} units, {leak} {finding['currency']}")
    elif len(found.events) == limit:
        console.print("... and perhaps more (--limit N shows more)")
    if finding["bucket"] != OUTSIDE:
        console.print(f"[dim]{_price_note(found)}[/dim]")


def _print_gaps(console: "Console", found: "Evidence") -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", title="\nGaps", title_justify="left")
    table.add_column("from (UTC)", no_wrap=True)
    for name in ("hours", "seen", "expected", "missing events", "missing units"):
        table.add_column(name, justify="right", no_wrap=True)
    for gap in found.gaps:
        missing = [
            f"{gap[name]:,.0f} ({gap[f'{name}_low']:,.0f} to {gap[f'{name}_high']:,.0f})"
            for name in ("missing_events", "missing_units")
        ]
        table.add_row(
            f"{gap['gap_start']:%Y-%m-%d %H:%M}",
            str(gap["hours"]),
            f"{gap['events']:,}",
            f"{gap['expected_events']:,.0f}",
            *missing,
        )
    console.print(table)
    console.print(
        "Estimated from the same hours of the week in the other weeks of this month and the last; in brackets 95 %."
        " Nothing tells which accounts lost it; the amount is a list price, 0 where none is certain, and in no total."
    )


def _price_note(found: "Evidence") -> str:
    from revenue_assets.findings.formatting import amount_text, units_text

    finding = found.finding
    if found.unit_amount is None:
        return "The contract's price is not one amount per unit, so a single event has none of its own."
    price = f"{amount_text(found.unit_amount, finding['minor_unit'])} {finding['currency']}"
    note = f"Amounts are units x {price}, not rounded; the finding is rounded once, for the whole line."
    if found.included_units:
        note += f" The price includes {units_text(found.included_units, ',')} units, which this does not show."
    if found.billing_unit_amount is not None and found.billing_unit_amount != found.unit_amount:
        billing = amount_text(found.billing_unit_amount, finding["minor_unit"])
        note += f" The billing system charges {billing} {finding['currency']} per unit."
    return note


def _print_lines(console: "Console", found: "Evidence") -> None:
    from rich.table import Table

    from revenue_assets.findings.formatting import amount_text, units_text

    table = Table(box=None, pad_edge=False, header_style="bold", title="\nInvoice lines", title_justify="left")
    for name in ("invoice", "line", "status", "issued", "kind"):
        table.add_column(name)
    is_unserved = any(line["unserved"] for line in found.lines)
    for name in ("units", "amount"):
        table.add_column(name, justify="right", no_wrap=True)
    if is_unserved:
        table.add_column("begins")
    for line in found.lines:
        table.add_row(
            line["invoice_id"],
            line["invoice_line_id"],
            line["status"],
            f"{line['issued_at']:%Y-%m-%d}" if line["issued_at"] else "",
            line["kind"],
            units_text(line["units"], ",") if line["units"] is not None else "",
            f"{amount_text(line['amount'], found.finding['minor_unit'], ',')} {line['currency']}",
            *([line["unserved"] or ""] if is_unserved else []),
        )
    console.print(table)

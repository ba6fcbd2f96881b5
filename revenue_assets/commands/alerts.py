"""`revenue alerts`: what people were told is wrong, whom it reached, and what they want to hear no more of."""

import csv
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from revenue_assets.commands.formats import Format, console_for_tables

if TYPE_CHECKING:
    from revenue_assets.alerts.listing import ListedAlert

_COLUMNS = (
    *("alert_id", "kind", "cause", "severity", "organization_id", "title", "level", "unit", "opened_at", "cleared_at"),
    *("muted_until", "reached", "waiting", "failed", "link"),
)
_Name = Annotated[str, typer.Argument(metavar="ALERT", help="The beginning of its id, or its cause.")]


def register(app: typer.Typer) -> None:
    """Add `alerts` with its commands."""
    group = typer.Typer(help="List alerts; try the channels; mute what is known, clear what is over.")
    group.callback(invoke_without_command=True)(alerts)
    group.command("test")(test)
    group.command("mute")(mute)
    group.command("unmute")(unmute)
    group.command("clear")(clear)
    app.add_typer(group, name="alerts")


def alerts(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    output: Annotated[
        Format, typer.Option("--format", help="Table for people; json and csv for programs.")
    ] = Format.TABLE,
) -> None:
    """List the alerts that last, the newest first, and whom they reached."""
    if context.invoked_subcommand:
        return
    from revenue_assets.alerts.clock import now
    from revenue_assets.alerts.listing import listed
    from revenue_assets.warehouse.connection import connect

    with connect() as connection:
        found = listed(connection, now(), also_cleared=everything)
    if output is Format.TABLE:
        _print_table(found)
    elif output is Format.JSON:
        print(json.dumps([_texts(alert) for alert in found], indent=2))
    else:
        writer = csv.DictWriter(sys.stdout, _COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {name: " ".join(value) if isinstance(value, list) else value for name, value in _texts(alert).items()}
            for alert in found
        )


def test() -> None:
    """Send a test message to every channel that is configured, now, and say what came of it."""
    import logging

    from revenue_assets.alerts.clock import now
    from revenue_assets.alerts.destinations import LOG, destinations, spoken
    from revenue_assets.alerts.faults import DeliveryError
    from revenue_assets.alerts.sending import send
    from revenue_assets.alerts.trial import trial_notice

    notice = trial_notice(now())
    names = [name for name in destinations() if name != LOG]
    if not names:
        typer.echo("Alerts go to the log only: REVENUE_ALERT_* in .env.example name the other channels.")
    has_failed = False
    for name in names:
        try:
            send([notice], name, notice.alert_id, now(), logging.getLogger(__name__))
        except DeliveryError as error:
            has_failed = True
            typer.secho(f"{spoken(name)}: {error}", fg=typer.colors.RED, err=True)
        else:
            typer.echo(f"{spoken(name)}: delivered.")
    if has_failed:
        raise typer.Exit(1)


def mute(
    name: _Name,
    until: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], metavar="DATE", help="Told again from then on; UTC."),
    ],
) -> None:
    """Tell nothing more of a cause until a day (its beginning) or an instant in UTC; it stays in the list."""
    from revenue_assets.alerts.clock import now
    from revenue_assets.alerts.listing import UnknownAlertError
    from revenue_assets.alerts.listing import mute as mute_cause
    from revenue_assets.alerts.wording import time_text
    from revenue_assets.warehouse.connection import connect

    end = until.replace(tzinfo=UTC)
    if end <= now():
        raise UnknownAlertError(f"{time_text(end)} is over: name a day that is still to come.")
    with connect() as connection:
        alert = mute_cause(connection, name, end, now())
    typer.echo(f"{alert.title} ({alert.cause}): muted until {time_text(end)}.")


def unmute(name: _Name) -> None:
    """Tell of a cause again."""
    from revenue_assets.alerts.clock import now
    from revenue_assets.alerts.listing import mute as mute_cause
    from revenue_assets.warehouse.connection import connect

    with connect() as connection:
        alert = mute_cause(connection, name, None, now())
    typer.echo(f"{alert.title} ({alert.cause}): told again when there is something to tell.")


def clear(name: _Name) -> None:
    """End an alert by hand, such as one about a run that nobody will repeat; the all-clear is sent."""
    from revenue_assets.alerts.clock import now
    from revenue_assets.alerts.listing import clear as clear_alert
    from revenue_assets.warehouse.connection import connect

    with connect() as connection:
        alert = clear_alert(connection, name, now())
    typer.echo(f"{alert.title} ({alert.cause}): over. If it is still there, the next look opens a new alert.")


def _texts(alert: "ListedAlert") -> dict[str, object]:
    from revenue_assets.findings.formatting import value_text

    values = {name: getattr(alert, name) for name in _COLUMNS}
    return {
        name: value if value is None or isinstance(value, list) else value_text(value) for name, value in values.items()
    }


def _print_table(found: list["ListedAlert"]) -> None:
    from rich.table import Table
    from rich.text import Text

    from revenue_assets.alerts.wording import level_text, one_line, time_text

    console = console_for_tables()
    if not found:
        console.print("No alerts.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("alert", "severity", "organization", "what", "level", "since", "state", "reached"):
        table.add_column(name, overflow="fold", justify="right" if name == "level" else "left")
    for alert in found:
        waiting = (f"{name} (waits)" for name in alert.waiting)
        failed = (f"{name} (FAILED)" for name in alert.failed)
        style = "dim" if alert.cleared_at or alert.muted_until else "red" if alert.severity == "critical" else None
        table.add_row(
            alert.alert_id[:8],
            alert.severity,
            Text(one_line(alert.organization_id or "")),
            Text(one_line(alert.title)),
            level_text(alert.level, alert.unit),
            time_text(alert.opened_at),
            _state(alert),
            Text(", ".join([*alert.reached, *waiting, *failed])),
            style=style,
        )
    console.print(table)


def _state(alert: "ListedAlert") -> str:
    from revenue_assets.alerts.wording import time_text

    if alert.cleared_at:
        return f"over since {time_text(alert.cleared_at)}"
    return f"muted until {time_text(alert.muted_until)}" if alert.muted_until else "lasts"

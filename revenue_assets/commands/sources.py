"""`revenue sources`: which sources there are, whether one delivers what the contract wants, and forgetting one."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from revenue_assets.contract.inspection import DatasetCheck
    from revenue_assets.contract.source import Source


def register(app: typer.Typer) -> None:
    """Add `sources` with its commands."""
    group = typer.Typer(no_args_is_help=True, help="See which sources there are, check what one delivers, forget one.")
    group.command("list")(list_sources)
    group.command("check")(check)
    group.command("forget")(forget)
    app.add_typer(group, name="sources")


def list_sources() -> None:
    """List the sources of this installation: what they are, their organization, and their parameters."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from revenue_assets.contract.source import load_source, source_names
    from revenue_assets.errors import SourceError

    table = Table("source", "what it is", "organization", "datasets", "parameters (--set)")
    table.columns[0].no_wrap = True
    table.columns[4].overflow = "fold"
    for name in source_names():
        try:
            source = load_source(name)
        except SourceError as error:
            table.add_row(name, Text(str(error), style="red"))
            continue
        parameters = "\n".join(f"{key}={value}" for key, value in source.parameters.items())
        organization = source.organization_id or "in the data"
        table.add_row(name, Text(source.description), organization, str(len(source.datasets)), Text(parameters))
    Console().print(table)


def check(
    name: Annotated[str, typer.Argument(help="The folder below sources/ to check.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A parameter of the source, such as data_dir."),
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="How many rows of each dataset to look at.")] = 10_000,
) -> None:
    """Run every SELECT of a source on a sample and say what is missing, has the wrong type, or is extra.

    Nothing is loaded. Ends with status 1 when a dataset could not be loaded as it is.
    """
    from rich.console import Console

    from revenue_assets.commands.close import parse_settings
    from revenue_assets.contract.inspection import check_source
    from revenue_assets.contract.source import load_source

    console = Console()
    source = load_source(name, parse_settings(settings or []))
    found = []
    with console.status(f"Reading source {name} ...") as status:
        for result in check_source(source, rows):
            found.append(result)
            status.update(f"Reading source {name}: {len(found)} of {len(source.datasets)} datasets ...")
    _print(console, source, found)
    if not all(result.can_be_loaded for result in found):
        raise typer.Exit(1)


def forget(
    name: Annotated[str, typer.Argument(help="The source of which nothing shall be kept.")],
) -> None:
    """Remove all that closes have kept of a source: files of the lake, rows, findings and their history.

    Its folder below sources/ and the data that it reads stay: closing it again computes it anew.
    """
    from revenue_assets.commands.forgetting import forget_in_words

    removed = forget_in_words(name)
    typer.echo(f"Forgot source {name}: {removed}." if removed else f"Nothing is kept of source {name}.")


def _print(console: "Console", source: "Source", found: "list[DatasetCheck]") -> None:
    from rich.table import Table
    from rich.text import Text

    from revenue_assets.contract.source import unused_datasets

    table = Table("dataset", "rows", "missing", "wrong type", "extra", "bad values (rows)")
    table.columns[0].no_wrap = True
    table.columns[1].justify = "right"
    lines = []
    for result in found:
        rows = "unread" if result.error or result.missing else f"{result.rows_sampled:,}"
        bad = [f"{rule} ({count:,})" for rule, (count, _) in result.bad_values.items()]
        cells = [Text("\n".join(names)) for names in (result.missing, result.wrong_types, result.extra, bad)]
        table.add_row(result.dataset, rows, *cells, style=None if result.can_be_loaded else "red")
        if result.error:
            lines.append(Text(result.error, style="red"))
        for count, example in result.bad_values.values():
            counted = "1 row" if count == 1 else f"{count:,} rows"
            lines.append(Text(f"{result.dataset}: {counted} for quarantine, such as {example}"))
    if source.as_of_select is None:
        lines.append(Text("There is no as_of.sql: the data is taken to be complete until now."))
    if unused := unused_datasets(source):
        lines.append(Text(f"Loaded and checked, but not reckoned with by this version: {', '.join(unused)}."))
    if all(result.can_be_loaded for result in found):
        lines.append(Text(f"Source {source.name} can be loaded.", style="green"))
    console.print(table)
    for line in lines:
        console.print(line)

"""How the commands that forget a source say what was removed."""

import typer


def forget_in_words(source_name: str) -> str:
    """Forget a source and say how much of what was removed; empty when nothing was kept of it."""
    from revenue_assets.automation.forgetting import forget

    def say_waiting() -> None:
        typer.echo("Another run is changing the data: waiting until it has ended.", err=True)

    forgotten = forget(source_name, say_waiting)
    if not (forgotten.files or forgotten.rows):
        return ""
    by_schema = ", ".join(f"{schema} {rows:,}" for schema, rows in forgotten.rows.items())
    rows = f"{sum(forgotten.rows.values()):,} rows of the warehouse" + (f" ({by_schema})" if by_schema else "")
    return f"{forgotten.files:,} files of the lake and {rows}"

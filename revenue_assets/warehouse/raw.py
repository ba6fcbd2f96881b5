"""The money datasets from the lake into `raw.*`: a source's rows are replaced whole, in one transaction.

Events never come here. One organization belongs to one source, because a table's key starts with the organization:
two sources that both told about it would overwrite each other.
"""

from collections.abc import Collection

import psycopg

from revenue_assets.contract.access import raw_files
from revenue_assets.contract.datasets import SNAPSHOT_DATASETS
from revenue_assets.contract.quoting import literals
from revenue_assets.contract.reading import CLOCKS_DIFFER
from revenue_assets.contract.source import Source
from revenue_assets.errors import CloseError, SourceError
from revenue_assets.lake.engine import duckdb_session
from revenue_assets.warehouse.copy import replace_rows


def load_raw(connection: psycopg.Connection, source: Source, datasets: Collection[str] | None = None) -> dict[str, int]:
    """Replace this source's rows in `raw.<dataset>` and its rows of `raw.organizations`; return rows per dataset.

    `datasets` limits the load to some of the snapshot datasets; one that the source does not deliver is emptied of
    its rows. The lake's snapshot files must be there (`contract.load.load_snapshot`), else CloseError. SourceError when
    another source delivers one of the organizations, or when the clock has gone back. Nothing is changed on an error.
    """
    wanted = [name for name in SNAPSHOT_DATASETS if datasets is None or name in datasets]
    organizations = source_organizations(source)
    counts: dict[str, int] = {}
    with connection.transaction():
        connection.execute("lock table raw.organizations in share row exclusive mode")
        _refuse_foreign(connection, source, organizations)
        _refuse_clock_behind(connection, source)
        for name in wanted:
            files = raw_files(source, name)
            if name in source.datasets and not files:
                raise CloseError(f"Dataset {name} of source {source.name} is not in the lake yet: load it first.")
            loaded = replace_rows(connection, f"raw.{name}", files, {"source_name": source.name})
            if name in source.datasets:
                counts[name] = loaded
        _replace_organizations(connection, source, organizations)
    return counts


def source_organizations(source: Source) -> list[str]:
    """The organizations of the source: those its snapshots name, and the one of source.toml."""
    files = [file for name in SNAPSHOT_DATASETS for file in raw_files(source, name)]
    found = {source.organization_id} if source.organization_id else set()
    if files:
        paths = literals(str(file) for file in files)
        with duckdb_session() as duck:
            read = f"select distinct organization_id from read_parquet([{paths}], union_by_name = true)"
            found |= {row[0] for row in duck.execute(read).fetchall()}
    return sorted(found)


def _refuse_foreign(connection: psycopg.Connection, source: Source, organizations: list[str]) -> None:
    taken = connection.execute(
        "select organization_id, source_name from raw.organizations"
        " where organization_id = any(%s) and source_name <> %s order by organization_id limit 1",
        [organizations, source.name],
    ).fetchone()
    if taken:
        raise SourceError(
            f"Organization {taken[0]} of source {source.name} is delivered by source {taken[1]} already, and an "
            f"organization belongs to one source: give it another organization_id in {source.folder}."
        )


def _refuse_clock_behind(connection: psycopg.Connection, source: Source) -> None:
    """A source that tells its as_of may go back to an earlier state of it; the clock may not.

    Versions of findings that were noted later than the as_of of a close are undone by it.
    """
    if source.as_of_select is not None:
        return
    closed = connection.execute(
        "select max(as_of) from raw.organizations where source_name = %s", [source.name]
    ).fetchone()
    if closed and closed[0] and closed[0] > source.as_of() + CLOCKS_DIFFER:
        raise SourceError(
            f"Source {source.name} was closed at {closed[0]:%Y-%m-%d %H:%M} UTC, but the clock of this machine says "
            f"{source.as_of():%Y-%m-%d %H:%M}: correct the clock and close again; nothing was changed."
        )


def _replace_organizations(connection: psycopg.Connection, source: Source, organizations: list[str]) -> None:
    connection.execute(
        "delete from raw.organizations where source_name = %s and organization_id <> all(%s)",
        [source.name, organizations],
    )
    told = [source.as_of(), source.grace_days, source.matching, list(source.datasets), source.billing_vendor]
    values = [source.name, *told, organizations]
    connection.execute(
        """
        insert into raw.organizations
            (organization_id, source_name, as_of, grace_days, matching, datasets, billing_vendor)
        select organization_id, %s, %s, %s, %s, %s::text[], %s
        from unnest(%s::text[]) as given (organization_id)
        on conflict (organization_id) do update
        set as_of = excluded.as_of, grace_days = excluded.grace_days,
            matching = excluded.matching, datasets = excluded.datasets, billing_vendor = excluded.billing_vendor
        """,
        values,
    )

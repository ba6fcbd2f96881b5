"""One DuckDB session over the files of one source: names inputs, runs steps, writes results.

A step is the `.sql` file of that name beside this module. Steps find each other by name, as temporary views and
tables; which file stands behind a name is decided here and in the modules that drive the steps. Files are found by
exact path, so a step never sees another source's rows. Nothing here knows what a step means.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import duckdb

from revenue_assets.contract.datasets import get_dataset
from revenue_assets.errors import CloseError
from revenue_assets.lake.engine import duckdb_session
from revenue_assets.lake.faults import fault_behind
from revenue_assets.lake.files import Lake, replacing
from revenue_assets.months import month_bounds

EVENT_DATASETS = ("usage_events", "reported_events")
_REFERENCES = ("accounts", "meters", "event_mappings", "plans", "subscriptions", "contract_prices", "billing_prices")


class LakeSource(Protocol):
    """What the lake needs to know of a source. `datasets` has a key for each dataset that the source delivers."""

    @property
    def name(self) -> str: ...
    @property
    def datasets(self) -> Mapping[str, Any]: ...
    @property
    def matching(self) -> str: ...
    def as_of(self) -> datetime: ...


class Workspace:
    """The session. `table` and `view` run a step under its own name or another; `write` puts one into the lake."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: LakeSource, lake: Lake) -> None:
        self.connection = connection
        self.source = source
        self.lake = lake
        self.files_read: list[Path] = []
        self._as_of = source.as_of()

    @property
    def is_matched(self) -> bool:
        """Whether the source delivers both sides of the metering rung."""
        return all(dataset in self.source.datasets for dataset in EVENT_DATASETS)

    def run_for(self, month: str, first_month: str | None = None, dataset: str | None = None) -> None:
        """Set the month (and dataset) that the steps build, and their window of events: from `first_month` on."""
        month_start, month_end = month_bounds(month)
        window_start, _ = month_bounds(first_month or month)
        values = {
            "source_name": literal(self.source.name),
            "dataset": literal(dataset),
            "month": literal(month),
            "month_start": literal(month_start),
            "billing_month": f"{literal(month_start)}::date",
            "window_start": literal(window_start),
            "window_first_date": f"{literal(window_start)}::date",
            "window_end": literal(month_end),
            "window_last_date": f"{literal(month_end)}::date",
            "as_of": literal(self._as_of),
            "is_matched": literal(self.is_matched),
            "has_prices": literal("contract_prices" in self.source.datasets),
        }
        columns = ", ".join(f"{value} as {column}" for column, value in values.items())
        self.connection.execute(f"create or replace temp table run as select {columns}")

    def references(self, account_id: str | None = None) -> None:
        """Name the reference datasets that the lake reads; one that the source does not deliver is empty.

        With `account_id` those that know accounts hold only this one.
        """
        self.snapshots(_REFERENCES, account_id)

    def snapshots(self, datasets: Sequence[str], account_id: str | None = None) -> None:
        """Name snapshots by their dataset, in the same way."""
        for dataset in datasets:
            file = self.lake.snapshot_file("raw", dataset, self.source.name)
            delivered = dataset in self.source.datasets
            if delivered and not file.exists():
                raise CloseError(
                    f"The dataset {dataset} of source {self.source.name} is not in the lake: load raw/{dataset} first."
                )
            of_account = account_id is not None and "account_id" in get_dataset(dataset).stored_columns()
            name = f"all_{dataset}" if of_account else dataset
            self.files(name, dataset, [file] if delivered else [])
            if account_id is not None and of_account:
                self._define(dataset, f"from {name} where account_id = {literal(account_id)}")

    def files(self, name: str, dataset: str, files: Sequence[Path]) -> None:
        """Name the raw files of a contract dataset, typed as the contract says; of monthly ones, with month and row."""
        monthly = get_dataset(dataset).is_monthly
        columns = get_dataset(dataset).stored_columns()
        if files:
            selected = [f"{column}::{type_} as {column}" for column, type_ in columns.items()]
            address = ["month", "file_row_number"] if monthly else []
            where = f"from {self._read(files, by_month=monthly)}"
        else:
            selected = [f"null::{type_} as {column}" for column, type_ in columns.items()]
            address = ["null::varchar as month", "null::bigint as file_row_number"] if monthly else []
            where = "where false"
        self._define(name, f"select {', '.join(selected + address)} {where}")

    def copies(self, name: str, files: Sequence[Path]) -> None:
        """Name the staged files that number the copies of duplicated ids."""
        columns = {"month": "varchar", "organization_id": "varchar", "row_number": "bigint", "copy": "bigint"}
        if files:
            self._define(name, f"select {', '.join(columns)} from {self._read(files, by_month=True)}")
        else:
            empty = ", ".join(f"null::{type_} as {column}" for column, type_ in columns.items())
            self._define(name, f"select {empty} where false")

    def csv(self, name: str, file: Path) -> None:
        """Name a table of this package, all columns text."""
        self._define(name, f"from read_csv({literal(str(file))}, header = true, all_varchar = true)")

    def built(self, name: str, file: Path, added: Mapping[str, str] | None = None) -> None:
        """Name a file that a step has written; `added` are columns, with their types, that earlier versions lack."""
        columns = ", ".join(f"null::{type_} as {column}" for column, type_ in (added or {}).items())
        missing = f"select {columns} where false union all by name " if columns else ""
        self._define(name, f"{missing}from {self._read([file])}")

    def view(self, name: str, step: str | None = None) -> None:
        """Let `name` stand for a step's SELECT, evaluated where it is used."""
        self._define(name, step_sql(step or name))

    def alias(self, name: str, other: str) -> None:
        """Let `name` stand for another view or table."""
        self._define(name, f"from {other}")

    def table(self, name: str, step: str | None = None) -> None:
        """Run a step once and keep its result under `name`."""
        self.connection.execute(f"create or replace temp table {name} as {step_sql(step or name)}")

    def rows_table(self, name: str, columns: str, rows: Sequence[Sequence[object]]) -> None:
        """Make a table of a few rows; `columns` are their names and types."""
        self.connection.execute(f"create or replace temp table {name} ({columns})")
        for row in rows:
            values = ", ".join(repr(value) if isinstance(value, float) else literal(value) for value in row)
            self.connection.execute(f"insert into {name} values ({values})")

    def variables(self, values: Mapping[str, str | int | datetime]) -> None:
        """Set values that steps read by `getvariable`: constants to DuckDB, which then skips what they rule out."""
        for name, value in values.items():
            self.connection.execute(f"set variable {name} = {literal(value)}")

    def write(
        self, query: str, target: Path, row_group_size: int = 122_880, metadata: Mapping[str, str] | None = None
    ) -> int:
        """Write a query (`step_sql` or `ordered`) into `target`, atomically; return the number of rows."""
        options = f"format parquet, compression zstd, row_group_size {row_group_size}"
        if metadata:
            pairs = ", ".join(f"{key}: {literal(value)}" for key, value in metadata.items())
            options += f", kv_metadata {{{pairs}}}"
        with replacing(target) as beside:
            written = self.connection.execute(f"copy (\n{query}\n) to {literal(str(beside))} ({options})").fetchone()
        return int(written[0]) if written else 0

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a short constant query."""
        return self.connection.execute(query).fetchall()

    def _read(self, files: Sequence[Path], *, by_month: bool = False) -> str:
        self.files_read += files
        return read_parquet(files, by_month=by_month)

    def _define(self, name: str, query: str) -> None:
        self.connection.execute(f"create or replace temp view {name} as {query}")


@contextmanager
def open_workspace(source: LakeSource) -> Iterator[Workspace]:
    """A workspace over this installation's lake; DamagedFileError names a file that it could not read."""
    with duckdb_session() as connection:
        workspace = Workspace(connection, source, Lake.from_settings())
        try:
            yield workspace
        except duckdb.Error as error:
            raise (fault_behind(error, workspace.lake.root, workspace.files_read) or error) from None


def literal(value: object) -> str:
    """The value as an SQL literal. Not a parameter: the first one makes DuckDB import pandas, which takes 2 seconds."""
    if value is None:
        return "null::varchar"
    if isinstance(value, datetime):
        return f"'{value.astimezone(UTC).isoformat()}'::timestamptz"
    if isinstance(value, int):  # bool too
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def read_parquet(files: Sequence[Path], *, by_month: bool = False) -> str:
    """A table function over these files; `by_month` adds the month of their folder and the number of each row."""
    options = "hive_partitioning = false"
    if by_month:
        options = "hive_partitioning = true, hive_types = {'month': varchar}, file_row_number = true"
    return f"read_parquet([{', '.join(literal(str(file)) for file in files)}], union_by_name = true, {options})"


@cache
def step_sql(step: str) -> str:
    """The SELECT of a step."""
    return Path(__file__).with_name(f"{step}.sql").read_text(encoding="utf-8")


def ordered(table: str, *columns: str) -> str:
    """A SELECT of a whole table in the order of these columns."""
    return f"from {table} order by {', '.join(columns)}"

"""What a dataset and its columns are: the vocabulary in which the contract is declared.

Only declarations live here and in `events`, `reference` and `documents`; validation, table definitions, the page
docs/contract.md and the typed reading of lake files are all derived from them and never repeat a column's name.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

ColumnType = Literal["id", "text", "ts", "qty", "money", "ccy", "bool", "int", "date", "json"]
Kind = Literal["events", "totals", "reference", "documents"]

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # before it, a time is a mistake such as the year 0014
LATEST = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)

DUCKDB_TYPES: dict[ColumnType, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "ts": "TIMESTAMP WITH TIME ZONE",
    "qty": "DECIMAL(38,12)",
    "money": "DECIMAL(38,12)",
    "ccy": "VARCHAR",
    "bool": "BOOLEAN",
    "int": "INTEGER",
    "date": "DATE",
    "json": "VARCHAR",  # JSON is text in Parquet; Spark and PostgreSQL read it as such
}
POSTGRES_TYPES: dict[ColumnType, str] = {
    "id": "text",
    "text": "text",
    "ts": "timestamptz",
    "qty": "numeric(38,12)",
    "money": "numeric(38,12)",
    "ccy": "text",
    "bool": "boolean",
    "int": "integer",
    "date": "date",
    "json": "jsonb",
}


@dataclass(frozen=True)
class Column:
    """One column. `required`: never null. `key`: part of the dataset's key, therefore required too.

    `default` stands in for a column that the source leaves out, and for a null where the column is not required.
    `minimum`/`maximum` bound a number (both included); a quantity is never negative. `happened` marks the time of
    something that is over: later than the source's as_of + 1 day it cannot be true. `time_zone` marks names of zones.
    """

    name: str
    type: ColumnType
    required: bool = False
    key: bool = False
    default: str | int | bool | None = None
    allowed: tuple[str, ...] = ()
    minimum: str | None = None
    maximum: str | None = None
    happened: bool = False
    time_zone: bool = False
    note: str = ""

    @property
    def is_mandatory(self) -> bool:
        """A SELECT without this column cannot be loaded."""
        return (self.required or self.key) and self.default is None

    @property
    def lowest(self) -> str | None:
        """The least value allowed."""
        return "0" if self.minimum is None and self.type == "qty" else self.minimum


@dataclass(frozen=True)
class Rule:
    """A rule over several columns: an SQL condition that a good row fulfils, and the words for one that does not."""

    condition: str
    broken: str


@dataclass(frozen=True)
class Dataset:
    """One input dataset. `month_column` is the time whose UTC month partitions it (None: kept as one snapshot)."""

    name: str
    kind: Kind
    meaning: str
    columns: tuple[Column, ...]
    month_column: str | None = None
    rules: tuple[Rule, ...] = ()
    is_used: bool = True
    _by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {column.name: column for column in self.columns})

    @property
    def keys(self) -> tuple[str, ...]:
        """The key columns, without organization_id, which is always in front of them."""
        return tuple(column.name for column in self.columns if column.key)

    @property
    def is_monthly(self) -> bool:
        """Whether the lake keeps this dataset by month (events and totals) rather than as one snapshot."""
        return self.kind in ("events", "totals")

    def column(self, name: str) -> Column:
        """The column of this name; KeyError when the contract has none."""
        return self._by_name[name]

    def stored_columns(self) -> dict[str, str]:
        """Names and DuckDB types of the columns of the lake's raw files, in order."""
        owner = {"source_name": "VARCHAR", "organization_id": "VARCHAR"}
        return owner | {column.name: DUCKDB_TYPES[column.type] for column in self.columns}

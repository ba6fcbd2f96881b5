"""Looking at a sample of what a source delivers, before anything is loaded: what `revenue sources check` prints."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb

from revenue_assets.contract import reading
from revenue_assets.contract.checks import suits
from revenue_assets.contract.datasets import get_dataset
from revenue_assets.contract.load import extra_columns, missing_columns, prepare
from revenue_assets.contract.model import DUCKDB_TYPES
from revenue_assets.contract.parts import whole
from revenue_assets.contract.quoting import identifier
from revenue_assets.contract.source import Source
from revenue_assets.contract.validation import Validation
from revenue_assets.errors import SourceError
from revenue_assets.lake.engine import duckdb_session


@dataclass
class DatasetCheck:
    """What a sample of one dataset shows. `bad_values` maps each broken rule to (rows, one of the reasons)."""

    dataset: str
    rows_sampled: int = 0
    missing: list[str] = field(default_factory=list)
    wrong_types: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    bad_values: dict[str, tuple[int, str]] = field(default_factory=dict)
    error: str = ""

    @property
    def can_be_loaded(self) -> bool:
        """Whether all that is mandatory is there; bad values alone only send their rows to quarantine."""
        return not (self.error or self.missing or self.wrong_types)


def check_source(source: Source, sample_rows: int = 10_000) -> Iterator[DatasetCheck]:
    """Check every dataset of the source on its first `sample_rows` rows, one after the other; nothing is written."""
    for dataset_name in source.datasets:
        try:
            yield _check(source, dataset_name, sample_rows)
        except SourceError as error:
            yield DatasetCheck(dataset_name, error=str(error))


def _check(source: Source, dataset_name: str, sample_rows: int) -> DatasetCheck:
    given = source.columns(dataset_name)
    result = DatasetCheck(
        dataset_name,
        missing=missing_columns(source, dataset_name, given),
        extra=extra_columns(dataset_name, given),
    )
    if result.missing:
        return result
    validation = prepare(source, dataset_name)
    sample = f"select * from (\n{reading.as_subquery(source.select(dataset_name))}\n) limit {int(sample_rows)}"
    with duckdb_session() as duck, reading.explained(source, dataset_name):
        part = whole(duck, validation, sample)
        result.rows_sampled = duck.execute(part.validation.count_rows()).fetchall()[0][0]
        result.wrong_types = list(_wrong_types(duck, part.validation))
        bad = f"select rule, count(*), min(reason) from ({part.validation.bad_rows()}) group by rule order by 2 desc, 1"
        result.bad_values = {rule: (count, example) for rule, count, example in duck.execute(bad).fetchall()}
    return result


def _wrong_types(duck: duckdb.DuckDBPyConnection, validation: Validation) -> Iterator[str]:
    """Columns of a type that cannot be converted; one that is null throughout (`null as ended_at`) does no harm."""
    for column in get_dataset(validation.dataset.name).columns:
        given_type = validation.given.get(column.name)
        if given_type is None or suits(column.type, given_type):
            continue
        values = duck.execute(f"select count({identifier(column.name)}) from {validation.relation}").fetchall()
        if values[0][0]:
            yield f"{column.name} is {given_type}, should be {DUCKDB_TYPES[column.type].lower()}"

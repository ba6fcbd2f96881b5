"""Typed reading of the lake's raw files: a SELECT that works, with the contract's columns, even where no file is.

A step that joins an optional dataset needs no case for its absence: it joins zero rows of the right types.
"""

from collections.abc import Sequence
from pathlib import Path

from revenue_assets.contract.datasets import get_dataset
from revenue_assets.contract.quoting import identifier, literals
from revenue_assets.contract.source import Source
from revenue_assets.lake.files import Lake


def raw_files(source: Source, dataset_name: str, months: Sequence[str] = ()) -> list[Path]:
    """The raw files of this source that exist: of these months for events and totals, else the one snapshot."""
    if dataset_name not in source.datasets:
        return []  # a file of a dataset that the source delivered once must not be read for ever
    lake = Lake.from_settings()
    if get_dataset(dataset_name).is_monthly:
        files = [lake.month_file("raw", dataset_name, month, source.name) for month in months]
    else:
        files = [lake.snapshot_file("raw", dataset_name, source.name)]
    return [file for file in files if file.exists()]


def raw_select(source: Source, dataset_name: str, months: Sequence[str] = ()) -> str:
    """A SELECT of the dataset's stored columns over those files; of zero rows when there is none."""
    columns = get_dataset(dataset_name).stored_columns()
    files = raw_files(source, dataset_name, months)
    if not files:
        typed = ", ".join(f"cast(null as {kind}) as {identifier(name)}" for name, kind in columns.items())
        return f"select {typed} where false"
    paths = literals(str(file) for file in files)
    return f"select {', '.join(map(identifier, columns))} from read_parquet([{paths}], hive_partitioning = false)"

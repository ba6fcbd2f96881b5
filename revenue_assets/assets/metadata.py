"""What an asset shows of its work in Dagster: rows in, out and quarantined, per month and source, and its columns."""

from collections.abc import Iterable, Mapping, Sequence

import dagster as dg

from revenue_assets.contract.datasets import DATASETS
from revenue_assets.contract.load import LoadReport
from revenue_assets.contract.model import POSTGRES_TYPES, Column, Dataset

OWNERS = ["team:revenue"]
ROWS = "dagster/row_count"
PER_MONTH = (ROWS, "rows_in", "rows_quarantined")
QUARANTINED_BY_RUN, REASONS, WARNINGS = "rows_quarantined_by_run", "quarantine_reasons", "warnings"

Metadata = dict[str, dg.MetadataValue]


def contract_schema(dataset: Dataset) -> dg.TableSchema:
    """The columns of a dataset of the contract, as its files and tables hold them."""
    owners = [
        dg.TableColumn("source_name", "text", "the folder below sources/ that delivered the row"),
        dg.TableColumn("organization_id", "text", "the company whose revenue this is"),
    ]
    columns = [
        dg.TableColumn(
            column.name,
            POSTGRES_TYPES[column.type],
            _meaning(column) or None,
            dg.TableColumnConstraints(nullable=not (column.required or column.key), unique=False),
        )
        for column in dataset.columns
    ]
    return dg.TableSchema([*owners, *columns])


def _meaning(column: Column) -> str:
    """What the contract says of a column beyond its type."""
    allowed = f"one of {', '.join(column.allowed)}" if column.allowed else ""
    default = f"default {column.default}" if column.default is not None else ""
    key = "key" if column.key else ""
    return "; ".join(text for text in (key, allowed, default, column.note) if text)


def load_metadata(reports: Sequence[LoadReport], absent: Iterable[str]) -> Metadata:
    """What a load brought, over all its sources; `absent` are the sources that do not have the dataset."""
    metadata = _counts([(report.rows_in, report.rows_out, report.rows_quarantined) for report in reports])
    metadata[QUARANTINED_BY_RUN] = metadata["rows_quarantined"]
    reasons = [
        f"{report.source}: {count:,} rows, {rule}" for report in reports for rule, count in _most(report.reasons)
    ]
    warnings = [f"{r.source}: {text}" for r in reports if DATASETS[r.dataset].is_used for text in r.warnings]
    missing = [f"not delivered by source {name}" for name in absent]
    for name, lines in ((REASONS, reasons), (WARNINGS, warnings), ("not_delivered", missing)):
        if lines:
            metadata[name] = dg.MetadataValue.md("\n".join(f"- {line}" for line in lines))
    return metadata


def loaded_month_metadata(reports: Sequence[LoadReport], month: str) -> Metadata:
    """What a load brought of one month."""
    return _counts([report.per_month.get(month, (0, 0, 0)) for report in reports])


def _counts(counts: Sequence[tuple[int, int, int]]) -> Metadata:
    """Of (rows in, rows out, rows quarantined)."""
    rows_in, rows_out, rows_quarantined = (sum(column) for column in zip((0, 0, 0), *counts, strict=True))
    return {
        ROWS: dg.MetadataValue.int(rows_out),
        "rows_in": dg.MetadataValue.int(rows_in),
        "rows_quarantined": dg.MetadataValue.int(rows_quarantined),
    }


def month_metadata(rows: Mapping[str, int]) -> Metadata:
    """Row counts of one month, by source."""
    metadata: Metadata = {ROWS: dg.MetadataValue.int(sum(rows.values()))}
    if len(rows) > 1:
        metadata["rows_by_source"] = dg.MetadataValue.json(dict(rows))
    return metadata


def _most(reasons: Mapping[str, int], most: int = 20) -> list[tuple[str, int]]:
    return sorted(reasons.items(), key=lambda item: (-item[1], item[0]))[:most]

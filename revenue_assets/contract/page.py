"""docs/contract.md, written from the declarations: `python -m revenue_assets.contract.page` writes it anew.

A test fails when the file is not what this module would write.
"""

from pathlib import Path

from revenue_assets.contract.datasets import DATASETS
from revenue_assets.contract.model import DUCKDB_TYPES, POSTGRES_TYPES, Column, Dataset
from revenue_assets.settings import PROJECT_DIR

PAGE = PROJECT_DIR / "docs" / "contract.md"
_INTRODUCTION = Path(__file__).with_name("page_introduction.md")
_KINDS = {
    "events": "Events, kept by UTC month",
    "totals": "Totals instead of events, kept by UTC month",
    "reference": "Reference data, whole snapshots",
    "documents": "Billing documents and cash, whole snapshots",
}


def contract_page() -> str:
    """The whole page."""
    parts = [_INTRODUCTION.read_text(encoding="utf-8"), _types()]
    for kind, heading in _KINDS.items():
        parts.append(f"## {heading}\n")
        parts += [_section(dataset) for dataset in DATASETS.values() if dataset.kind == kind]
    return "\n".join(parts)


def _types() -> str:
    rows = "\n".join(f"| `{name}` | {kind} | {POSTGRES_TYPES[name]} |" for name, kind in DUCKDB_TYPES.items())
    heading = "| contract | in the lake (Parquet, DuckDB) | in the warehouse (PostgreSQL) |\n|---|---|---|"
    return f"## Types\n\n{heading}\n{rows}\n"


def _section(dataset: Dataset) -> str:
    facts = [dataset.meaning]
    if dataset.keys:
        facts.append(f"Key: organization_id, {', '.join(dataset.keys)}.")
    if dataset.month_column and dataset.is_monthly:
        facts.append(f"Its month is that of `{dataset.month_column}`.")
    if not dataset.is_used:
        facts.append("*Loaded and checked; this version does not reckon with it yet.*")
    rows = "\n".join(
        f"| {f'**{column.name}**' if column.key else column.name} | `{column.type}` | "
        f"{'yes' if column.required or column.key else ''} | {_default(column)} | {_rules(column)} |"
        for column in dataset.columns
    )
    rules = "".join(f"* A row is refused where {rule.broken}.\n" for rule in dataset.rules)
    table = f"| column | type | required | default | rules |\n|---|---|---|---|---|\n{rows}\n"
    return "\n".join([f"### {dataset.name}\n", f"{' '.join(facts)}\n", table, *([rules] if rules else [])])


def _default(column: Column) -> str:
    return (
        ""
        if column.default is None
        else f"`{str(column.default).lower() if column.type == 'bool' else column.default}`"
    )


def _rules(column: Column) -> str:
    words = []
    if column.allowed:
        words.append(", ".join(f"`{value}`" for value in column.allowed))
    if column.type == "ccy":
        words.append("ISO 4217")
    if column.lowest == "0":
        words.append("not negative")
    elif column.lowest is not None:
        words.append(f"at least {column.lowest}")
    if column.maximum is not None:
        words.append(f"at most {column.maximum}")
    if column.happened:
        words.append("not after as_of + 1 day")
    if column.note:
        words.append(column.note)
    return "; ".join(words).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(contract_page(), encoding="utf-8")

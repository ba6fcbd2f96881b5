"""The pre-invoice gate of a source: what its drafts would bill beside what is owed (dbt: mart_invoice_gate)."""

from collections.abc import Sequence
from dataclasses import dataclass

from revenue_assets.findings.formatting import value_text
from revenue_assets.findings.queries import Row, rows

GATE_COLUMNS = (
    "organization_id",
    "account_id",
    "subscription_id",
    "item",
    "period_start",
    "period_end",
    "currency",
    "maturity",
    "invoice_ids",
    "expected_units",
    "draft_units",
    "expected_amount",
    "invoiced_amount",
    "draft_amount",
    "difference_amount",
    "is_right",
    "code",
    "name",
    "causes",
    "to_do",
    "unrated_reason",
)


@dataclass(frozen=True)
class Gate:
    """The items that drafts bill or leave out, by verdict; `unknown` are those that cannot be rated."""

    wrong: Sequence[Row]
    unknown: Sequence[Row]
    right: Sequence[Row]

    @property
    def rows(self) -> list[Row]:
        """All of them, the wrong ones first."""
        return [*self.wrong, *self.unknown, *self.right]


def read_gate(source: str) -> Gate:
    """The gate of the months that were closed last; CloseError when nothing has been closed."""
    found = rows("invoice_gate", {"source": source})

    def of(verdict: bool | None) -> list[Row]:
        return [row for row in found if row["is_right"] is verdict]

    return Gate(wrong=of(False), unknown=of(None), right=of(True))


def gate_texts(row: Row) -> dict[str, str]:
    """A row for programs: exact amounts, times in UTC, nothing for null."""
    return {name: value_text(row[name], row["minor_unit"], is_amount=name.endswith("_amount")) for name in GATE_COLUMNS}

"""What a check that compares two sides shows: whether they agree, the first differences in words, and all counted.

Used by the checks that span systems, so that they all read alike in the UI, in `revenue close` and in
`revenue controls`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import dagster as dg

_IN_WORDS = 3
_EXAMPLES = 20


def compared(
    spec: dg.AssetCheckSpec, differences: Sequence[str], counted: Mapping[str, Any] | None = None
) -> dg.AssetCheckResult:
    """The verdict on these differences, in words; a failed check that does not block is a warning."""
    more = f"; and {len(differences) - _IN_WORDS:,} more" if len(differences) > _IN_WORDS else ""
    metadata: dict[str, Any] = {"differences": len(differences), **(counted or {})}
    if differences:
        metadata["examples"] = dg.MetadataValue.md("\n".join(f"- {text}" for text in differences[:_EXAMPLES]))
    return dg.AssetCheckResult(
        check_name=spec.name,
        asset_key=spec.asset_key,
        passed=not differences,
        severity=dg.AssetCheckSeverity.ERROR if spec.blocking else dg.AssetCheckSeverity.WARN,
        description="; ".join(differences[:_IN_WORDS]) + more or None,
        metadata=metadata,
    )


def in_words(row: Mapping[str, Any]) -> str:
    """A row of differences: `nimbus_ai, 2025-03, U1: findings_amount 4, causes_amount 3`."""
    keys = [_text(value) for value in row.values() if not _is_measure(value) and value is not None]
    measures = [f"{name} {_text(value)}" for name, value in row.items() if _is_measure(value)]
    return f"{', '.join(keys)}: {', '.join(measures)}" if measures else ", ".join(keys)


def table(rows: Sequence[Mapping[str, Any]]) -> dg.MarkdownMetadataValue:
    """Rows as a table, for the metadata of a check."""
    names = list(rows[0]) if rows else []
    head = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    lines = [f"| {' | '.join(_text(value) for value in row.values())} |" for row in rows]
    return dg.MetadataValue.md("\n".join([*head, *lines]))


def _is_measure(value: object) -> bool:
    return isinstance(value, int | Decimal)


def _text(value: object) -> str:
    """Decimals without trailing zeros, a first of a month as its month, times to the minute."""
    match value:
        case None:
            return "none"
        case Decimal():
            return f"{value.normalize():f}" if value else "0"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
        case date(day=1):
            return f"{value:%Y-%m}"
        case int():
            return f"{value:,}"
        case _:
            return str(value)

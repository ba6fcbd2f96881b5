"""The check on drafts warns of wrong ones with examples, and of nothing else."""

from datetime import UTC, datetime
from decimal import Decimal

import dagster as dg

from revenue_assets.checks.invoice_gate import gate_result

RIGHT = {
    "account_id": "acme",
    "item": "calls",
    "period_start": datetime(2025, 1, 1, tzinfo=UTC),
    "currency": "USD",
    "expected_amount": Decimal("10.00"),
    "draft_amount": Decimal("10.00"),
    "difference_amount": Decimal(0),
    "is_right": True,
    "causes": None,
    "to_do": None,
    "minor_unit": 2,
}
UNKNOWN = RIGHT | {"is_right": None, "expected_amount": None, "difference_amount": None}
WRONG = RIGHT | {"is_right": False, "draft_amount": Decimal(8), "difference_amount": Decimal(2), "causes": "R1 2"}


def test_right_and_unknown_drafts_pass_and_are_counted() -> None:
    result = gate_result([RIGHT, UNKNOWN])
    assert result.passed
    assert {name: value.value for name, value in result.metadata.items()} == {
        "drafted_items": 2,
        "wrong_items": 0,
        "items_not_rated": 1,
    }


def test_a_wrong_draft_is_a_warning_with_an_example() -> None:
    result = gate_result([WRONG, RIGHT])
    assert not result.passed
    assert result.severity == dg.AssetCheckSeverity.WARN
    assert result.description == "1 of 2 drafted items would be billed wrongly"
    assert "| acme | calls | 2025-01-01 | 10.00 USD | 8.00 USD | 2.00 USD | R1 2 |" in str(
        result.metadata["examples"].value
    )

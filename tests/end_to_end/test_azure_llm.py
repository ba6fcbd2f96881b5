"""Real LLM requests with a planted outage and planted retries: the loss is what a plain reading of the files gives."""

import csv
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

import pytest

from revenue_assets.settings import PROJECT_DIR
from tests.end_to_end.installation import Installation

DATA = PROJECT_DIR / "sources" / "azure_llm" / "data"
PRICES = {"input_tokens": Decimal("0.0000025"), "output_tokens": Decimal("0.0000100")}
OUTAGE = ("2023-11-16 18:40:00", "2023-11-16 18:45:00")
RETRIED_EVERY = 500

Key = tuple[str, str, str]  # account, meter, code


def planted() -> dict[Key, tuple[Decimal, int, Decimal]]:
    """Amount, events and units of every finding, by the rules that sources/azure_llm states."""
    used, lost, twice = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    events = Counter[Key]()
    for name in ("code", "conv"):
        with (DATA / f"AzureLLMInferenceTrace_{name}.csv").open(newline="") as file:
            for number, row in enumerate(csv.DictReader(file), start=1):
                account = f"tenant-{number % 8}"
                is_lost = OUTAGE[0] <= row["TIMESTAMP"] < OUTAGE[1]
                is_twice = number % RETRIED_EVERY == 0 and not is_lost
                for meter, column in (("input_tokens", "ContextTokens"), ("output_tokens", "GeneratedTokens")):
                    tokens = int(row[column])
                    used[account, meter] += tokens
                    lost[account, meter] += tokens * is_lost
                    twice[account, meter] += tokens * is_twice
                    events[account, meter, "U1"] += is_lost
                    events[account, meter, "U8"] += is_twice
    found: dict[Key, tuple[Decimal, int, Decimal]] = {}
    for (account, meter), units in used.items():
        entitled = cost(meter, units)
        reported_once = cost(meter, units - lost[account, meter])
        reported = cost(meter, units - lost[account, meter] + twice[account, meter])
        for code, amount, of_code in (
            ("U1", entitled - reported_once, lost[account, meter]),
            ("U8", reported_once - reported, -twice[account, meter]),
        ):
            if amount:
                key = (account, meter, code)
                found[key] = (amount, events[key], Decimal(of_code))
    return found


def cost(meter: str, units: int) -> Decimal:
    return (units * PRICES[meter]).quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.fixture(scope="module")
def azure(shared: Installation) -> Installation:
    shared.close("azure_llm")
    return shared


def test_the_findings_are_exactly_what_was_planted(azure: Installation) -> None:
    query = """
        select account_id, item, code, leak_amount, events, units
        from marts.revmatch_leaks where organization_id = 'azure_llm'
    """
    found = {
        (account, item, code): (amount, events, units)
        for account, item, code, amount, events, units in azure.rows(query)
    }
    expected = planted()
    assert len(expected) > 16
    assert found == expected

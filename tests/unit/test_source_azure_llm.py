"""The rules of sources/azure_llm/README.md, done again in plain Python over the two files."""

import csv
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb

from revenue_assets.contract.access import raw_select
from revenue_assets.contract.load import load_month_datasets, load_snapshot
from revenue_assets.contract.source import load_source
from revenue_assets.settings import PROJECT_DIR

DATA = PROJECT_DIR / "sources" / "azure_llm" / "data"
PRICES = {"in": Decimal("2.50") / 1_000_000, "out": Decimal("10.00") / 1_000_000}
METERS = {"in": "input_tokens", "out": "output_tokens"}
Event = tuple[str, str, str, int]  # account, event name, time, units


def planted() -> tuple[dict[str, Event], dict[str, Event]]:
    """Used and reported events by id. The number of a request is its line in the file: the files are in order."""
    used: dict[str, Event] = {}
    reported: dict[str, Event] = {}
    for file in ("code", "conv"):
        with (DATA / f"AzureLLMInferenceTrace_{file}.csv").open(newline="") as lines:
            for number, row in enumerate(csv.DictReader(lines), start=1):
                for direction, tokens in (("in", row["ContextTokens"]), ("out", row["GeneratedTokens"])):
                    event_id = f"{file}-{number}-{direction}"
                    event = (f"tenant-{number % 8}", METERS[direction], row["TIMESTAMP"][:26], int(tokens))
                    used[event_id] = event
                    if not "18:40:00" <= row["TIMESTAMP"][11:] < "18:45:00":
                        reported[event_id] = event
                        if number % 500 == 0:
                            reported[f"{event_id}-retry"] = event
    return used, reported


def test_events_and_invoices_follow_the_stated_rules_exactly(home: Path) -> None:
    source = load_source("azure_llm")
    assert source.months() == ["2023-11"]
    used, reported = planted()
    assert len(used) == 2 * 28_185
    duck = duckdb.connect()
    duck.execute("set TimeZone = 'UTC'")
    for dataset, expected in (("usage_events", used), ("reported_events", reported)):
        report = load_month_datasets(source, dataset, ["2023-11"])
        assert (report.rows_out, report.rows_quarantined) == (len(expected), 0)
        rows = duck.execute(
            "select event_id, account_id, event_name, strftime(occurred_at, '%Y-%m-%d %H:%M:%S.%f'), units "
            f"from ({raw_select(source, dataset, ['2023-11'])})"
        ).fetchall()
        assert {row[0]: row[1:] for row in rows} == expected

    load_snapshot(source, "invoice_lines")
    billed: dict[tuple[str, str], int] = {}
    for account, meter, _, units in reported.values():
        billed[account, meter] = billed.get((account, meter), 0) + units
    prices = {METERS[direction]: price for direction, price in PRICES.items()}
    lines = duck.execute(f"select invoice_id, meter_id, units, amount from ({raw_select(source, 'invoice_lines')})")
    found = {(f"tenant-{row[0].split('-')[1]}", row[1]): (row[2], row[3]) for row in lines.fetchall()}
    cent = Decimal("0.01")
    assert found == {
        key: (units, (units * prices[key[1]]).quantize(cent, ROUND_HALF_UP)) for key, units in billed.items()
    }

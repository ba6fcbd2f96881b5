"""Imperfect deliveries: what is missing is what is said to be missing, and nothing else."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from revenue_assets.accuracy.degradation import DELIVERIES
from revenue_assets.contract.source import Source, load_source
from revenue_assets.simulation.simulate import COMPANY, simulate

SEED = 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("world")
    simulate("small", SEED, target)
    return target


@pytest.fixture
def perfect(folder: Path, home: Path) -> Source:
    return load_source("simulated", {"data_dir": str(folder / COMPANY)})


def rows(source: Source, dataset: str) -> list[dict[str, Any]]:
    with duckdb.connect() as duck:
        duck.execute("set timezone = 'UTC'")
        table = duck.execute(source.select(dataset)).to_arrow_table()
    found: list[dict[str, Any]] = table.to_pylist()
    return found


def differing(perfect: Source, degraded: Source) -> set[str]:
    return {name for name in perfect.datasets if perfect.select(name) != degraded.select(name)}


def test_a_perfect_delivery_is_the_company_itself(perfect: Source) -> None:
    assert DELIVERIES["perfect"](perfect, SEED) == perfect


def test_natural_keys_leave_out_the_ids_and_no_event(perfect: Source) -> None:
    degraded = DELIVERIES["natural_keys"](perfect, SEED)
    assert differing(perfect, degraded) == {"usage_events", "reported_events"}
    assert (perfect.matching, degraded.matching) == ("event_id", "natural_key")
    for dataset in ("usage_events", "reported_events"):
        assert len(rows(degraded, dataset)) == len(rows(perfect, dataset))


def test_hours_are_missing_in_one_month_only(perfect: Source) -> None:
    degraded = DELIVERIES["missing_hours"](perfect, SEED)
    assert differing(perfect, degraded) == {"reported_events"}
    before, after = (
        Counter(f"{row['occurred_at']:%Y-%m}" for row in rows(one, "reported_events")) for one in (perfect, degraded)
    )
    lacking = {month for month in before if after[month] < before[month]}
    assert len(lacking) == 1
    (month,) = lacking
    assert 0.7 * before[month] < after[month]  # at most six of some thirty days


def test_documents_of_the_last_days_are_missing_with_their_lines(perfect: Source) -> None:
    degraded = DELIVERIES["late_documents"](perfect, SEED)
    invoices = {row["invoice_id"] for row in rows(degraded, "invoices")}
    assert 0 < len(invoices) < len(rows(perfect, "invoices"))
    assert {row["invoice_id"] for row in rows(degraded, "invoice_lines")} == {
        row["invoice_id"] for row in rows(perfect, "invoice_lines") if row["invoice_id"] in invoices
    }
    newest = max(row["issued_at"] for row in rows(degraded, "invoices"))
    assert isinstance(newest, datetime)
    assert timedelta(days=5) <= perfect.as_of() - newest
    assert max(row["attempted_at"] for row in rows(degraded, "payment_attempts")) < perfect.as_of() - timedelta(days=5)


def test_every_delivery_is_the_same_for_the_same_seed_and_another_for_another(perfect: Source) -> None:
    for name in ("missing_hours", "late_documents"):
        degrade = DELIVERIES[name]
        assert degrade(perfect, 1).datasets == degrade(perfect, 1).datasets
        assert (
            len(
                {
                    degrade(perfect, seed).select("reported_events" if "hours" in name else "invoices")
                    for seed in range(9)
                }
            )
            > 1
        )

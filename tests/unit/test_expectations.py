"""The suites at the doorstep: good rows keep every expectation quiet, and each is broken by the rows meant for it.

Great Expectations is imported once, in this process. Of each dataset the facts are counted once per expectation, on
rows that are bad in the one way that breaks it, and judged all together.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import duckdb
import pytest

from revenue_assets.checks import suite_run
from revenue_assets.checks.suite_facts import Facts, Occasion, Wanted, wrong_columns
from revenue_assets.checks.suite_history import are_over, months_before, stability_index
from revenue_assets.checks.suite_page import PAGE, expectations_page
from revenue_assets.checks.suite_run import expectations_of, facts_batches, gather, judge, validate
from revenue_assets.checks.suites import SUITES
from revenue_assets.contract.datasets import DATASETS
from revenue_assets.settings import PROJECT_DIR
from tests.unit.suite_mutations import mutation
from tests.unit.suite_rows import MONTHS, ROWS, good_rows

OCCASION = Occasion((MONTHS[-1],), datetime(2025, 5, 2, tzinfo=UTC), ROWS)
NO_DATASETS = {"__init__", "declared", "prices", "vocabulary"}
PAYMENTS_FAILED = "create or replace view payment_attempts as select * replace ('failed' as status) from good_"


@pytest.fixture(scope="module")
def batches() -> Any:
    return facts_batches()


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with good_rows() as session:
        yield session


def test_there_is_a_suite_for_every_dataset_of_the_contract_and_a_module_for_every_suite() -> None:
    modules = {file.stem for file in (PROJECT_DIR / "expectations").glob("*.py")} - NO_DATASETS
    assert modules == set(SUITES) == set(DATASETS)
    assert {file.stem for file in (PROJECT_DIR / "expectations").glob("*.sql")} <= modules


@pytest.mark.parametrize("dataset", SUITES)
def test_good_rows_meet_every_expectation(batches: Any, duck: duckdb.DuckDBPyConnection, dataset: str) -> None:
    rows, outcomes = judge(batches, duck, dataset, OCCASION)
    assert rows == ROWS
    assert [outcome for outcome in outcomes if not outcome["is_met"] or outcome["error"]] == []
    assert {outcome["severity"] for outcome in outcomes} == {"critical", "warning"}
    assert len({outcome["name"] for outcome in outcomes}) == len(outcomes) >= 9


@pytest.mark.parametrize("dataset", SUITES)
def test_every_expectation_is_broken_by_the_rows_meant_for_it(
    batches: Any, duck: duckdb.DuckDBPyConnection, dataset: str
) -> None:
    suite = expectations_of(dataset)
    names = [each.column for each in suite.expectations]
    assert [name for name in names if mutation(dataset, name) is None] == []
    frame: dict[str, list[Any]] = {}
    broken: dict[str, int] = {}
    for each in suite.expectations:
        facts = facts_of_bad_rows(duck, dataset, each)
        column = facts.columns[each.column]
        frame[each.column] = [min(column), max(column)]
        broken |= facts.broken
    outcomes = validate(batches, suite, Facts(frame, ROWS, broken))
    assert [outcome["name"] for outcome in outcomes if outcome["is_met"] or outcome["error"]] == []


def test_verdicts_are_those_of_expectations_that_make_their_configuration_each_time(
    batches: Any, duck: duckdb.DuckDBPyConnection
) -> None:
    duck.execute("create or replace view invoices as select * replace ('usd' as currency) from good_invoices")
    quick = [judge(batches, duck, name, OCCASION) for name in ("invoices", "invoice_lines", "usage_events")]
    with mock.patch.object(suite_run, "configured_once", nullcontext):
        usual = [judge(batches, duck, name, OCCASION) for name in ("invoices", "invoice_lines", "usage_events")]
    duck.execute("create or replace view invoices as from good_invoices")
    assert quick == usual
    assert {outcome["is_met"] for _, outcomes in quick for outcome in outcomes} == {True, False}


def facts_of_bad_rows(duck: duckdb.DuckDBPyConnection, dataset: str, expectation: Any) -> Facts:
    name = expectation.column
    meta = expectation.meta
    chosen = mutation(dataset, name)
    assert chosen is not None
    duck.execute(f"create or replace view {dataset} as {chosen.select(dataset)}")
    if name == "of_a_payment_that_failed":
        duck.execute(f"{PAYMENTS_FAILED}payment_attempts")
    try:
        if name == "wrong_columns":
            return Facts({name: [len(wrong_columns(duck, DATASETS[dataset]))]}, ROWS)
        wanted = [Wanted(name, meta["fact"], meta["where"], tuple(meta["shows"]))]
        return gather(duck, DATASETS[dataset], wanted, OCCASION, dataset)
    finally:
        duck.execute(f"create or replace view {dataset} as from good_{dataset}")
        duck.execute("create or replace view payment_attempts as from good_payment_attempts")


def broken(batches: Any, duck: duckdb.DuckDBPyConnection, dataset: str, select: str) -> dict[str, dict[str, Any]]:
    duck.execute(f"create or replace view {dataset} as {select}")
    try:
        _, outcomes = judge(batches, duck, dataset, OCCASION)
    finally:
        duck.execute(f"create or replace view {dataset} as from good_{dataset}")
    return {outcome["name"]: outcome for outcome in outcomes if not outcome["is_met"]}


def test_a_single_odd_invoice_is_a_warning_that_shows_it(batches: Any, duck: duckdb.DuckDBPyConnection) -> None:
    earlier = "case when invoice_id = 'invoice_id_7' then timestamptz '2025-04-09' else finalized_at end"
    found = broken(batches, duck, "invoices", f"select * replace ({earlier} as finalized_at) from good_invoices")
    (outcome,) = found.values()
    assert (outcome["name"], outcome["severity"]) == ("finalized_at_before_issued_at", "warning")
    assert outcome["broken_rows"] == 1
    assert outcome["examples"] == [
        {
            "organization_id": "org",
            "invoice_id": "invoice_id_7",
            "issued_at": "2025-04-10 00:00:07Z",
            "finalized_at": "2025-04-09",
        }
    ]


def test_one_copy_among_thousands_is_found_and_shown(batches: Any, duck: duckdb.DuckDBPyConnection) -> None:
    found = broken(batches, duck, "invoices", "(from good_invoices union all from good_invoices limit 4001)")
    assert found["copies"]["severity"] == "critical"
    assert found["copies"]["observed"] == "1 row"
    (example,) = found["copies"]["examples"]
    assert example["copies"] == "2"


def test_of_wrong_columns_nothing_else_is_judged(batches: Any, duck: duckdb.DuckDBPyConnection) -> None:
    found = broken(batches, duck, "plans", "select * exclude (currency) replace (1.5::double as rank) from good_plans")
    assert list(found) == ["wrong_columns"]
    assert found["wrong_columns"]["examples"] == [
        {"column": "rank", "contract": "INTEGER", "found": "DOUBLE"},
        {"column": "currency", "contract": "VARCHAR", "found": "none"},
    ]


def test_a_snapshot_is_compared_with_nothing_when_it_is_the_first(
    batches: Any, duck: duckdb.DuckDBPyConnection
) -> None:
    _, outcomes = judge(batches, duck, "plans", Occasion())
    assert all(outcome["is_met"] for outcome in outcomes)


def test_a_month_that_is_not_over_is_not_compared() -> None:
    assert are_over(["2025-03", "2025-04"], datetime(2025, 4, 30, 23, tzinfo=UTC)) == ["2025-03"]
    assert months_before("2025-02") == ["2024-11", "2024-12", "2025-01"]


def test_the_stability_index_is_that_of_a_worked_example() -> None:
    # Shares 0.5, 0.3, 0.2 become 0.4, 0.3, 0.3: 0.1 * ln(0.5/0.4) + 0 + 0.1 * ln(0.3/0.2), by hand 0.0223 + 0.0405.
    before, now = {"a": 500, "b": 300, "c": 200}, {"a": 40, "b": 30, "c": 30}
    assert stability_index(before, now) == pytest.approx(0.0223144 + 0.0405465, abs=1e-6)
    assert stability_index(before, before) == 0
    assert stability_index({"a": 1000}, {"b": 1000}) > 10


def test_the_page_of_the_suites_is_the_one_that_the_code_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == expectations_page(), "python -m revenue_assets.checks.suite_page"

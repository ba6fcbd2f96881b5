"""The suites at the doorstep: good data pass, each kind of bad data breaks the expectation that is meant for it."""

from pathlib import Path

import dagster as dg
import duckdb
import pytest

from revenue_assets.checks.doorstep import judge
from revenue_assets.checks.suites import SUITES, Outcome, SuiteResult, run_suite
from revenue_assets.settings import PROJECT_DIR

USAGE = """
select 'src' as source_name, 'org' as organization_id, 'e' || number as event_id, 'a' || number % 3 as account_id,
    'call' as event_name, timestamptz '2025-01-01 00:00:00+00' + to_seconds(number) as occurred_at,
    1::decimal(38, 12) as units, timestamptz '2025-01-01 00:00:05+00' + to_seconds(number) as received_at,
    null::varchar as properties
from range(1000) as numbers (number)
"""
INVOICES = """
select 'src' as source_name, 'org' as organization_id, 'i' || number as invoice_id, 'a' as account_id,
    's' as subscription_id, 'open' as status, 'USD' as currency, timestamptz '2025-01-01 00:00:00+00' as period_start,
    timestamptz '2025-02-01 00:00:00+00' as period_end, timestamptz '2025-02-01 00:00:00+00' as issued_at,
    timestamptz '2025-02-02 00:00:00+00' as finalized_at, timestamptz '2025-03-01 00:00:00+00' as due_at,
    null::timestamptz as voided_at, null::varchar as replaces_invoice_id, 'send_invoice' as collection
from range(20) as numbers (number)
"""
SELECTS = {"usage_events": USAGE, "invoices": INVOICES}


def check(home: Path, dataset: str, select: str, most_rows: int = 200_000) -> SuiteResult:
    file = home / f"{dataset}.parquet"
    duckdb.connect().execute(f"copy ({select}) to '{file}' (format parquet)")
    return run_suite(dataset, [file], most_rows)


def test_there_is_a_module_for_every_suite_and_a_suite_for_every_module() -> None:
    modules = {file.stem for file in (PROJECT_DIR / "expectations").glob("*.py")} - {"__init__"}
    assert modules == set(SUITES)


@pytest.mark.parametrize("dataset", SUITES)
def test_good_data_meet_every_expectation(home: Path, dataset: str) -> None:
    result = check(home, dataset, SELECTS[dataset])
    assert [outcome.reason() for outcome in result.outcomes if not outcome.is_met] == []
    assert result.rows == result.sampled_rows > 0
    assert len(result.outcomes) > 10


NO_DATE = "null::timestamptz"
BROKEN = [  # dataset, what is good, what is put in its place, the expectation and how grave it is to break it
    ("usage_events", "'a' || number % 3 as", "null::varchar as", "critical", "account_id is never null"),
    ("usage_events", "'e' || number as", "'' as", "critical", "event_id is never empty"),
    ("usage_events", "1::decimal(38, 12)", "(-1)::decimal(38, 12)", "critical", "units are not negative"),
    ("usage_events", "1::decimal(38, 12)", "1::double", "critical", "units are exact decimals"),
    ("usage_events", "'e' || number as", "'e' || number % 2 as", "warning", "At most one event in ten"),
    ("usage_events", "2025-01-01 00:00:05", "2024-12-31 00:00:00", "warning", "received after they occur"),
    ("usage_events", "2025-01-01 00:00:00", "1014-01-01 00:00:00", "critical", "not before the year 2000"),
    ("usage_events", "null::varchar as properties", "1 as other", "critical", "The columns are the contract's"),
    ("invoices", "'i' || number as", "'i' as", "critical", "One row per organization and invoice"),
    ("invoices", "'open'", "'sent'", "critical", "status is one of the contract's"),
    ("invoices", "'USD'", "'dollar'", "critical", "currency is an ISO 4217 code"),
    ("invoices", "2025-02-02", "2025-01-02", "warning", "finalized_at is not before issued_at"),
    ("invoices", "2025-03-01", "2025-01-02", "warning", "due_at is not before issued_at"),
    (
        "invoices",
        f"{NO_DATE} as voided_at",
        "'2025-01-02'::timestamptz as voided_at",
        "warning",
        "voided_at is not before",
    ),
    ("invoices", "timestamptz '2025-02-02 00:00:00+00'", NO_DATE, "warning", "has been finalized"),
    ("invoices", "timestamptz '2025-01-01 00:00:00+00'", "timestamptz '2025-02-09'", "critical", "period_end is not"),
    ("invoices", "'send_invoice'", "'by_pigeon'", "critical", "collection is one of the contract's"),
]


@pytest.mark.parametrize(("dataset", "good", "bad", "severity", "expectation"), BROKEN)
def test_bad_data_break_the_expectation_meant_for_them(
    home: Path, dataset: str, good: str, bad: str, severity: str, expectation: str
) -> None:
    assert good in SELECTS[dataset]
    result = check(home, dataset, SELECTS[dataset].replace(good, bad))
    reasons = [outcome.reason() for outcome in result.broken(severity)]
    assert any(expectation in reason for reason in reasons), reasons


def test_of_many_rows_a_sample_is_looked_at_that_is_always_the_same(home: Path) -> None:
    one_in_ten = USAGE.replace("1::decimal(38, 12) as units", "(number % 10 - 1)::decimal(38, 12) as units")
    first = check(home, "usage_events", one_in_ten, most_rows=100)
    backwards = check(home, "usage_events", f"select * from ({one_in_ten}) order by occurred_at desc", most_rows=100)
    assert (first.rows, first.sampled_rows) == (1000, 100)
    assert first == backwards


def outcome(severity: str, is_met: bool) -> Outcome:
    return Outcome("units are not negative", severity, is_met, 3, ["-1"], None)


@pytest.mark.parametrize(
    ("outcomes", "passed", "severity"),
    [
        ([outcome("critical", True)], True, dg.AssetCheckSeverity.WARN),
        ([outcome("critical", True), outcome("warning", False)], False, dg.AssetCheckSeverity.WARN),
        ([outcome("critical", False), outcome("warning", False)], False, dg.AssetCheckSeverity.ERROR),
    ],
)
def test_only_a_critical_expectation_stops_a_run(
    outcomes: list[Outcome], passed: bool, severity: dg.AssetCheckSeverity
) -> None:
    result = judge({"src": SuiteResult(10, 10, outcomes)})
    assert (result.passed, result.severity) == (passed, severity)
    if not passed:
        assert "src: units are not negative: not so on 3 rows, such as -1" in (result.description or "")

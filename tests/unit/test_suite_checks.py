"""What the checks at the doorstep show in Dagster, and the pages that they link to."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from revenue_assets.checks.suite_report import MOST_RUNS, Report, write_report
from revenue_assets.checks.suite_verdicts import CRITICAL_CHECK, WARNING_CHECK, Results, verdict
from revenue_assets.checks.suites import Outcome, SuiteResult

LINK = "http://reports/page.html"
AT = datetime(2026, 1, 5, 6, tzinfo=UTC)
EXAMPLE = {"organization_id": "org", "invoice_id": "in_1 | <b>", "status": "sent"}
GOOD = Outcome("copies", "One row per invoice", "critical", True, "0 rows")
UNKNOWN = Outcome("status_unknown", "status is one of open, paid", "critical", False, "3 rows", 3, [EXAMPLE])
ODD = Outcome("not_finalized", "An open invoice has been finalized", "warning", False, "2 rows", 2)
FAILED = Outcome("copies", "One row per invoice", "critical", False, error="no such column")


@pytest.mark.parametrize(
    ("outcomes", "critical_passes", "warning_passes"),
    [([GOOD], True, True), ([GOOD, ODD], True, False), ([UNKNOWN, ODD], False, False), ([FAILED], False, True)],
)
def test_only_a_critical_expectation_stops_a_run(
    outcomes: list[Outcome], critical_passes: bool, warning_passes: bool
) -> None:
    results: Results = {"src": SuiteResult(10, outcomes)}
    critical, warning = (verdict("invoices", severity, results, LINK) for severity in ("critical", "warning"))
    assert (critical.passed, warning.passed) == (critical_passes, warning_passes)
    assert (critical.severity, warning.severity) == (dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN)
    assert (critical.check_name, warning.check_name) == (CRITICAL_CHECK, WARNING_CHECK)


def test_a_broken_expectation_is_told_in_one_sentence_with_counts_examples_and_the_page() -> None:
    result = verdict("invoices", "critical", {"src": SuiteResult(10, [GOOD, UNKNOWN, ODD])}, LINK)
    assert result.description == (
        "src: expected is: status is one of open, paid; found: 3 rows, such as organization_id org, "
        "invoice_id in_1 | <b>, status sent"
    )
    shown = {name: value.value for name, value in (result.metadata or {}).items()}
    counts = ("rows", "rows_looked_at", "expectations", "expectations_met", "expectations_broken", "failed_rows")
    assert [shown[name] for name in counts] == [10, 10, 2, 1, 1, 3]
    assert shown["report"] == LINK
    assert "| org | in_1 \\| <b> | sent |" in str(shown["failing_examples"])


def test_of_many_broken_expectations_the_sentence_names_three() -> None:
    result = verdict("invoices", "critical", {"src": SuiteResult(10, [UNKNOWN] * 5)}, LINK)
    assert (result.description or "").endswith("; and 2 more broken expectations")


def test_a_source_that_lacks_the_dataset_passes_and_says_so() -> None:
    nobody = verdict("refunds", "critical", {"a": None, "b": None}, LINK)
    assert (nobody.passed, nobody.description) == (True, "refunds is not delivered by a, b.")
    one = verdict("refunds", "critical", {"a": None, "b": SuiteResult(4, [GOOD])}, LINK)
    assert (one.passed, one.description) == (True, "All 1 critical expectations are met; not delivered by a.")


def report(run_id: str, dataset: str, results: Results) -> Report:
    return Report(run_id, ["2025-11", "2025-12"], dataset, results)


def test_the_page_of_a_dataset_tells_what_was_expected_found_and_shown(home: Path) -> None:
    results: Results = {"src": SuiteResult(1234, [GOOD, UNKNOWN, ODD]), "other": None}
    links = write_report([report("run-1", "invoices", results)], AT)
    assert links == {"invoices": "http://127.0.0.1:3001/expectations/run-1/invoices.html"}
    page = (home / "reports" / "expectations" / "run-1" / "invoices.html").read_text()
    for text in ("1,234", "status is one of open, paid", "in_1 | &lt;b&gt;", "not delivered by other", "2025-12"):
        assert text in page
    assert "The run stopped here" in page
    assert "http://127.0.0.1:3000/assets/raw/invoices" in page


def test_a_run_has_one_index_though_its_datasets_come_in_two_steps(home: Path) -> None:
    write_report([report("run-1", "usage_events", {"src": SuiteResult(5, [GOOD])})], AT)
    write_report([report("run-1", "invoices", {"src": SuiteResult(7, [UNKNOWN])})], AT)
    folder = home / "reports" / "expectations"
    index = (folder / "run-1" / "index.html").read_text()
    assert "usage_events.html" in index
    assert "invoices.html" in index
    assert index.count("stops the run") == 1
    assert "run-1/index.html" in (folder / "index.html").read_text()
    assert not [file for file in folder.rglob("*") if file.name.startswith(".")]


def test_old_runs_are_removed_and_the_newest_come_first(home: Path) -> None:
    folder = home / "reports" / "expectations"
    good: Results = {"src": SuiteResult(5, [GOOD])}
    write_report([report("ancient", "plans", good)], AT - timedelta(days=91))
    write_report([report("recent", "plans", good)], AT - timedelta(days=89))
    write_report([report("now", "plans", good)], AT)
    index = (folder / "index.html").read_text()
    assert not (folder / "ancient").exists()
    assert "ancient" not in index
    assert index.index("now/index.html") < index.index("recent/index.html")


def test_not_more_runs_are_kept_than_can_be_listed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_RUNS == 200
    monkeypatch.setattr("revenue_assets.checks.suite_report.MOST_RUNS", 2)
    for number in range(4):
        found: Results = {"src": SuiteResult(5, [GOOD])}
        write_report([report(f"run-{number}", "plans", found)], AT + timedelta(hours=number))
    kept = {file.parent.name for file in (home / "reports" / "expectations").glob("*/summary.json")}
    assert kept == {"run-2", "run-3"}

"""The pages that show what became of the suites: one per run and dataset, one per run, one of all runs.

They lie below `links.reports_dir()`, are served by the service `reports`, and never change once a run has ended. A page
is written beside and renamed, so that nobody reads half of one. What is in them is decided by the caller; the
templates are in pages/.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revenue_assets.checks.suites import SuiteResult
from revenue_assets.contract.datasets import DATASETS
from revenue_assets.links import asset_url, report_url, reports_dir, run_url

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = "expectations"
MOST_RUNS, MOST_DAYS = 200, 90
_SUMMARY = "summary.json"


@dataclass(frozen=True)
class Report:
    """What became of one dataset in one run; None for a source that does not deliver it."""

    run_id: str
    months: Sequence[str]
    dataset: str
    results: Mapping[str, SuiteResult | None]


def write_report(reports: Sequence[Report], at: datetime) -> dict[str, str]:
    """Write the pages of these datasets, all of one run, and both indexes; give the address of each dataset's page.

    `at` is when the run looked. Runs beyond the newest 200, and those older than 90 days, are removed.
    """
    if not reports:
        return {}
    run_id, months = reports[0].run_id, reports[0].months
    folder = reports_dir() / FOLDER / run_id
    known = _read(folder / _SUMMARY) or {"run_id": run_id, "months": list(months), "at": at.isoformat(), "datasets": {}}
    links = {}
    for report in reports:
        known["datasets"][report.dataset] = _counts(report)
        page = _render("dataset.html.j2", report=report, run=known, dataset=DATASETS[report.dataset], at=at)
        _replace(folder / f"{report.dataset}.html", page)
        links[report.dataset] = report_url(f"{FOLDER}/{run_id}/{report.dataset}.html")
    known["datasets"] = {name: known["datasets"][name] for name in DATASETS if name in known["datasets"]}
    _replace(folder / _SUMMARY, json.dumps(known))
    _replace(folder / "index.html", _render("run.html.j2", run=known))
    _replace(reports_dir() / FOLDER / "index.html", _render("runs.html.j2", runs=_prune(reports_dir() / FOLDER, at)))
    return links


def _counts(report: Report) -> dict[str, Any]:
    there = [result for result in report.results.values() if result is not None]
    return {
        "rows": sum(result.rows for result in there),
        "sources": [source for source, result in report.results.items() if result is not None],
        "expectations": sum(len(result.outcomes) for result in there),
        "critical": sum(len(result.broken("critical")) for result in there),
        "warning": sum(len(result.broken("warning")) for result in there),
    }


def _prune(folder: Path, at: datetime) -> list[dict[str, Any]]:
    """The runs that are kept, newest first; the others' pages are removed."""
    found = [(file.parent, _read(file)) for file in folder.glob(f"*/{_SUMMARY}")]
    runs = sorted(((run, path) for path, run in found if run), key=lambda pair: pair[0]["at"], reverse=True)
    oldest = (at - timedelta(days=MOST_DAYS)).isoformat()
    kept = []
    for place, (run, path) in enumerate(runs):
        if place < MOST_RUNS and run["at"] >= oldest:
            kept.append(run)
        else:
            shutil.rmtree(path, ignore_errors=True)
    return kept


def _read(file: Path) -> dict[str, Any] | None:
    """What a run noted of itself; None when it did not come to it."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def _replace(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def _render(template: str, **values: Any) -> str:
    return _pages().get_template(template).render(asset_url=asset_url, run_url=run_url, **values)


@cache
def _pages() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = Path(__file__).with_name("pages")
    return Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True)

"""docs/expectations.md, written from the suites: `python -m revenue_assets.checks.suite_page` writes it anew.

A test fails when the file is not what this module would write. What stands before the list is suite_page.md.
"""

from pathlib import Path
from typing import Any

from revenue_assets.checks.suite_run import expectations_of
from revenue_assets.checks.suites import SUITES
from revenue_assets.contract.datasets import DATASETS
from revenue_assets.settings import PROJECT_DIR

PAGE = PROJECT_DIR / "docs" / "expectations.md"
_INTRODUCTION = Path(__file__).with_suffix(".md")


def expectations_page() -> str:
    """The whole page."""
    suites = {name: list(expectations_of(name).expectations) for name in SUITES}
    critical = sum(_severity(each) == "critical" for found in suites.values() for each in found)
    total = sum(map(len, suites.values()))
    counts = f"{len(suites)} suites, {total} expectations: {critical} critical, {total - critical} warnings.\n"
    sections = [_section(name, found) for name, found in suites.items()]
    return "\n".join([_INTRODUCTION.read_text(encoding="utf-8"), "## The suites\n", counts, *sections])


def _section(name: str, expectations: list[Any]) -> str:
    rows = "\n".join(f"| {_cell(each.description)} | {_severity(each)} | `{each.column}` |" for each in expectations)
    return f"### {name}\n\n{DATASETS[name].meaning}\n\n| expected | if broken | name |\n|---|---|---|\n{rows}\n"


def _severity(expectation: Any) -> str:
    return str(getattr(expectation.severity, "value", expectation.severity))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(expectations_page(), encoding="utf-8")

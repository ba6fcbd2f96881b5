"""Addresses of pages that checks and alerts point to: assets, checks and runs in the Dagster UI, reports.

What stands before the path comes from the settings (REVENUE_UI_URL, REVENUE_REPORTS_URL), so that a link works from
where it is read.
"""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from revenue_assets.settings import get_settings


def asset_url(key: Sequence[str]) -> str:
    """The page of an asset, given the parts of its key."""
    return f"{get_settings().ui_url}/assets/{quote('/'.join(key))}"


def check_url(key: Sequence[str], check: str) -> str:
    """The page of a check of an asset."""
    return f"{asset_url(key)}?view=checks&checkDetail={quote(check)}"


def run_url(run_id: str) -> str:
    """The page of a run."""
    return f"{get_settings().ui_url}/runs/{quote(run_id)}"


def reports_dir() -> Path:
    """The folder that is served as REVENUE_REPORTS_URL."""
    return get_settings().home / "reports"


def report_url(path: str) -> str:
    """The address of a page below `reports_dir()`, given its relative path."""
    return f"{get_settings().reports_url}/{quote(path)}"

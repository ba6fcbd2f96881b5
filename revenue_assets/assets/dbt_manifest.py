"""The dbt project as Dagster sees it: its manifest, parsed when it is missing or older than the project's files.

Definitions need the manifest to know models, tests and their dependencies; parsing reads files only, no database.
"""

import json
import subprocess
import sys
from functools import cache
from typing import Any

from revenue_assets.assets.dbt_tests import describe_tests
from revenue_assets.errors import RevenueError
from revenue_assets.settings import PROJECT_DIR
from revenue_assets.stack.process import exclusively

DBT_DIR = PROJECT_DIR / "dbt"
MANIFEST = DBT_DIR / "target" / "manifest.json"
PARSING = MANIFEST.with_name("manifest.lock")
"""Held by whoever parses."""
_WRITTEN_BY_DBT = {"target", "logs"}


@cache
def load_manifest() -> dict[str, Any]:
    """The parsed manifest of this checkout; RevenueError when dbt cannot parse the project."""
    with exclusively(PARSING):
        if is_stale():
            _parse()
        manifest: dict[str, Any] = json.loads(MANIFEST.read_bytes())
    describe_tests(manifest)
    return manifest


def is_stale() -> bool:
    """Whether a file or folder of the project changed after the manifest was written."""
    if not MANIFEST.exists():
        return True
    written = MANIFEST.stat().st_mtime
    tops = [path for path in DBT_DIR.iterdir() if path.name not in _WRITTEN_BY_DBT and not path.name.startswith(".")]
    inputs = [*tops, *(path for top in tops if top.is_dir() for path in top.rglob("*"))]
    return any(path.stat().st_mtime > written for path in inputs)


def _parse() -> None:
    """In a process of its own, which has imported dbt and is gone."""
    program = [sys.executable, "-m", "revenue_assets.assets.dbt_project"]
    done = subprocess.run(program, capture_output=True, text=True, check=False, cwd=DBT_DIR)
    if done.returncode:
        raise RevenueError(f"dbt cannot parse {DBT_DIR}: {done.stdout.strip() or done.stderr.strip()}")

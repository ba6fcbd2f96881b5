"""The dbt project as Dagster sees it: its manifest, parsed when it is missing or older than the project's files.

Definitions need the manifest to know models, tests and their dependencies; parsing reads files only, no database.
"""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from revenue_assets.assets.dbt_tests import describe_tests
from revenue_assets.errors import RevenueError
from revenue_assets.settings import PROJECT_DIR
from revenue_assets.stack.process import exclusively

DBT_DIR = PROJECT_DIR / "dbt"
MANIFEST = DBT_DIR / "target" / "manifest.json"
DATABASE, DATABASE_VARIABLE = "revenue", "REVENUE_PG_DATABASE"
"""The name that is parsed for, whatever the database of an installation: what was parsed serves them all."""
_WRITTEN_BY_DBT = {"target", "logs"}


@cache
def load_manifest() -> dict[str, Any]:
    """The parsed manifest of this checkout; RevenueError when dbt cannot parse the project."""
    with exclusively(MANIFEST.parent / "manifest.lock"):
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


def parsed_by_dbt(target_dir: Path) -> Path:
    """The file in which dbt keeps what it parsed for the next time, of commands with this folder as their target."""
    return target_dir / "partial_parse.msgpack"


def _parse() -> None:
    """In a process of its own, which has imported dbt and is gone."""
    program, environment = [sys.executable, "-m", __name__], os.environ | {DATABASE_VARIABLE: DATABASE}
    done = subprocess.run(program, capture_output=True, text=True, check=False, cwd=DBT_DIR, env=environment)
    if done.returncode:
        raise RevenueError(f"dbt cannot parse {DBT_DIR}: {done.stdout.strip() or done.stderr.strip()}")


def _main() -> None:
    from dbt.cli.main import dbtRunner

    from revenue_assets.assets.dbt_lean import lean

    folders = {
        "project-dir": DBT_DIR,
        "profiles-dir": DBT_DIR,
        "target-path": MANIFEST.parent,
        "log-path": DBT_DIR / "logs",
    }
    with lean(MANIFEST.parent):
        done = dbtRunner().invoke(["--quiet", "parse", *(f"--{name}={folder}" for name, folder in folders.items())])
    if not done.success:
        sys.exit(str(done.exception or ""))


if __name__ == "__main__":
    _main()

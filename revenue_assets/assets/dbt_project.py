"""The project as dbt itself knows it: parsed once per process, the same for every database.

What dbt parsed is kept in the checkout for the next process, whatever installation that works for. Run as a program, it
writes the manifest that `dbt_manifest` reads.
"""

import sys
from functools import cache
from pathlib import Path
from typing import Any

from revenue_assets.assets.dbt_manifest import DBT_DIR, MANIFEST, PARSING, load_manifest
from revenue_assets.assets.environ import environment_with
from revenue_assets.stack.process import exclusively

_ANY_DATABASE = {"REVENUE_PG_DATABASE": "revenue"}  # its names are exchanged when a database is known


def project_in(database: str) -> Any:
    """dbt's manifest with the names of this database; None when dbt cannot parse: it says why when it is to run."""
    manifest = parsed()
    for node in (*manifest.nodes.values(), *manifest.sources.values()) if manifest else ():
        if node.relation_name:
            node.relation_name = node.relation_name.replace(f'"{node.database}".', f'"{database}".', 1)
        node.database = database
    return manifest


@cache
def parsed() -> Any:
    """dbt's manifest, with the names of some database."""
    load_manifest()  # parses what has changed, in a process that is gone afterwards
    with exclusively(PARSING):
        return _parse("--log-level", "none", "--log-level-file", "none", "--no-write-json").result


def places(target_dir: Path) -> list[str]:
    """Where dbt reads the project, and where it writes."""
    return [f"--project-dir={DBT_DIR}", f"--profiles-dir={DBT_DIR}", f"--target-path={target_dir}"]


def _parse(*options: str) -> Any:
    from dbt.cli.main import dbtRunner

    from revenue_assets.assets.dbt_lean import lean

    with environment_with(_ANY_DATABASE), lean():
        return dbtRunner().invoke([*options, "parse", *places(MANIFEST.parent)])


if __name__ == "__main__":
    done = _parse("--quiet", f"--log-path={DBT_DIR / 'logs'}")
    if not done.success:
        sys.exit(str(done.exception or ""))

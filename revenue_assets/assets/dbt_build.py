"""Runs dbt inside this process and gives back its events.

In process because each start of the dbt program costs several seconds and dagster-dbt's own resource starts it twice
per build. The target folder, with the SQL of what failed, belongs to the installation.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from revenue_assets.assets.dbt_project import places, project_in
from revenue_assets.assets.environ import environment_with
from revenue_assets.assets.failing_rows import failed_queries
from revenue_assets.months import first_day
from revenue_assets.settings import get_settings
from revenue_assets.warehouse.connection import database_address
from revenue_assets.warehouse.copy import STATISTICS_TARGET


@dataclass
class DbtOutcome:
    """What a dbt command did: its events in dbt's JSON form, and why it failed if it did.

    By the id of the node: `compiled` is the SQL of what was built, `failed_queries` that of tests that found rows.
    """

    is_success: bool
    target_dir: Path
    events: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    compiled: dict[str, str] = field(default_factory=dict)
    failed_queries: dict[str, str] = field(default_factory=dict)


def dbt_environment(months: Sequence[str]) -> dict[str, str]:
    """Where dbt connects to and which months it builds (all when `months` is empty).

    The months travel as session settings of PostgreSQL: `--vars` would make dbt parse the whole project anew.
    Every join here has a key of three or four correlated columns, for which the planner expects one row. It then nests
    loops over tens of thousands, or merges by the first column and compares all the rest: both are ruled out, and what
    hashes uses the whole key. Nothing waits for its commit to reach the disk: Dagster, which tells that it was
    built, commits later to the same log, and that waits.
    """
    settings: dict[str, object] = {
        "enable_nestloop": "off",
        "enable_mergejoin": "off",
        "default_statistics_target": STATISTICS_TARGET,
        "synchronous_commit": "off",
    }
    if months:
        settings |= {"revenue.from_month": first_day(months[0]), "revenue.to_month": first_day(months[-1])}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return database_address().environment() | {"PGOPTIONS": options, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}


def run_dbt(
    arguments: Sequence[str],
    months: Sequence[str],
    on_event: Callable[[dict[str, Any]], None] = lambda event: None,
    target_dir: Path | None = None,
) -> DbtOutcome:
    """Run a dbt command for these months; `on_event` is called as things happen. A failure is told, not raised.

    `target_dir` is where dbt keeps what it compiled and logs, if not where the installation does.
    """
    from dbt.cli.main import dbtRunner
    from dbt_common.events.base_types import EventMsg
    from dbt_common.events.functions import msg_to_dict

    from revenue_assets.assets.dbt_connections import kept_connections
    from revenue_assets.assets.dbt_lean import lean, write_files_of_failures

    home = get_settings().home
    outcome = DbtOutcome(is_success=False, target_dir=target_dir or home / "dbt")

    def collect(message: EventMsg) -> None:
        event = msg_to_dict(message)
        if "node_info" in event["data"] or event["info"]["level"] == "error":
            outcome.events.append(event)
            on_event(event)

    manifest = project_in(database_address().database)
    quiet = ["--log-level", "none", "--no-use-colors", "--no-write-json"]
    log_file = ["--log-level-file", "info", "--log-path", str(target_dir or home / "logs")]
    with environment_with(dbt_environment(months)), kept_connections(), lean():
        runner = dbtRunner(manifest=manifest, callbacks=[collect])
        result = runner.invoke([*quiet, *log_file, *arguments, *places(outcome.target_dir)])
    outcome.is_success = result.success
    results = getattr(result.result, "results", ())
    write_files_of_failures(results)
    outcome.compiled = {each.node.unique_id: getattr(each.node, "compiled_code", None) or "" for each in results}
    outcome.failed_queries = failed_queries(results)
    outcome.errors = [event["info"]["msg"].strip() for event in outcome.events if event["info"]["level"] == "error"]
    if result.exception:
        outcome.errors.append(str(result.exception))
    return outcome

"""What the closes of these tests do differently from `revenue close`, here or in a child of `fork_server`."""

import os
import resource
import signal
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from revenue_assets.automation import in_process
from revenue_assets.automation.monthly_close import JOB
from revenue_assets.definitions import defs
from revenue_assets.errors import RevenueError


def command(*arguments: str) -> None:
    """`revenue` with these arguments."""
    from revenue_assets.cli import main

    sys.argv = ["revenue", *arguments]
    main()


def writing_assets() -> list[list[dg.AssetKey]]:
    """The assets of each step of the close that writes anything, in the order in which the steps run."""
    job = defs().resolve_job_def(JOB)
    layer = job.asset_layer
    nodes = [node.name for node in job.nodes_in_topological_order]
    by_node: dict[str, list[dg.AssetKey]] = {}
    for key in layer.executable_asset_keys:
        by_node.setdefault(layer.get_op_output_handle(key).node_handle.name, []).append(key)
    return [by_node[name] for name in nodes if name in by_node]


def lake_assets() -> list[list[str]]:
    """What is written before dbt begins."""
    return [list(key.path) for keys in writing_assets() for key in keys if _is_before_dbt(key)]


def findings_assets() -> list[list[str]]:
    """What is written up to the findings and their versions: what other marts add shows no other fault."""
    graph = defs().resolve_job_def(JOB).asset_layer.asset_graph
    wanted, waiting = set(), [dg.AssetKey(["app", "finding_versions"])]
    written = {key for keys in writing_assets() for key in keys}
    while waiting:
        key = waiting.pop()
        if key in written and key not in wanted:
            wanted.add(key)
            waiting += graph.get(key).parent_keys
    return [*lake_assets(), *(list(key.path) for key in sorted(wanted) if not _is_before_dbt(key))]


def _is_before_dbt(key: dg.AssetKey) -> bool:
    return key.path[0] in ("raw", "lake", "stg_usage_events", "stg_reported_events")


@contextmanager
def only(assets: Collection[dg.AssetKey]) -> Iterator[None]:
    """Let closes build these assets alone, without the checks that have a step of their own."""
    whole = defs().resolve_job_def(JOB)
    definitions = [whole.asset_layer.asset_graph.get(key).assets_def for key in assets]
    checks = {key for each in definitions if not each.can_subset for key in each.check_keys}
    part = whole.get_subset(asset_selection=set(assets), asset_check_selection=checks)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(in_process, "defs", lambda: SimpleNamespace(resolve_job_def=lambda name: part))
        yield


def close_assets(source: str, overrides: dict[str, str], first: str, last: str, assets: list[list[str]]) -> None:
    """Close months as far as these assets go."""
    from revenue_assets.assets.lock import one_run_at_a_time

    with only([dg.AssetKey(key) for key in assets]), one_run_at_a_time():
        in_process.run_monthly_close(source, overrides, first, last)


def close_assets_and_die(
    source: str, overrides: dict[str, str], first: str, last: str, assets: list[list[str]], renames: int
) -> None:
    """The same; die by SIGKILL when one more file than `renames` is about to take its place in the lake."""
    seen = 0

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event == "os.rename" and str(arguments[1]).endswith(".parquet"):
            seen += 1
            if seen > renames:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    close_assets(source, overrides, first, last, assets)


def close_assets_within(
    source: str, overrides: dict[str, str], first: str, last: str, assets: list[list[str]], bytes_per_file: int
) -> None:
    """The same, where no file may grow above a size; the sentence of the failure is printed."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_per_file, bytes_per_file))
    try:
        close_assets(source, overrides, first, last, assets)
    except RevenueError as error:
        print(f"Error: {error}")
        sys.exit(1)


def close_findings(*arguments: str) -> None:
    """`revenue close`, up to the findings and without checks."""
    with only([dg.AssetKey(key) for key in findings_assets()]):
        command("close", *arguments)


def close_lake(*arguments: str) -> None:
    """`revenue close`, up to the lake and without checks."""
    with only([dg.AssetKey(key) for key in lake_assets()]):
        command("close", *arguments)


def close_findings_and_die_at(step: str, *arguments: str) -> None:
    """The same, killed when this step begins."""
    from revenue_assets.commands import close

    def describe(key: str) -> str:
        if key == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return key

    pytest.MonkeyPatch().setattr(close, "describe_step", describe)
    close_findings(*arguments)

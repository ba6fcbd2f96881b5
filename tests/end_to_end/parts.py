"""Parts of the monthly close: which assets there are, and closes that build only some of them."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import dagster as dg
import pytest

from revenue_assets.automation import in_process
from revenue_assets.automation.monthly_close import JOB
from revenue_assets.definitions import defs


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

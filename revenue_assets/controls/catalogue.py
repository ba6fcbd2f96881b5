"""The catalogue itself: every check that Dagster knows of, read off the definitions, and the step that it guards.

Nothing is listed by hand: a check that is registered is in the catalogue. Which step an asset belongs to stands in
steps.toml. Generic tests of the dbt project (`grain`, `never_null`, ...) have a kind, by which they can be folded.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from revenue_assets.assets.dbt_manifest import load_manifest
from revenue_assets.errors import RevenueError

_STEPS = Path(__file__).with_name("steps.toml")
_DBT_ID = "dagster_dbt/unique_id"
FOLDED = {
    "grain": "One row per key, no part of it null.",
    "never_null": "Columns that are never null.",
    "accepted_values": "Columns with a closed list of values.",
    "bounds": "Numbers within their bounds.",
    "rates": "Shares between 0 and 1.",
    "relationships": "Keys that exist where they point to.",
    "unique": "Values that no two rows share.",
    "same_rows_in_lake_and_warehouse": "PostgreSQL holds the rows of the lake's files: as many, with the same sums.",
    "critical_expectations": "What makes every number wrong: the critical expectations of its suite, on all rows.",
    "warning_expectations": "What a person should look at: the warnings of its suite, on all rows.",
    "rows_in_are_kept_or_quarantined": "Every row that a source delivered is in the lake or in quarantine.",
}
"""Kinds of which many checks say the same of other assets, in words."""


@dataclass(frozen=True)
class Step:
    """A step of the revenue chain, and the patterns of the assets whose checks guard it."""

    name: str
    meaning: str
    assets: tuple[str, ...]


@dataclass(frozen=True)
class Control:
    """A check. `is_blocking`: what comes after it waits for it, and does not run when it fails; else it only warns."""

    step: str
    asset: str
    check: str
    kind: str
    says: str
    is_blocking: bool

    @property
    def key(self) -> dg.AssetCheckKey:
        """What Dagster calls it."""
        return dg.AssetCheckKey(dg.AssetKey(self.asset.split("/")), self.check)


@cache
def steps() -> tuple[Step, ...]:
    """The steps, in the order of the chain."""
    given = tomllib.loads(_STEPS.read_text(encoding="utf-8"))["step"]
    return tuple(Step(one["name"], one["meaning"], tuple(one["assets"])) for one in given)


def catalogue(definitions: dg.Definitions) -> list[Control]:
    """Every check of the definitions, by step, asset and name. RevenueError when an asset belongs to no step."""
    nodes: Mapping[str, Any] = load_manifest()["nodes"]
    graph = definitions.resolve_asset_graph()
    addresses = {key: _address(key, graph.get(key).metadata, nodes) for key in graph.get_all_asset_keys()}
    controls = []
    for spec in (spec for asset in graph.assets_defs for spec in asset.check_specs):
        generic = (nodes.get(spec.metadata.get(_DBT_ID, ""), {}).get("test_metadata") or {}).get("name")
        controls.append(
            Control(
                step=step_of(addresses[spec.asset_key]),
                asset=spec.asset_key.to_user_string(),
                check=spec.name,
                kind=generic if generic in FOLDED else spec.name,
                says=" ".join((spec.description or "").split()),
                is_blocking=spec.blocking,
            )
        )
    order = [step.name for step in steps()]
    return sorted(controls, key=lambda one: (order.index(one.step), one.asset, one.check))


def folded(controls: Sequence[Control]) -> list[tuple[str, list[Control]]]:
    """The controls as lines of what they say: those of one step and kind together, where they say the same.

    First those that only one asset has, in the order of their assets; then the kinds that many have.
    """
    alike: dict[tuple[str, str], list[Control]] = {}
    for control in controls:
        alike.setdefault((control.step, control.kind), []).append(control)
    order = [step.name for step in steps()]
    lines = [
        (FOLDED.get(kind, group[0].says) if len(group) > 1 else group[0].says, group)
        for (_, kind), group in alike.items()
    ]
    return sorted(lines, key=lambda line: (order.index(line[1][0].step), line[1][0].kind in FOLDED, len(line[1]) > 1))


def step_of(address: str) -> str:
    """The first step with a pattern that fits; RevenueError when none does."""
    for step in steps():
        if any(fnmatchcase(address, pattern) for pattern in step.assets):
            return step.name
    raise RevenueError(f"{_STEPS} has no step for {address}: add it to the one that its checks guard.")


def _address(key: dg.AssetKey, metadata: Mapping[str, Any], nodes: Mapping[str, Any]) -> str:
    node = nodes.get(metadata.get(_DBT_ID, ""))
    if node is None:
        return key.to_user_string()
    folders: Sequence[str] = node["fqn"][1:]
    return "/".join(["seeds", *folders] if node["resource_type"] == "seed" else folders)

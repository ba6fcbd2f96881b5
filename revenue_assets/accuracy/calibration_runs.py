"""Simulated companies closed for the sake of a measurement, in a scratch installation: nothing of them stays.

Each is closed with one of the deliveries of `degradation.py`, and its findings are judged by its truth.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from revenue_assets.accuracy.degradation import DELIVERIES
from revenue_assets.accuracy.scoring import Scored, score
from revenue_assets.automation.scratch import close_in_scratch, scratch_installation
from revenue_assets.contract.source import load_source
from revenue_assets.simulation.simulate import COMPANY, simulate
from revenue_assets.warehouse.connection import connect

SOURCE = "simulated"
_MODELS = ("revmatch_leaks", "mart_revenue_ladder")
_SCHEMAS = "drop schema if exists raw, lake, staging, intermediate, marts, app cascade"


class World(NamedTuple):
    """A company and how it is delivered."""

    profile: str
    seed: int
    delivery: str = "perfect"


@dataclass(frozen=True)
class Run(Scored):
    """What closing a world came to."""

    world: World


def run_worlds(worlds: Iterable[World], on_step: Callable[[str], None] = lambda step: None) -> Iterator[Run]:
    """Simulate, close and judge one world after the other, all in one scratch installation."""
    with scratch_installation(lambda: on_step("waiting for another close")) as folder:
        for world in worlds:
            on_step(f"{world.profile}, seed {world.seed}, delivery {world.delivery}")
            yield _run(world, folder)


def _run(world: World, folder: Path) -> Run:
    home = folder / "world"
    shutil.rmtree(folder / "lake", ignore_errors=True)
    with connect() as connection:
        connection.execute("set client_min_messages = warning")
        connection.execute(_SCHEMAS)
    simulate(world.profile, world.seed, home)
    delivered = load_source(SOURCE, {"data_dir": str(home / COMPANY)})
    source = DELIVERIES[world.delivery](delivered, world.seed)
    close_in_scratch(source, source.months(), _MODELS, folder)
    with connect() as connection:
        return Run(**vars(score(home, connection)), world=world)

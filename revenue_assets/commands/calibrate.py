"""`revenue evaluate --calibrate`: measure accuracy over many simulated companies and refit the confidence."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from revenue_assets.simulation.calibration_runs import World

CALIBRATED = "small"
_DEMO_SEEDS = 3


def calibrate(seeds: int) -> None:
    """Close each company in a scratch installation; write dbt/seeds/confidence.csv and docs/accuracy.md."""
    from rich.console import Console

    from revenue_assets.simulation.accuracy_page import PAGE, accuracy_page
    from revenue_assets.simulation.calibration import SEED, held_out, write_seed
    from revenue_assets.simulation.calibration import calibrate as measure
    from revenue_assets.simulation.calibration_runs import Run, run_worlds
    from revenue_assets.simulation.judging import Judged, brier_score

    wanted = worlds(seeds)
    runs: list[Run] = []
    console = Console(stderr=True)
    with console.status("Measuring ...") as status:

        def show(step: str) -> None:
            status.update(f"Measuring {len(runs) + 1} of {len(wanted)}: {step} ...")

        for run in run_worlds(wanted, show):
            runs.append(run)
            right = sum(one.is_right for one in run.judged)
            console.print(f"{' '.join(map(str, run.world))}: {right:,} of {len(run.judged):,} findings are right")
    by_seed: dict[int, list[list[Judged]]] = {}
    for run in runs:
        if run.world.profile == CALIBRATED:
            by_seed.setdefault(run.world.seed, []).append(run.judged)
    measured, judged = measure([one for of_seed in by_seed.values() for one in of_seed]), held_out(by_seed)
    write_seed(measured)
    PAGE.write_text(accuracy_page(runs, measured, judged), encoding="utf-8")
    typer.echo(
        f"Brier score {brier_score(judged) or 0:.4f}, taken of companies that the confidence was not learned from."
    )
    typer.echo(f"Written: {SEED} and {PAGE}. Findings get the new confidence with the next close of their months.")


def worlds(seeds: int) -> "list[World]":
    """What is measured: the company that is learned from once with every delivery, and the demo as it is.

    The demo is scored only: ten times as many perfect findings would say that every finding is right.
    """
    from revenue_assets.simulation.calibration_runs import World
    from revenue_assets.simulation.degradation import DELIVERIES

    small = [World(CALIBRATED, seed, delivery) for seed in range(1, seeds + 1) for delivery in DELIVERIES]
    return [*small, *(World("demo", seed) for seed in range(1, _DEMO_SEEDS + 1))]

"""`revenue evaluate --calibrate`: measure accuracy over many simulated companies and refit the confidence."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from revenue_assets.accuracy.calibration_runs import Run, World

CALIBRATED = "small"
_DEMO_SEEDS = 3


def calibrate(seeds: int) -> None:
    """Close each company in a scratch installation; write dbt/seeds/confidence.csv and docs/accuracy.md."""
    from rich.console import Console

    from revenue_assets.accuracy.calibration_runs import run_worlds

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
    write(runs)


def worlds(seeds: int) -> "list[World]":
    """What is measured: the company that is learned from once with every delivery, and the demo as it is.

    The demo is scored only: ten times as many perfect findings would say that every finding is right.
    """
    from revenue_assets.accuracy.calibration_runs import World
    from revenue_assets.accuracy.degradation import DELIVERIES

    small = [World(CALIBRATED, seed, delivery) for seed in range(1, seeds + 1) for delivery in DELIVERIES]
    return [*small, *(World("demo", seed) for seed in range(1, _DEMO_SEEDS + 1))]


def write(runs: "Sequence[Run]") -> None:
    """Fit the confidence to the runs; replace the seed, the page and its picture."""
    from revenue_assets.accuracy.calibration import SEED, calibrate, held_out, write_seed
    from revenue_assets.accuracy.judging import Judged, brier_score
    from revenue_assets.accuracy.page import PAGE, PICTURE, accuracy_page
    from revenue_assets.accuracy.plot import accuracy_plot
    from revenue_assets.accuracy.pooling import pooled

    learned = [run for run in runs if run.world.profile == CALIBRATED]
    by_seed: dict[int, list[list[Judged]]] = {}
    for run in learned:
        by_seed.setdefault(run.world.seed, []).append(run.judged)
    measured, judged = calibrate([run.judged for run in learned]), held_out(by_seed)
    scores = pooled(score for run in learned for score in run.evaluation.scores)
    title = f"Company {CALIBRATED}, {len(by_seed)} seeds, perfect and imperfect deliveries together"
    write_seed(measured)
    PAGE.write_text(accuracy_page(runs, measured, judged), encoding="utf-8")
    PICTURE.write_bytes(accuracy_plot(title, scores, judged))
    typer.echo(f"Brier score {brier_score(judged) or 0:.4f} on companies that the confidence was not learned from.")
    typer.echo(f"Written: {SEED}, {PAGE} and its picture. Findings get the new confidence with the next close.")

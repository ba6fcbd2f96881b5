"""`revenue evaluate`: score the findings against what the simulation planted."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from revenue_assets.accuracy.evaluation import CodeScore, Evaluation, Item
    from revenue_assets.accuracy.evaluation_inputs import Evidence
    from revenue_assets.accuracy.judging import Judged

_EXAMPLES = 5


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(evaluate)


def evaluate(
    is_calibration: Annotated[
        bool,
        typer.Option(
            "--calibrate",
            help="Instead measure over many simulated companies, refit the confidence of findings and write "
            "docs/accuracy.md. Minutes; the installation's own data stay as they are.",
        ),
    ] = False,
    seeds: Annotated[int, typer.Option(min=2, help="With --calibrate: how many seeds.")] = 5,
) -> None:
    """Compare the findings on the simulated company with what was planted. Ends with 1 unless all is exact."""
    if is_calibration:
        from revenue_assets.commands.calibrate import calibrate

        calibrate(seeds)
        return
    _evaluate()


def _evaluate() -> None:
    from rich.console import Console

    from revenue_assets.accuracy.evaluation_inputs import simulated_organizations
    from revenue_assets.accuracy.scoring import score
    from revenue_assets.settings import get_settings
    from revenue_assets.warehouse.connection import connect

    home = get_settings().home
    simulated_organizations(home)  # asked first: without a simulation no server needs to start
    with Console(stderr=True).status("Comparing findings with what was planted ..."), connect() as connection:
        scored = score(home, connection)
    console = Console()
    _print(console, scored.evaluation, scored.evidence, scored.differing)
    _print_confidence(console, scored.judged)
    if scored.is_exact:
        typer.echo(
            "All codes but the inferred ones are exact: precision 1.00, recall 1.00, amount error 0.00, the ladder is "
            "conserved."
        )
        return
    typer.echo("Not exact. If the company was simulated again after the last close, close it again first.", err=True)
    raise typer.Exit(1)


def _print(console: "Console", result: "Evaluation", evidence: "Evidence", differing: list["Item"]) -> None:
    from rich.table import Table

    from revenue_assets.accuracy.evaluation import INFERRED

    months = f"{evidence.months[0]} to {evidence.months[-1]} ({len(evidence.months)} closed)"
    console.print(f"Profile {evidence.profile}, seed {evidence.seed}, {months}", highlight=False)
    table = Table("code", box=None, pad_edge=False)
    for heading in ("planted", "found", "precision", "recall", "amount error", "wrong sign", "missed", "false"):
        table.add_column(heading, justify="right")
    for score in result.scores:
        color = "green" if score.is_exact else "yellow" if score.code in INFERRED else "red"
        table.add_row(
            f"[{color}]{score.code}",
            f"{score.planted:,}",
            f"{score.found:,}",
            _rate(score.precision),
            _rate(score.recall),
            _errors(score),
            str(score.sign_errors),
            str(len(score.missed)),
            str(len(score.false)),
        )
    console.print(table)
    console.print(f"Decoys reported: {len(result.reported_decoys)} of {len(evidence.decoys):,}", highlight=False)
    balanced = evidence.ladder_rows - evidence.unbalanced_rows
    console.print(f"Ladder conserved: {balanced:,} of {evidence.ladder_rows:,} rows", highlight=False)
    items = len({*evidence.expected_rungs, *evidence.found_rungs})
    console.print(f"Ladder as simulated: {items - len(differing):,} of {items:,} items", highlight=False)
    for item in differing[:_EXAMPLES]:
        where = f"{item.subscription_id} {item.item} from {item.period_start:%Y-%m-%d}"
        console.print(f"  differs: {item.organization_id} {where}", highlight=False)
    for score in result.scores:
        for what, keys in (("missed", score.missed), ("false", score.false)):
            for key in keys[:_EXAMPLES]:
                where = f"{key.subscription_id} {key.item} from {key.period_start:%Y-%m-%d}"
                console.print(f"  {what} {score.code}: {key.organization_id} {where}", highlight=False)
    for decoy in result.reported_decoys[:_EXAMPLES]:
        where = f"{decoy.subscription_id} {decoy.item or 'any item'} from {decoy.period_start:%Y-%m-%d}"
        console.print(f"  decoy {decoy.kind}: {decoy.organization_id} {where}", highlight=False)


def _print_confidence(console: "Console", judged: list["Judged"]) -> None:
    """How far confidence is from what came true; docs/accuracy.md has it over many companies."""
    from rich.table import Table

    from revenue_assets.accuracy.judging import brier_score, reliability

    known = [one for one in judged if one.confidence is not None]
    score = brier_score(known)
    if score is None:
        console.print("Confidence: no finding has one.", highlight=False)
        return
    console.print(
        f"Confidence: Brier score {score:.4f} over {len(known):,} of {len(judged):,} findings (0 is perfect)",
        highlight=False,
    )
    table = Table("confidence", box=None, pad_edge=False)
    for heading in ("findings", "mean confidence", "share right"):
        table.add_column(heading, justify="right")
    for row in reliability(known):
        span = f"{row.low:.1f} to {row.high:.1f}"
        table.add_row(span, f"{row.findings:,}", f"{row.mean_confidence:.3f}", f"{row.right_rate:.3f}")
    console.print(table)


def _rate(rate: float) -> str:
    """Two decimals, cut off: 0.9999 must not read as 1.00."""
    return f"{int(rate * 100) / 100:.2f}"


def _errors(score: "CodeScore") -> str:
    """Currencies are never added up; those without an error are left out."""
    wrong = [f"{amount:.2f} {currency}" for currency, amount in sorted(score.amount_error.items()) if amount]
    return "\n".join(wrong) or "0.00"

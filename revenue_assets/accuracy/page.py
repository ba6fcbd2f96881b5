"""docs/accuracy.md, written from runs; the words before the tables stand in introduction.md."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from revenue_assets.accuracy.calibration import FINDINGS_OF_A_CODE, Measured
from revenue_assets.accuracy.calibration_runs import Run
from revenue_assets.accuracy.code_names import named, natural
from revenue_assets.accuracy.degradation import DELIVERIES
from revenue_assets.accuracy.judging import Judged, brier_score, reliability
from revenue_assets.accuracy.pooling import Pooled, pooled, totals_of
from revenue_assets.settings import PROJECT_DIR

PAGE = PROJECT_DIR / "docs" / "accuracy.md"
PICTURE = PAGE.with_suffix(".png")
INFERRED = ("U5", "U11")
_EXCEPTIONS = 10  # of each company
_INTRODUCTION = Path(__file__).with_name("introduction.md")
_SCORE_HEAD = ("code", "planted", "found", "precision", "recall", "amount error", "wrong sign")


def accuracy_page(runs: Sequence[Run], measured: Sequence[Measured], judged: Sequence[Judged]) -> str:
    """The whole page; `judged` are the findings with the confidence that other seeds gave them."""
    perfect = [run for run in runs if run.world.delivery == "perfect"]
    parts = [_INTRODUCTION.read_text(encoding="utf-8")]
    for profile in dict.fromkeys(run.world.profile for run in perfect):
        parts.append(_scores([run for run in perfect if run.world.profile == profile], profile))
    parts += [_inferred(perfect), _deliveries(runs), _confidence(judged), _by_code(runs, measured, judged)]
    return "\n".join(parts)


def _scores(runs: Sequence[Run], profile: str) -> str:
    seeds = ", ".join(str(run.world.seed) for run in runs)
    totals = totals_of(runs)
    rows = [_score(row) for row in pooled(score for run in runs for score in run.evaluation.scores)]
    facts = (
        f"Decoys reported: {totals['reported_decoys']:,} of {totals['decoys']:,}. "
        f"Rows of the ladder that are not conserved: {totals['unbalanced_rows']:,} of {totals['ladder_rows']:,}. "
        f"Items whose rungs are not as simulated: {totals['differing_items']:,}.\n"
    )
    return f"## {profile}, seeds {seeds}\n\n{_table(_SCORE_HEAD, rows)}\n{facts}{_exceptions(runs)}"


def _exceptions(runs: Sequence[Run]) -> str:
    """What was not exact, one line each, so that a reader can look at it; the first of each company."""
    lines = []
    for run in runs:
        scores = run.evaluation.scores
        keys = [("missed", key.code, key) for score in scores for key in score.missed]
        keys += [("false", key.code, key) for score in scores for key in score.false]
        found = [
            f"{what} {code}: {key.organization_id} {key.subscription_id} {key.item} from {key.period_start:%Y-%m-%d}"
            for what, code, key in keys
        ]
        found += [
            f"decoy {decoy.kind}: {decoy.organization_id} {decoy.subscription_id} from {decoy.period_start:%Y-%m-%d}"
            for decoy in run.evaluation.reported_decoys
        ]
        lines += [f"* seed {run.world.seed}, {line}\n" for line in found[:_EXCEPTIONS]]
    return "".join(["\nNot exact:\n\n", *lines]) if lines else ""


def _inferred(runs: Sequence[Run]) -> str:
    """Codes that follow from likeness, not from a document: measured, and not required to be exact."""
    scores = {row.code: row for row in pooled(score for run in runs for score in run.evaluation.scores)}
    rows = [_score(scores.get(code, Pooled(code, 0, 0, 0, 0, {}))) for code in INFERRED]
    return (
        "## Inferred codes\n\nThese are concluded from likeness, not read off a document, so they are measured and "
        f"need not be exact. Over all companies above:\n\n{_table(_SCORE_HEAD, rows)}"
    )


def _deliveries(runs: Sequence[Run]) -> str:
    rows = []
    for delivery in DELIVERIES:
        findings = [one for run in runs if run.world.delivery == delivery for one in run.judged]
        wrong = sorted({one.code for one in findings if not one.is_right}, key=natural)
        right = sum(one.is_right for one in findings)
        share = _rate(right / len(findings) if findings else None)
        scores = pooled(score for run in runs if run.world.delivery == delivery for score in run.evaluation.scores)
        missed = sum(score.planted - score.matched for score in scores)
        counts = [f"{len(findings):,}", f"{right:,}", share, f"{missed:,}"]
        rows.append([f"`{delivery}`", *counts, ", ".join(wrong) or "none"])
    head = ("delivery", "findings", "right", "share right", "planted and not found", "codes with wrong findings")
    return f"## What imperfect deliveries do\n\n{_table(head, rows)}"


def _confidence(judged: Sequence[Judged]) -> str:
    known = [one for one in judged if one.confidence is not None]
    base = sum(one.is_right for one in known) / len(known) if known else 0.0
    same_for_all = brier_score(one._replace(confidence=base) for one in known)
    rows = [
        [f"{row.low:.1f} to {row.high:.1f}", f"{row.findings:,}", f"{row.mean_confidence:.3f}", f"{row.right_rate:.3f}"]
        for row in reliability(known)
    ]
    text = (
        "## Confidence\n\nEach finding gets the confidence that the companies of all *other* seeds give its code and "
        "parts, so nothing is scored by what it was learned from. "
        f"{len(known):,} of {len(judged):,} findings have one. Brier score {_score_text(brier_score(known))}; the same "
        f"confidence for all ({base:.3f}, their share of right ones) would score {_score_text(same_for_all)}. "
        "0 is perfect.\n\n"
        f"![Confidence, and precision and recall by code over all deliveries]({PICTURE.name})\n\n"
    )
    return text + _table(("confidence", "findings", "mean confidence", "share right"), rows)


def _by_code(runs: Sequence[Run], measured: Sequence[Measured], judged: Sequence[Judged]) -> str:
    found = sorted({one.code for run in runs for one in run.judged}, key=natural)
    rows, without = [], []
    for code in found:
        own = [row for row in measured if row.code == code]
        if not own:
            without.append(code)
            continue
        lowest, highest = min(row.confidence for row in own), max(row.confidence for row in own)
        span = f"{lowest:.4f}" if lowest == highest else f"{lowest:.4f} to {highest:.4f}"
        findings, right = sum(row.findings for row in own), sum(row.right_findings for row in own)
        score = _score_text(brier_score(one for one in judged if one.code == code))
        rows.append([named(code), f"{findings:,}", _rate(right / findings), span, score])
    few = f"Fewer than {FINDINGS_OF_A_CODE} findings were measured of {', '.join(without)}: they have none.\n"
    table = _table(("code", "findings", "share right", "confidence, by parts", "Brier score"), rows)
    return f"### By code\n\n{table}" + (f"\n{few}" if without else "")


def _score(row: Pooled) -> list[str]:
    errors = [f"{amount:,.2f} {currency}" for currency, amount in sorted(row.amount_error.items()) if amount]
    counts = [f"{row.planted:,}", f"{row.found:,}", _rate(row.precision), _rate(row.recall)]
    return [named(row.code), *counts, ", ".join(errors) or "0.00", str(row.sign_errors)]


def _rate(rate: float | None) -> str:
    """Three decimals, cut off: 0.9999 must not read as 1."""
    return "" if rate is None else f"{int(rate * 1000) / 1000:.3f}"


def _score_text(score: float | None) -> str:
    return "" if score is None else f"{score:.4f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *("--:" for _ in head[1:])], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)

"""The picture of a score: how far confidence is from what came true, and how each code did. Gives PNG bytes."""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from revenue_assets.accuracy.code_names import named, natural
from revenue_assets.accuracy.judging import Judged, brier_score, reliability

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from revenue_assets.accuracy.evaluation import CodeScore
    from revenue_assets.accuracy.pooling import Pooled

_BLUE, _ORANGE, _GREY = "#1f6fb4", "#d9730d", "#8a8f98"
_INCH_PER_CODE = 0.24


def accuracy_plot(title: str, scores: "Sequence[CodeScore | Pooled]", judged: Sequence[Judged]) -> bytes:
    """A reliability diagram on the left, precision and recall by code on the right."""
    from matplotlib.figure import Figure

    height = max(4.8, 1.6 + _INCH_PER_CODE * len(scores))
    figure = Figure(figsize=(13, height), layout="constrained", dpi=90)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    figure.suptitle(title, fontsize=13, fontweight="bold", x=0.01, ha="left")
    _draw_reliability(left, judged)
    _draw_codes(right, scores)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    buffer = BytesIO()
    figure.savefig(buffer, format="png", facecolor="white")
    return buffer.getvalue()


def _draw_reliability(axes: "Axes", judged: Sequence[Judged]) -> None:
    rows, score = reliability(judged), brier_score(judged)
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--", linewidth=1, label="confidence is what comes true")
    most = max((row.findings for row in rows), default=1)
    for row in rows:
        size = 40 + 260 * (row.findings / most) ** 0.5
        axes.scatter(row.mean_confidence, row.right_rate, s=size, color=_BLUE, alpha=0.75, zorder=3)
        above = row.right_rate < 0.85
        axes.annotate(
            f"{row.findings:,}",
            (row.mean_confidence, row.right_rate),
            xytext=(0, 14 if above else -16),
            textcoords="offset points",
            ha="center",
            va="bottom" if above else "top",
            fontsize=9,
            color="#333333",
        )
    named = "no finding has a confidence" if score is None else f"Brier score {score:.4f}, 0 is perfect"
    axes.set_title(f"Confidence of findings\n{named}", loc="left", fontsize=11)
    axes.set_xlabel("confidence (a point: findings in a tenth of it, with their number)")
    axes.set_ylabel("share of them that was right")
    axes.set(xlim=(-0.05, 1.08), ylim=(-0.05, 1.08))
    axes.grid(color="#e6e8eb", linewidth=0.8)
    axes.legend(loc="upper left", frameon=False, fontsize=9)


def _draw_codes(axes: "Axes", scores: "Sequence[CodeScore | Pooled]") -> None:
    in_order = sorted(scores, key=lambda score: natural(score.code))
    for place, score in enumerate(in_order):
        if score.precision is not None and score.recall is not None:
            axes.hlines(place, score.precision, score.recall, color=_GREY, linewidth=1.5, zorder=2)
        if score.precision is not None:
            axes.scatter(score.precision, place, s=64, color=_BLUE, zorder=3, label="precision")
        if score.recall is not None:
            ring = axes.scatter(score.recall, place, s=64, facecolors="none", edgecolors=_ORANGE, label="recall")
            ring.set(linewidth=1.8, zorder=4)
    axes.set_yticks(
        range(len(in_order)), [f"{named(score.code)}  ({score.planted:,})" for score in in_order], fontsize=9
    )
    axes.invert_yaxis()
    axes.set_title("Precision and recall by code\n(leaks that were planted)", loc="left", fontsize=11)
    axes.set_xlabel("share")
    axes.set_xlim(-0.03, 1.06)
    axes.grid(axis="x", color="#e6e8eb", linewidth=0.8)
    handles, labels = axes.get_legend_handles_labels()
    marks = dict(zip(labels, handles, strict=True))  # one of each, above the data: dots may lie anywhere below
    axes.legend(
        marks.values(), marks.keys(), loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, fontsize=9
    )

"""Hours in which a meter counted far fewer events than its season lets expect. Pure: numbers in, gaps out.

What is compared is a window of 1 to 24 hours with the same hours of the week in the other weeks that are known, whose
median is robust against other gaps. Counts are taken as negative binomial, with the dispersion that the windows of that
length really show. Over all windows of a month of one meter the chance of a false alarm is at most FALSE_ALARMS, if
counts are distributed so (docs/definitions.md#ingestion-gaps).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, log, sqrt

import numpy as np
from numpy.typing import NDArray

FALSE_ALARMS = 0.01
WINDOWS = (1, 2, 3, 6, 12, 24)
"""Lengths in hours; a longer gap is several windows."""
FEWEST_WEEKS = 3
WEEK = 168
_LEAST_MEAN = 5.0  # below it the size of residuals tells nothing about dispersion
_MEDIAN_OF_SQUARE = 0.4549  # median of the square of a standard normal value
_MEDIAN_ERROR = 1.5708  # a median of n values varies by so much of one, divided by n
_CERTAINTY = 1.96  # 95 % of a normal distribution

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Gap:
    """Hours `first` to `last`, excluded, and what was seen and expected in them; `low` and `high` bound the missing."""

    first: int
    last: int
    seen: float
    expected: float
    low: float
    high: float

    @property
    def missing(self) -> float:
        """Expected less seen."""
        return self.expected - self.seen


@dataclass(frozen=True)
class Watched:
    """What became of one meter's month. `reason` says why nothing could be judged; None where something could."""

    gaps: tuple[Gap, ...]
    judged_hours: int
    dispersion: float
    weeks: int
    reason: str | None = None


def watch(counts: Floats, begin: int) -> Watched:
    """Judge the hours from position `begin` on; those before are a season to compare with.

    `counts` has every hour without a hole, and nan where nothing is known. Position 0 may be any hour of the week.
    """
    counts, level_error = _on_one_level(counts, begin)
    alpha = FALSE_ALARMS / (len(WINDOWS) * max(len(counts) - begin, 1))
    alarmed, judged = np.zeros(len(counts), dtype=np.bool_), np.zeros(len(counts), dtype=np.bool_)
    weeks, dispersion = 0, 1.0
    for length in WINDOWS:
        sums = np.convolve(counts, np.ones(length), mode="valid")
        expected, others = _medians_of_other_weeks(sums)
        weeks = max(weeks, int(others[~np.isnan(sums)].max(initial=0)))
        usable = (others >= FEWEST_WEEKS) & ~np.isnan(sums) & ~np.isnan(expected)
        dispersion = max(_dispersion(sums, expected, usable), 1 + _MEDIAN_ERROR / max(weeks, 1))
        usable[:begin] = False
        usable[usable] = lower_tail(0, expected[usable], dispersion) <= alpha
        judged |= _covered(usable, length)
        low = usable & (sums < expected - 3 * np.sqrt(dispersion * expected))
        low[low] = lower_tail(sums[low], expected[low], dispersion) <= alpha
        alarmed |= _covered(low, length)
    hourly = _trimmed_means_of_other_weeks(counts) if alarmed.any() else counts
    least_gain = dispersion * log(1 / alpha) / 2
    stretches = [one for run in _runs(alarmed) for one in _stretches(counts, hourly, *run, least_gain)]
    # How uncertain a sum is: by chance, as its season is known from so many weeks only, and as the level is estimated.
    spread = dispersion * (1 + 1 / max(weeks, 1))
    gaps = tuple(_gap(counts, hourly, first, last, spread, level_error) for first, last in stretches)
    judged_hours = int(judged[begin:].sum())
    reason = None if judged_hours else "too_few_weeks" if weeks < FEWEST_WEEKS else "too_few_events"
    return Watched(gaps, judged_hours, dispersion, weeks, reason)


def lower_tail(seen: Floats | float, means: Floats | float, dispersion: float) -> Floats:
    """The chances of at most `seen` events where `means` are expected and the variance is `dispersion` times the mean.

    Of a Poisson distribution where that is 1, else a negative binomial one: their sums are incomplete gamma and beta
    functions (NIST Digital Library of Mathematical Functions, 8.4.10 and 8.17.24). 1 where nothing is expected.
    """
    from scipy import special  # here, because it takes a while to load and most commands have no use for it

    expected = np.maximum(means, np.finfo(float).tiny)
    if dispersion > 1.0001:
        chances = special.betainc(expected / (dispersion - 1), np.floor(seen) + 1, 1 / dispersion)
    else:
        chances = special.gammaincc(np.floor(seen) + 1, expected)
    return np.asarray(chances, dtype=np.float64)


def _covered(starts: Mask, length: int) -> Mask:
    """The hours of the windows of this length that begin where `starts` says."""
    return np.convolve(starts, np.ones(length)) > 0.5


def _on_one_level(counts: Floats, begin: int) -> tuple[Floats, float]:
    """The hours before `begin`, multiplied so that their days are as busy as the days from `begin` on.

    And the standard error of that factor, as a share of it.
    """
    days = [counts[start : start + 24] for start in range(begin, len(counts) - 23, 24)]
    earlier = _by_week(counts[:begin])
    known = (~np.isnan(earlier)).sum(axis=0)
    usual = np.where(known > 0, np.nansum(earlier, axis=0) / np.maximum(known, 1), np.nan)
    ratios = []
    for number, day in enumerate(days):
        hours = (np.arange(24) + begin + 24 * number) % WEEK
        before = float(usual[hours].sum())
        if before > 0 and not np.isnan(day).any():
            ratios.append(float(day.sum()) / before)
    level = float(np.median(ratios)) if ratios else 1.0
    scaled: Floats = counts.copy()
    scaled[:begin] *= level if level > 0 else 1.0
    deviation = float(np.median(np.abs(np.array(ratios) - level))) * 1.4826 if ratios else 0.0
    return scaled, deviation * 1.2533 / sqrt(max(len(ratios), 1)) / level if level > 0 else 0.0


def _by_week(values: Floats) -> Floats:
    """One row per week, one column per hour of the week; what is beyond the last hour is nan."""
    weeks = -(-len(values) // WEEK)
    filled = np.full(weeks * WEEK, np.nan)
    filled[: len(values)] = values
    return filled.reshape(weeks, WEEK)


def _others(values: Floats) -> Iterator[tuple[slice, Floats]]:
    """Each week's positions with all other weeks, hour of the week by hour of the week."""
    table = _by_week(values)
    for week in range(len(table)):
        here = slice(week * WEEK, min((week + 1) * WEEK, len(values)))
        yield here, np.delete(table, week, axis=0)[:, : here.stop - here.start]


def _medians_of_other_weeks(values: Floats) -> tuple[Floats, NDArray[np.int64]]:
    medians, known = np.full(len(values), np.nan), np.zeros(len(values), dtype=np.int64)
    for here, others in _others(values):
        known[here] = (~np.isnan(others)).sum(axis=0)
        if len(others):
            ordered, hours = np.sort(others, axis=0), np.arange(others.shape[1])  # nan comes last
            low, high = ordered[(known[here] - 1) // 2, hours], ordered[known[here] // 2, hours]
            medians[here] = np.where(known[here] > 0, (low + high) / 2, np.nan)
    return medians, known


def _trimmed_means_of_other_weeks(values: Floats) -> Floats:
    """Without the highest and the lowest, where that leaves enough: finer than a median where events are few."""
    means = np.full(len(values), np.nan)
    for here, others in _others(values):
        for column in range(others.shape[1]):
            known = np.sort(others[~np.isnan(others[:, column]), column])
            kept = known[1:-1] if len(known) > FEWEST_WEEKS else known
            means[here.start + column] = kept.mean() if len(kept) else np.nan
    return means


def _dispersion(sums: Floats, expected: Floats, usable: Mask) -> float:
    """Variance over mean, from the median residual: a few gaps do not widen it. 1 (Poisson) where nothing tells."""
    enough = usable & (np.nan_to_num(expected) >= _LEAST_MEAN)
    if not enough.any():
        return 1.0
    residuals = (sums[enough] - expected[enough]) ** 2 / expected[enough]
    return max(1.0, float(np.median(residuals)) / _MEDIAN_OF_SQUARE)


def _runs(mask: Mask) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _stretches(counts: Floats, hourly: Floats, first: int, last: int, least_gain: float) -> Iterator[tuple[int, int]]:
    """The stretches of alarmed hours that are most likely the gaps: windows reach beyond them on both sides."""
    seen, expected = np.nan_to_num(counts[first:last]), np.nan_to_num(hourly[first:last])
    if expected.sum() <= 0:
        return
    share = min(max(float(seen.min()) / float(expected.max()), 0.02), 0.5)
    best, start, stop = _best_stretch(seen * log(share) + expected * (1 - share))
    if best >= least_gain:
        yield from _stretches(counts, hourly, first, first + start, least_gain)
        yield first + start, first + stop
        yield from _stretches(counts, hourly, first + stop, last, least_gain)


def _gap(counts: Floats, hourly: Floats, first: int, last: int, spread: float, level_error: float) -> Gap:
    seen, expected = float(np.nansum(counts[first:last])), float(np.nansum(hourly[first:last]))
    width = _CERTAINTY * sqrt(spread * expected + (level_error * expected) ** 2)
    missing = expected - seen
    return Gap(first, last, seen, expected, max(missing - width, 0.0), missing + width)


def _best_stretch(gain: Floats) -> tuple[float, int, int]:
    """The stretch with the largest sum."""
    best, here = (-inf, 0, 0), (0.0, 0)
    for position, value in enumerate(gain.tolist()):
        here = (here[0] + value, here[1]) if here[0] > 0 else (value, position)
        if here[0] > best[0]:
            best = (here[0], here[1], position + 1)
    return best

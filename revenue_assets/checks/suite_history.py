"""What a month is compared with: the three months before it, of the same organization.

Three, because the middle of three is not moved by one odd month, and a young company has them soon. A month is
compared when it is over, and when the months before have rows enough that chance alone cannot move what is compared.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import median

import duckdb

from revenue_assets.checks.suite_facts import Example, Facts
from revenue_assets.contract.quoting import identifier
from revenue_assets.months import month_bounds, shift

MONTHS_BEFORE = 3
_ROWS_THAT_COUNT = 100  # of a month, in the middle: below, documents come and go by chance
_ROWS_OF_A_NAME = 300  # on both sides: chance gives 10 bins of so few an index of about 0.06
_ROWS_NEVER_EMPTY = 1000
RATIO, INDEX = "times their median", "index"  # how an example says how far it is
Counts = Mapping[tuple[str, str], int]


def months_before(month: str) -> list[str]:
    """The months that a month is compared with, in order."""
    return [shift(month, -count) for count in range(MONTHS_BEFORE, 0, -1)]


def are_over(months: Iterable[str], as_of: datetime) -> list[str]:
    """Those of the months that are complete."""
    return [month for month in months if month_bounds(month)[1] <= as_of]


def against_the_months_before(counts: Counts, months: Sequence[str], facts: Facts, name: str) -> None:
    """Rows of each organization and month, divided by the median of the months before; 1 where nothing is compared.

    `counts` are rows by (organization, month). A month without a row has none in the frame, and gets one here.
    """
    compared: dict[tuple[str, str], float] = {}
    examples = []
    for organization in dict.fromkeys(organization for organization, _ in counts):
        for month in months:
            before = [counts.get((organization, each), 0) for each in months_before(month)]
            if min(before) > 0 and median(before) >= _ROWS_THAT_COUNT:
                rows = counts.get((organization, month), 0)
                compared[organization, month] = rows / median(before)
                examples.append(
                    {
                        "organization_id": organization,
                        "month": month,
                        "rows": f"{rows:,}",
                        "rows of the months before": ", ".join(f"{each:,}" for each in before),
                        RATIO: f"{rows / median(before):.2f}",
                    }
                )
    _fill(facts, name, compared, otherwise=1.0)
    facts.examples[name] = sorted(examples, key=lambda example: -abs(math.log(float(example[RATIO]) + 0.001)))


def empty_months(counts: Counts, months: Sequence[str], facts: Facts, name: str) -> None:
    """How many of the months the source has no row of at all, though the months before were full."""
    totals: dict[str, int] = defaultdict(int)
    for (_, month), rows in counts.items():
        totals[month] += rows
    empty = [
        month
        for month in months
        if not totals[month] and median([totals[each] for each in months_before(month)]) >= _ROWS_NEVER_EMPTY
    ]
    facts.columns[name] = [float(len(empty))] * len(facts.columns["rows"])
    facts.examples[name] = [
        {"month": month, "rows of the months before": ", ".join(f"{totals[each]:,}" for each in months_before(month))}
        for month in empty
    ]


def stability_index(before: Mapping[str, int], now: Mapping[str, int]) -> float:
    """The population stability index of two distributions over the same bins.

    The sum of (now - before) * ln(now / before) over the bins' shares. An empty bin counts as half a row: else a
    single row in a new bin would be infinitely much.
    """
    total_before, total_now = sum(before.values()), sum(now.values())
    index = 0.0
    for name in {*before, *now}:
        share_before = max(before.get(name, 0), 0.5) / total_before
        share_now = max(now.get(name, 0), 0.5) / total_now
        index += (share_now - share_before) * math.log(share_now / share_before)
    return index


def drift(duck: duckdb.DuckDBPyConnection, view: str, name_column: str, months: Sequence[str], facts: Facts) -> None:
    """The stability index of the units of each name (the largest), and of the names, by organization and month.

    Units are binned by half decades; zero is a bin of its own.
    """
    found = duck.execute(
        f"select organization_id, month, {identifier(name_column)}, "
        "case when units > 0 then floor(2 * log10(cast(units as double))) else -99 end as bin, count(*) "
        f"from {identifier(view)} group by all"
    ).fetchall()
    cells: dict[tuple[str, str], dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for organization, month, name, half_decade, rows in found:
        cells[organization, month][name][str(half_decade)] = rows
    units: dict[tuple[str, str], float] = {}
    names: dict[tuple[str, str], float] = {}
    examples: dict[str, list[tuple[float, Example]]] = {"units_drift": [], "names_drift": []}
    for organization, month in list(cells):
        if month not in months:
            continue
        before = _together([cells.get((organization, each), {}) for each in months_before(month)])
        now = cells[organization, month]
        where = {"organization_id": organization, "month": month}
        for name in now:
            if min(sum(now[name].values()), sum(before.get(name, {}).values())) >= _ROWS_OF_A_NAME:
                index = stability_index(before[name], now[name])
                units[organization, month] = max(index, units.get((organization, month), 0.0))
                examples["units_drift"].append((index, where | {name_column: name} | _sizes(index, before, now, name)))
        mix_before = {name: sum(bins.values()) for name, bins in before.items()}
        mix = {name: sum(bins.values()) for name, bins in now.items()}
        if min(sum(mix.values()), sum(mix_before.values())) >= _ROWS_OF_A_NAME:
            index = stability_index(mix_before, mix)
            names[organization, month] = index
            examples["names_drift"].append((index, where | {INDEX: f"{index:.2f}"} | _most_moved(mix_before, mix)))
    for fact, values in (("units_drift", units), ("names_drift", names)):
        _fill(facts, fact, values, otherwise=0.0)
        facts.examples[fact] = [example for _, example in sorted(examples[fact], key=lambda pair: -pair[0])]


Cells = Mapping[str, Mapping[str, int]]


def _together(parts: Iterable[Cells]) -> dict[str, dict[str, int]]:
    total: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for part in parts:
        for name, bins in part.items():
            for half_decade, rows in bins.items():
                total[name][half_decade] += rows
    return total


def _sizes(index: float, before: Cells, now: Cells, name: str) -> Example:
    return {
        INDEX: f"{index:.2f}",
        "rows": f"{sum(now[name].values()):,}",
        "rows of the months before": f"{sum(before[name].values()):,}",
        "usual units": _usual(now[name]),
        "usual units of the months before": _usual(before[name]),
    }


def _usual(bins: Mapping[str, int]) -> str:
    """The bounds of the fullest bin."""
    fullest = float(max(bins, key=lambda half_decade: bins[half_decade]))
    return "0" if fullest == -99 else f"{10 ** (fullest / 2):.4g} to {10 ** ((fullest + 1) / 2):.4g}"


def _most_moved(before: Mapping[str, int], now: Mapping[str, int]) -> Example:
    totals = sum(before.values()), sum(now.values())
    moves = {name: (before.get(name, 0) / totals[0], now.get(name, 0) / totals[1]) for name in {*before, *now}}
    name = max(sorted(moves), key=lambda each: abs(moves[each][1] - moves[each][0]))
    return {"moved most": name, "share": f"{moves[name][1]:.1%}", "share before": f"{moves[name][0]:.1%}"}


def _fill(facts: Facts, name: str, values: Mapping[tuple[str, str], float], otherwise: float) -> None:
    """A column of the frame; a month that has no row there gets one, with nothing else to say."""
    known = set(zip(facts.columns["organization_id"], facts.columns["month"], strict=True))
    for organization, month in values:
        if (organization, month) not in known:
            for column in facts.columns.values():
                column.append(0)
            facts.columns["organization_id"][-1], facts.columns["month"][-1] = organization, month
    pairs = zip(facts.columns["organization_id"], facts.columns["month"], strict=True)
    facts.columns[name] = [values.get(pair, otherwise) for pair in pairs]

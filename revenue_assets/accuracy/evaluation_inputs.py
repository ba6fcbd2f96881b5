"""What `evaluate` compares: the truth from the simulation's folder, the findings from the warehouse's marts.

Only months that were closed count. The comparison itself is in `evaluation.py`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq

from revenue_assets.accuracy.evaluation import Amounts, Decoy, Item, Key, Leak
from revenue_assets.errors import CloseError
from revenue_assets.months import month_of
from revenue_assets.simulation.about import read_about
from revenue_assets.simulation.rungs import RUNGS
from revenue_assets.simulation.simulate import COMPANY, TRUTH

_TRUTH_FILES = ("truth", "decoys", "ladder")
_HERE = Path(__file__).parent
_MARTS = (
    "marts.mart_revenue_ladder",
    "marts.revmatch_leaks",
    "intermediate.int_ladder",
    "intermediate.int_leak_causes",
)


@dataclass(frozen=True)
class Evidence:
    """Both sides of the comparison, and whether the ladder is conserved."""

    profile: str
    seed: int
    months: list[str]
    planted: list[Leak]
    decoys: list[Decoy]
    found: list[Leak]
    ladder_rows: int
    unbalanced_rows: int
    expected_rungs: dict[Item, Amounts]
    found_rungs: dict[Item, Amounts]


def simulated_organizations(home: Path) -> list[str]:
    """The organizations of the simulation in this home; CloseError when there is none."""
    if not (home / COMPANY).exists() or not (home / TRUTH).exists():
        raise CloseError(f"Nothing is simulated in {home}: run `revenue simulate`, then `revenue close`.")
    return list(read_about(home)["organizations"])


def gather(home: Path, connection: psycopg.Connection[Any]) -> Evidence:
    """Read both sides; CloseError when no month of the simulated company was closed."""
    organizations = {"organizations": simulated_organizations(home)}
    nothing_closed = CloseError("No month of the simulated company is closed: run `revenue close --source simulated`.")
    if not all(_one(connection, "select to_regclass(%(name)s) is not null", {"name": mart})[0] for mart in _MARTS):
        raise nothing_closed
    months = {month_of(row[0]) for row in _rows(connection, "closed_months", organizations)}
    if not months:
        raise nothing_closed
    about = read_about(home)
    leaks, decoys, rungs = (pq.read_table(home / TRUTH / f"{name}.parquet").to_pylist() for name in _TRUTH_FILES)

    def closed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row for row in rows if row["billing_month"] in months]

    unbalanced = _rows(connection, "conservation", organizations)[0]
    return Evidence(
        profile=about["profile"],
        seed=about["seed"],
        months=sorted(months),
        planted=[Leak(Key(*(row[name] for name in Key._fields)), row["leak_amount"]) for row in closed(leaks)],
        decoys=[Decoy(*(row[name] for name in Decoy._fields)) for row in closed(decoys)],
        found=[Leak(Key(*row[:7]), row[7]) for row in _rows(connection, "found_leaks", organizations)],
        ladder_rows=unbalanced[0],
        unbalanced_rows=unbalanced[1],
        expected_rungs={
            Item(*(row[name] for name in Item._fields)): tuple(row[rung] for rung in RUNGS) for row in closed(rungs)
        },
        found_rungs={Item(*row[:6]): row[6:] for row in _rows(connection, "ladder", organizations)},
    )


def _rows(connection: psycopg.Connection[Any], name: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    statement = (_HERE / f"{name}.sql").read_text(encoding="utf-8").encode()
    return connection.execute(statement, parameters).fetchall()


def _one(connection: psycopg.Connection[Any], statement: str, parameters: dict[str, Any]) -> tuple[Any, ...]:
    row = connection.execute(statement.encode(), parameters).fetchone()
    return tuple(row) if row else (None,)

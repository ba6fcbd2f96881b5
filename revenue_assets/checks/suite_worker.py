"""The process in which expectation suites run: one request per line on stdin, one answer per line on stdout.

It exists because importing Great Expectations takes longer than closing a small month: started early, it imports
while the run loads data, and no other process ever pays for it. It ends when its parent does (end of stdin). A
request names the Parquet files of one source, and the suites to run on them; it is `suites.Request`.
"""

import json
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import duckdb

from revenue_assets.checks.suite_facts import Occasion
from revenue_assets.checks.suite_run import facts_batches, judge
from revenue_assets.contract.currencies import minor_units
from revenue_assets.contract.datasets import DATASETS
from revenue_assets.contract.quoting import identifier, literals
from revenue_assets.lake.engine import duckdb_session

AROUND = "_around"


def show_rows(duck: duckdb.DuckDBPyConnection, name: str, files: Sequence[str], view: str = "") -> None:
    """A view of the rows of these files, named as the dataset is; without files it has its columns and no row."""
    dataset = DATASETS[name]
    view = identifier(view or name)
    if files:
        months = ", hive_types = {'month': varchar}" if dataset.is_monthly else ""
        is_monthly = str(dataset.is_monthly).lower()
        source = f"read_parquet([{literals(files)}], hive_partitioning = {is_monthly}{months})"
        duck.execute(f"create or replace view {view} as select * from {source}")
        return
    columns = dataset.stored_columns() | ({"month": "VARCHAR"} if dataset.is_monthly else {})
    nulls = ", ".join(f"cast(null as {kind}) as {identifier(column)}" for column, kind in columns.items())
    duck.execute(f"create or replace view {view} as select {nulls} where false")


def show_currencies(duck: duckdb.DuckDBPyConnection) -> None:
    """The view `currencies`: what one minor unit of each is worth."""
    rows = ", ".join(f"('{code}', cast(1e-{digits} as decimal(38,12)))" for code, digits in minor_units().items())
    columns = "currency, minor_unit_amount"
    duck.execute(f"create or replace view currencies as select * from (values {rows}) as worth ({columns})")


def answer(batches: Any, request: Mapping[str, Any]) -> dict[str, Any]:
    """Judge every dataset that the request asks for."""
    given = request["files"]
    judged: dict[str, Any] = {}
    with duckdb_session() as duck:
        show_currencies(duck)
        for name in DATASETS:
            if name in request["judge"] or not DATASETS[name].is_monthly:
                show_rows(duck, name, given.get(name, []))
        for name in request["judge"]:
            around = request["around"].get(name)
            if around is not None:
                show_rows(duck, name, around, name + AROUND)
            last_rows = request["last_rows"].get(name)
            occasion = Occasion(tuple(request["months"]), datetime.fromisoformat(request["as_of"]), last_rows)
            try:
                rows, outcomes = judge(batches, duck, name, occasion, None if around is None else name + AROUND)
            except duckdb.Error as error:
                judged[name] = {"error": str(error).splitlines()[0]}
            else:
                judged[name] = {"rows": rows, "outcomes": outcomes}
    return judged


def serve(requests: TextIO, answers: TextIO) -> None:
    """Answer every request until the other side is gone."""
    batches = facts_batches()
    for line in requests:
        answers.write(json.dumps(answer(batches, json.loads(line))) + "\n")
        answers.flush()


def serve_at(other_side: socket.socket, log_file: Path) -> None:
    """The same in a process that was copied and not started: over a socket, and what libraries print is in the log."""
    with log_file.open("ab") as log:
        os.dup2(log.fileno(), sys.stderr.fileno())
    sys.stdout = sys.stderr
    with other_side.makefile("r") as requests, other_side.makefile("w") as answers:
        serve(requests, answers)


if __name__ == "__main__":
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as channel:
        sys.stdout = sys.stderr  # whatever a library prints must not end up among the answers
        serve(sys.stdin, channel)

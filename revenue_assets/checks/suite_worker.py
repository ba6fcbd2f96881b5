"""The process in which expectation suites run: one request per line on stdin, one answer per line on stdout.

It exists because importing Great Expectations takes longer than closing a small month: started early, it imports
while the run loads data, and no other process ever pays for it. It ends when its parent does (end of stdin). A
request names a suite and the Parquet files of one source; what a suite demands is in expectations/.
"""

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO

os.environ["GX_ANALYTICS_ENABLED"] = "false"

import great_expectations as gx
import pandas as pd
import pyarrow as pa

from revenue_assets.contract.datasets import DATASETS
from revenue_assets.lake.engine import duckdb_session

_EXAMPLES = 3


def read_frame(dataset: str, files: list[Path], most_rows: int) -> tuple[pd.DataFrame, int]:
    """The rows of the files, decimals kept exact, and how many there are.

    Of a larger file a sample is taken, an equal share per file: the rows with the lowest hash of their key, so that
    the same data always gives the same sample and equal keys stay together.
    """
    share = max(1, most_rows // max(1, len(files)))
    keys = ", ".join(DATASETS[dataset].keys)
    tables, total = [], 0
    with duckdb_session() as duck:
        for file in files:
            rows = duck.read_parquet(str(file), hive_partitioning=False)
            counted = rows.count("*").fetchone()
            count = int(counted[0]) if counted else 0
            sample = rows.order(f"hash(organization_id, {keys})").limit(share) if count > share else rows
            tables.append(sample.to_arrow_table())
            total += count
    return pa.concat_tables(tables).to_pandas(), total


def run(context: Any, dataset: str, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Validate the frame; one entry per expectation, with a few values that broke it."""
    suite = importlib.import_module(f"expectations.{dataset}").suite()
    source = context.data_sources.add_or_update_pandas("lake")
    batch = (
        source.add_dataframe_asset(dataset).add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    )
    outcomes = []
    for result in batch.validate(suite, result_format="SUMMARY").results:
        config = result.expectation_config
        values = (result.result or {}).get("partial_unexpected_list", [])
        error = next((str(i["exception_message"]) for i in _raised(result.exception_info)), None)
        outcomes.append(
            {
                "description": config.description or config.type,
                "severity": str(getattr(config.severity, "value", config.severity)),
                "is_met": bool(result.success),
                "broken_rows": int((result.result or {}).get("unexpected_count") or 0),
                "examples": [str(value) for value in values[:_EXAMPLES] if not pd.isna(value)],
                "error": error,
            }
        )
    return outcomes


def _raised(info: Any) -> list[dict[str, Any]]:
    """Great Expectations gives one exception record or several, keyed by metric."""
    records = [info] if isinstance(info, dict) and "raised_exception" in info else list((info or {}).values())
    return [record for record in records if record.get("raised_exception")]


def serve(requests: TextIO, answers: TextIO) -> None:
    """Answer every request until the other side is gone."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]  # it takes the plain mapping
    for line in requests:
        request = json.loads(line)
        frame, rows = read_frame(request["dataset"], [Path(file) for file in request["files"]], request["most_rows"])
        outcomes = run(context, request["dataset"], frame) if len(frame) else []
        answers.write(json.dumps({"rows": rows, "sampled_rows": len(frame), "outcomes": outcomes}) + "\n")
        answers.flush()


if __name__ == "__main__":
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as channel:
        sys.stdout = sys.stderr  # whatever a library prints must not end up among the answers
        serve(sys.stdin, channel)

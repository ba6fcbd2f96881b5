"""One dataset judged: its facts counted by DuckDB, its suite run on them by Great Expectations.

Importing this imports Great Expectations and pandas, which takes seconds: only `suite_worker` and tests do.
"""

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

os.environ["GX_ANALYTICS_ENABLED"] = "false"

import duckdb
import great_expectations as gx
import pandas as pd
from great_expectations.expectations.expectation import Expectation

from revenue_assets.checks import suite_history as history
from revenue_assets.checks.suite_facts import (
    EXAMPLES,
    Example,
    Facts,
    Occasion,
    Wanted,
    against_the_last_load,
    count_copies,
    count_rows,
    examples_of,
    wrong_columns,
)
from revenue_assets.contract.datasets import DATASETS, Dataset

Outcome = dict[str, Any]
COMPARED = ("rows_against_the_months_before", "rows_against_the_last_load", "units_drift", "names_drift", "emptied")


def facts_batches() -> Any:
    """What makes a batch of a frame, in a context of Great Expectations that keeps nothing and asks nobody.

    Made once for all suites: each new one costs more than a small suite.
    """
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]  # it takes the plain mapping
    return (
        context.data_sources.add_pandas("lake").add_dataframe_asset("facts").add_batch_definition_whole_dataframe("all")
    )


def expectations_of(name: str) -> Any:
    """The suite of a dataset."""
    return importlib.import_module(f"expectations.{name}").suite()


def judge(
    batches: Any, duck: duckdb.DuckDBPyConnection, name: str, occasion: Occasion, around: str | None = None
) -> tuple[int, list[Outcome]]:
    """The number of rows and one outcome per expectation, for the rows of the view that is named as the dataset is.

    `around` is the view with the rows of the months before as well; the dataset's own when not given.
    """
    dataset, suite = DATASETS[name], expectations_of(name)
    wanted = [
        Wanted(each.column, each.meta["fact"], each.meta["where"], tuple(each.meta["shows"]))
        for each in suite.expectations
    ]
    wrong = wrong_columns(duck, dataset)
    if wrong:  # nothing else can be counted of columns that are not there
        counted = duck.execute(f'select count(*) from "{name}"').fetchall()[0][0]
        facts = Facts({"wrong_columns": [len(wrong)]}, counted, examples={"wrong_columns": wrong})
        suite.expectations = [each for each in suite.expectations if each.column == "wrong_columns"]
    else:
        facts = gather(duck, dataset, wanted, occasion, around or name)
    outcomes = validate(batches, suite, facts)
    for each, outcome in zip(wanted, outcomes, strict=False):
        if not outcome["is_met"] and each.fact in ("rows", "share", "copies", "share_of_copies"):
            outcome["examples"] = examples_of(duck, dataset, each)
    return facts.rows, outcomes


def gather(
    duck: duckdb.DuckDBPyConnection, dataset: Dataset, wanted: list[Wanted], occasion: Occasion, around: str
) -> Facts:
    """Every fact that the expectations are about."""
    facts = count_rows(duck, dataset, wanted)
    names = {each.name for each in wanted}
    if dataset.month_column:
        month = "month" if dataset.is_monthly else f"strftime({dataset.month_column}, '%Y-%m')"
        rows = duck.execute(f'select organization_id, {month}, count(*) from "{around}" group by all order by all')
        counts = {(organization, each): count for organization, each, count in rows.fetchall()}
        there = sorted({each for _, each in counts})
        months = history.are_over(occasion.months or there, occasion.as_of)
        history.against_the_months_before(counts, months, facts, "rows_against_the_months_before")
        if "empty_months" in names:
            history.empty_months(counts, months, facts, "empty_months")
        if names & {"units_drift", "names_drift"}:
            name_column = "event_name" if any(c.name == "event_name" for c in dataset.columns) else "meter_id"
            history.drift(duck, around, name_column, months, facts)
    for each in wanted:
        if each.fact in ("copies", "share_of_copies"):
            count_copies(duck, dataset, each, facts)
    height = len(facts.columns["rows"])
    facts.columns["wrong_columns"] = [0] * height
    if not dataset.is_monthly:
        for name, value, example in against_the_last_load(facts, occasion.last_rows):
            facts.columns[name], facts.examples[name] = [value] * height, example
    return facts


def validate(batches: Any, suite: Any, facts: Facts) -> list[Outcome]:
    """Let Great Expectations judge the facts; in the order of the suite, with what was found."""
    batch = batches.get_batch({"dataframe": pd.DataFrame(facts.columns)})
    with configured_once():
        found = batch.validate(suite, result_format="SUMMARY").results
    results = {each.expectation_config.kwargs["column"]: each for each in found}
    outcomes = []
    for expectation in suite.expectations:
        name = expectation.column
        result = results[name]
        error = next((str(i["exception_message"]) for i in _raised(result.exception_info)), None)
        outcomes.append(
            {
                "name": name,
                "description": expectation.description,
                "severity": str(getattr(expectation.severity, "value", expectation.severity)),
                "is_met": bool(result.success),
                "observed": _observed(expectation.meta["fact"], facts, name),
                "broken_rows": facts.broken.get(name, 0),
                "examples": [] if result.success else _examples(expectation, facts.examples.get(name, [])),
                "error": error,
            }
        )
    return outcomes


@contextmanager
def configured_once() -> Iterator[None]:
    """Each expectation makes its configuration once in this block: it is asked for it some sixty times to be judged."""
    make = vars(Expectation)["configuration"].fget
    made: dict[int, tuple[Any, Any]] = {}  # by identity, which is not given to another one as long as it stands here

    def configuration(expectation: Any) -> Any:
        if id(expectation) not in made:
            made[id(expectation)] = expectation, make(expectation)
        return made[id(expectation)][1]

    with mock.patch.object(Expectation, "configuration", property(configuration)):
        yield


def _examples(expectation: Any, examples: list[Example]) -> list[Example]:
    """The first of them that are out of bounds, where an example says how far it is."""
    least, most = getattr(expectation, "min_value", None), expectation.max_value
    measured = [(example, example.get(history.RATIO) or example.get(history.INDEX)) for example in examples]
    broken = [
        example
        for example, value in measured
        if value is None or float(value) > most or (least is not None and float(value) < least)
    ]
    return broken[:EXAMPLES]


def _observed(fact: str, facts: Facts, name: str) -> str:
    """What was found, in words."""
    values = facts.columns[name]
    match fact:
        case "rows" | "copies":
            return _rows(facts.broken[name])
        case "share" | "share_of_copies":
            return f"{_rows(facts.broken[name])}, {max(values):.2%} of an organization's"
        case _ if fact in COMPARED and not facts.examples.get(name):
            return "nothing to compare with yet"
        case "rows_against_the_months_before" | "rows_against_the_last_load":
            low, high = min(values), max(values)
            return f"{low:.2f} times" if low == high else f"{low:.2f} to {high:.2f} times"
        case "units_drift" | "names_drift":
            return f"index {max(values):.2f}"
        case "wrong_columns":
            return f"{max(values)} wrong columns"
        case "empty_months":
            return f"{max(values):.0f} empty months"
        case _:
            return "no row" if max(values) else "rows are there"


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _raised(info: Any) -> list[dict[str, Any]]:
    """Great Expectations gives one exception record or several, keyed by metric."""
    records = [info] if isinstance(info, dict) and "raised_exception" in info else list((info or {}).values())
    return [record for record in records if record.get("raised_exception")]

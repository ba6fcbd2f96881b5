"""What the contract declares of a dataset, as expectations: derived, so that the two cannot drift apart.

The contract quarantines such rows on their way in; here the files that the run really reads are looked at, whatever
wrote them. What a dataset needs beyond its declaration is in its own module.
"""

import re

from great_expectations import ExpectationSuite
from great_expectations.expectations.expectation import Expectation

from expectations.vocabulary import CRITICAL, at_most_of, few_copies, no_row, one_row_per, rows_within
from revenue_assets.contract.currencies import minor_units
from revenue_assets.contract.datasets import DATASETS
from revenue_assets.contract.model import EARLIEST, Column, Dataset
from revenue_assets.contract.quoting import literal, literals

# Systems deliver at least once: copies are no fault (the first counts), but many of them tell of a broken feed.
_COPIES_OF_EVENTS = 0.1


def suite_of(dataset: str, *own: Expectation) -> ExpectationSuite:
    """The suite of a dataset: what the contract declares of it, and these of its own."""
    return ExpectationSuite(name=dataset, expectations=[*declared(dataset), *own])


def declared(name: str) -> list[Expectation]:
    """Columns, grain, required columns, accepted values, bounds, times, rules between columns, volume."""
    dataset = DATASETS[name]
    found = [at_most_of("wrong_columns", 0, "The columns and their types are the contract's", CRITICAL)]
    found += _grain(dataset)
    found += [_given("organization_id"), *(_given(c.name) for c in dataset.columns if c.required or c.key)]
    for column in dataset.columns:
        found += _values(column)
    found += _times(dataset)
    found += [_rule(rule.condition, rule.broken, dataset) for rule in dataset.rules]
    return found + _volume(dataset)


def _grain(dataset: Dataset) -> list[Expectation]:
    if not dataset.keys:
        return []
    if dataset.kind == "events":
        return [few_copies(_COPIES_OF_EVENTS, dataset.keys, "At most one event in ten is delivered twice")]
    return [one_row_per(dataset.keys, f"One row per organization and {', '.join(dataset.keys)}")]


def _given(column: str) -> Expectation:
    is_missing = f"{column} is null or cast({column} as varchar) = ''"
    return no_row(f"{column}_missing", is_missing, f"{column} is given", CRITICAL)


def _values(column: Column) -> list[Expectation]:
    found = []
    name = column.name
    if column.allowed:
        unknown = f"{name} not in ({literals(column.allowed)})"
        says = f"{name} is one of {', '.join(column.allowed)}"
        found.append(no_row(f"{name}_unknown", unknown, says, CRITICAL, (name,)))
    if column.type == "ccy":
        unknown = f"{name} not in ({literals(minor_units())})"
        found.append(no_row(f"{name}_unknown", unknown, f"{name} is an ISO 4217 currency", CRITICAL, (name,)))
    bounds = [f"{name} < {column.lowest}"] if column.lowest is not None else []
    bounds += [f"{name} > {column.maximum}"] if column.maximum is not None else []
    if bounds:
        says = f"{name} is {'not negative' if column.lowest == '0' else f'at least {column.lowest}'}"
        says += f" and at most {column.maximum}" if column.maximum else ""
        found.append(no_row(f"{name}_out_of_bounds", " or ".join(bounds), says, CRITICAL, (name,)))
    return found


def _times(dataset: Dataset) -> list[Expectation]:
    names = [column.name for column in dataset.columns if column.type in ("ts", "date")]
    if not names:
        return []
    too_early = " or ".join(f"{name} < {literal(EARLIEST)}" for name in names)
    return [no_row("times_before_2000", too_early, "No time is before the year 2000", CRITICAL, names)]


def _rule(condition: str, broken: str, dataset: Dataset) -> Expectation:
    name = re.sub(r"\W+", "_", broken).strip("_")[:60]
    shows = [column.name for column in dataset.columns if re.search(rf"\b{column.name}\b", condition)]
    return no_row(name, f"not ({condition})", f"There is no row where {broken}", CRITICAL, shows)


def _volume(dataset: Dataset) -> list[Expectation]:
    found = []
    if dataset.is_monthly:
        # In microseconds: taking the month of every time would cost more than all else that is counted of an event.
        first = "cast(month || '-01' as timestamptz)"
        where = (
            f"epoch_us({dataset.month_column}) < epoch_us({first})"
            f" or epoch_us({dataset.month_column}) >= epoch_us({first} + interval 1 month)"
        )
        shows = (str(dataset.month_column), "month")
        found.append(
            no_row("rows_of_another_month", where, "Every row is in the file of its own month", CRITICAL, shows)
        )
    else:
        found += [
            at_most_of("emptied", 0, "It has rows when the last load had 20 or more", CRITICAL),
            rows_within(
                "rows_against_the_last_load",
                0.8,
                3,
                "It has at least 0.8 times and at most 3 times the rows of the last load",
            ),
        ]
    if dataset.month_column:
        found.append(
            rows_within(
                "rows_against_the_months_before",
                0.6,
                2,
                "A month that is over has at least 0.6 times and at most twice the rows of the three before, in the "
                "middle",
            )
        )
    return found

"""The words in which suites are written: each makes one expectation on one fact that DuckDB counts.

The frame that Great Expectations judges has one row per organization and month and one column per expectation, named
as the expectation is. `meta` tells how the column comes about: `fact` is what is counted, `where` the rows that are
counted, `shows` the columns that an example shows beside the key. What the contract declares is in `declared`.
"""

# mypy: disable-error-code=no-any-return

from collections.abc import Sequence
from typing import Any

from great_expectations import expectations
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

CRITICAL, WARNING = FailureSeverity.CRITICAL, FailureSeverity.WARNING
gxe: Any = expectations  # it gives out its expectations without saying so to type checkers


def no_row(name: str, where: str, says: str, severity: FailureSeverity, shows: Sequence[str] = ()) -> Expectation:
    """No row fulfils the SQL condition `where`; a condition that is null says nothing."""
    return gxe.ExpectColumnSumToBeBetween(
        column=name, max_value=0, severity=severity, description=says, meta=_meta("rows", where, shows)
    )


def at_most(
    share: float, name: str, where: str, says: str, severity: FailureSeverity, shows: Sequence[str] = ()
) -> Expectation:
    """Of an organization's rows at most this share fulfils `where`."""
    return gxe.ExpectColumnMaxToBeBetween(
        column=name, max_value=share, severity=severity, description=says, meta=_meta("share", where, shows)
    )


def one_row_per(keys: Sequence[str], says: str) -> Expectation:
    """No two rows of an organization share these keys."""
    return gxe.ExpectColumnSumToBeBetween(
        column="copies", max_value=0, severity=CRITICAL, description=says, meta=_meta("copies", None, keys)
    )


def few_copies(share: float, keys: Sequence[str], says: str) -> Expectation:
    """Of an organization's rows at most this share repeats the keys of another; rows with a null key do not count."""
    return gxe.ExpectColumnMaxToBeBetween(
        column="copies", max_value=share, severity=WARNING, description=says, meta=_meta("share_of_copies", None, keys)
    )


def in_order(later: str, earlier: str, says: str = "") -> list[Expectation]:
    """`later` is not before `earlier`: a warning for a row, critical when so many are that a column must be wrong."""
    where = f"{later} < {earlier}"
    says = says or f"{later} is not before {earlier}"
    shows = (earlier, later)
    return [
        no_row(f"{later}_before_{earlier}", where, says, WARNING, shows),
        at_most(
            0.05,
            f"{later}_often_before_{earlier}",
            where,
            f"{says}, in 19 of 20 rows at least: else a column is mapped wrongly",
            CRITICAL,
            shows,
        ),
    ]


def at_most_of(fact: str, most: float, says: str, severity: FailureSeverity) -> Expectation:
    """A fact of a load, a month or an organization, named in revenue_assets/checks/suite_facts.py, is at most this."""
    return gxe.ExpectColumnMaxToBeBetween(
        column=fact, max_value=most, severity=severity, description=says, meta=_meta(fact, None, ())
    )


def rows_within(fact: str, least: float, most: float, says: str) -> Expectation:
    """A number of rows, divided by the one that it is compared with, lies between these bounds."""
    return gxe.ExpectColumnValuesToBeBetween(
        column=fact, min_value=least, max_value=most, severity=WARNING, description=says, meta=_meta(fact, None, ())
    )


def units_keep_their_shape(name_column: str) -> list[Expectation]:
    """The distribution of units, and of the names, is that of the three months before.

    The measure is the population stability index; above 0.25 it is read as a major shift (Siddiqi, Credit Risk
    Scorecards, 2006, chapter 6), and so it is here. A warning: prices and customers may really have changed.
    """
    return [
        at_most_of(
            "units_drift",
            0.25,
            f"The distribution of units of each {name_column} is that of the three months before: its population "
            "stability index over half decades of units is at most 0.25",
            WARNING,
        ),
        at_most_of(
            "names_drift",
            0.25,
            f"The shares of each {name_column} are those of the three months before: their population stability "
            "index is at most 0.25",
            WARNING,
        ),
    ]


def month_is_not_empty() -> Expectation:
    """For what is reckoned with as a whole: a month without it gives findings that are all wrong."""
    return at_most_of(
        "empty_months",
        0,
        "A month that is over has rows when the three before had 1,000 or more each, in the middle",
        CRITICAL,
    )


def _meta(fact: str, where: str | None, shows: Sequence[str]) -> dict[str, Any]:
    return {"fact": fact, "where": where, "shows": list(shows)}

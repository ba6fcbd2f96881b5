"""Whether both raters give what is expected, and the same: the comparison, with no tolerance.

Both are exact, so every difference is a defect of one of them. A case without an expected amount is compared with the
other rater alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from revenue_assets.rating import in_sql, rater
from revenue_assets.rating.terms import Case


@dataclass(frozen=True)
class Difference:
    """A case that one of the raters prices other than expected, or other than the other one."""

    case: Case
    in_python: Decimal
    in_sql: Decimal


def compare(cases: Sequence[Case]) -> list[Difference]:
    """Price all cases twice; those that differ, in their order. Their ids must be unique."""
    found = in_sql.amounts(cases)
    priced = (Difference(case, rater.amount(case), found[case.case_id]) for case in cases)
    return [
        one
        for one in priced
        if one.in_python != one.in_sql or (one.case.expected is not None and one.case.expected != one.in_python)
    ]

"""Which months a run has to rebuild besides its own: those whose invoices may charge what came too late in its months.

So months closed in any order give the same tables. Later months that are not closed have nothing to rebuild, and where
nothing was late, nothing is added: an ordinary close of the newest month is as short as ever.
"""

from collections.abc import Sequence

import psycopg

from revenue_assets.months import first_day, month_of, month_range, shift

# The next two invoices of a monthly subscription lie in the next two months.
_REACH = 2
_CLOSED_LATER = """
select distinct periods.billing_month::timestamp at time zone 'UTC'
from lake.billing_periods as periods
where
    periods.billing_month = any(%(later)s::date[])
    and (
        exists (
            select 1 from lake.period_arrivals as arrivals
            where
                arrivals.billing_month = any(%(months)s::date[])
                and arrivals.organization_id = periods.organization_id
                and arrivals.late_events > 0
        )
        or periods.organization_id = any(%(charged)s)
    )
"""
_CHARGED_LATER = """
select distinct organization_id from intermediate.int_leak_causes
where code = 'billed_later' and billing_month = any(%(later)s::date[])
"""


def with_later_months(connection: psycopg.Connection, months: Sequence[str]) -> list[str]:
    """The months, and those after them that are closed and may charge late usage of them."""
    last = months[-1]
    later = [first_day(month) for month in month_range(shift(last, 1), shift(last, _REACH))]
    found = connection.execute("select to_regclass('intermediate.int_leak_causes') is not null").fetchone()
    charged = connection.execute(_CHARGED_LATER, {"later": later}).fetchall() if found and found[0] else []
    closed = connection.execute(
        _CLOSED_LATER,
        {"later": later, "months": [first_day(month) for month in months], "charged": [row[0] for row in charged]},
    ).fetchall()
    newest = max((month_of(row[0]) for row in closed), default=last)
    return [*months, *month_range(shift(last, 1), newest)] if newest > last else list(months)

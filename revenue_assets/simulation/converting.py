"""Invoices in another currency than the contract's: exchange rates of days, and what such an invoice charges.

Whoever wrote it took an old rate, a tenth away from that of the day: every line charges a tenth too much or too little.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from revenue_assets.contract.currencies import minor_units
from revenue_assets.rating.rater import round_to_minor
from revenue_assets.simulation.company import Company
from revenue_assets.simulation.fates import Draft
from revenue_assets.simulation.profile import Organization

Row = dict[str, Any]
_OLD = (Decimal("1.1"), Decimal("0.9"))
_STEPS = (-7, 3, 0, 8, -4, 5, -1)  # thousandths by which the days of a week differ from the usual rate


def rate_of(organization: Organization, day: date) -> Decimal:
    """What one unit of the other currency is worth on a day."""
    assert organization.other_rate is not None
    return organization.other_rate * (1000 + _STEPS[day.toordinal() % len(_STEPS)]) / 1000


def rate_rows(company: Company) -> Iterator[Row]:
    """The rows of fx_rates: every day from a month before usage begins until as_of."""
    organization, profile = company.organization, company.profile
    if organization.other_currency is None:
        return
    day = (profile.usage_start - timedelta(days=31)).date()
    while day <= profile.as_of.date():
        rate = rate_of(organization, day)
        yield {"base": organization.other_currency, "quote": organization.currency, "day": day, "rate": rate}
        day += timedelta(days=1)


def in_other_currency(organization: Organization, draft: Draft, amount: Decimal) -> Decimal:
    """What the invoice charges for an amount."""
    assert organization.other_currency is not None
    old_rate = rate_of(organization, _day(draft.issued_at)) * _OLD[draft.variant % len(_OLD)]
    return round_to_minor(amount / old_rate, minor_units()[organization.other_currency])


def worth(organization: Organization, draft: Draft, amount: Decimal) -> Decimal:
    """What an amount that the invoice charges is worth on the day of issue."""
    return round_to_minor(amount * rate_of(organization, _day(draft.issued_at)), organization.minor_unit)


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()

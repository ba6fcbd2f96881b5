"""Draws the company with agreements and gives what is written of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from revenue_assets.rating.terms import ZERO
from revenue_assets.simulation.agreements.billing import MISSING, draw_bills
from revenue_assets.simulation.agreements.deals import draw_deals
from revenue_assets.simulation.agreements.documents import document_rows, event_tables
from revenue_assets.simulation.agreements.profile import Agreements
from revenue_assets.simulation.agreements.rating import misposted_lines, rated_periods, wrong_prices
from revenue_assets.simulation.agreements.rows import churn_rows, reference_rows
from revenue_assets.simulation.agreements.truth import Outcome, decoys_of, leaks_of, rungs_of
from revenue_assets.simulation.agreements.usage import draw_uses
from revenue_assets.simulation.agreements.wallet import draw_balance
from revenue_assets.simulation.profile import Profile
from revenue_assets.simulation.rungs import RUNGS

Row = dict[str, Any]


@dataclass(frozen=True)
class AgreedCompany:
    """`datasets` lack organization_id, `events` by dataset and month have it; `outcomes` say what became of periods."""

    agreements: Agreements
    outcomes: list[Outcome]
    datasets: Mapping[str, list[Row]]
    events: Mapping[tuple[str, str], pa.Table]
    leaks: list[Row]
    ladder: list[Row]
    decoys: list[Row]
    churn: list[Row]

    @property
    def invoiced(self) -> Decimal:
        """The sum of all invoices."""
        return sum((one.bill.amount for one in self.outcomes if one.bill), ZERO)


def draw_agreements(agreements: Agreements, profile: Profile, seed: int) -> AgreedCompany:
    """Everything about the company, the same for the same profile and seed."""
    deals = draw_deals(agreements, profile, seed)
    usage = draw_uses(agreements, profile, deals, seed)
    wrong = wrong_prices(agreements, deals, seed)
    rated = list(rated_periods(agreements, deals, usage, wrong, misposted_lines(agreements, usage, seed)))
    drawn = draw_bills(agreements, profile, rated, seed)
    bills = [bill for bill in drawn if bill.fault != MISSING]
    missing = {(bill.rated.number, bill.rated.period.start) for bill in drawn if bill.fault == MISSING}
    draws = draw_balance(agreements, bills, seed)
    found = {(bill.rated.number, bill.rated.period.start): n for n, bill in enumerate(bills)}
    outcomes: list[Outcome] = []
    for one in rated:
        key = (one.number, one.period.start)
        bill, paid = (bills[found[key]], draws.get(found[key], [])) if key in found else (None, [])
        before = outcomes[-1] if outcomes else None
        is_next = before and (before.rated.number, before.rated.period.end) == key
        is_again = bool(is_next and before and before.is_missing)
        outcomes.append(Outcome(one, bill, agreements.minor_unit, paid, key in missing, is_again))
    return AgreedCompany(
        agreements,
        outcomes,
        reference_rows(agreements, deals, wrong, profile.as_of) | document_rows(agreements, outcomes),
        event_tables(agreements, deals, usage),
        [row for one in outcomes for row in leaks_of(agreements, one)],
        [row for one in outcomes for row in rungs_of(agreements, one, RUNGS)],
        [row for one in outcomes for row in decoys_of(agreements, one)],
        churn_rows(agreements, deals),
    )

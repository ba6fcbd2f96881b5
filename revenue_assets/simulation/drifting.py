"""Lines that drifted from their units at billing's price (R8): billing rounds every event, not the line once."""

from dataclasses import replace
from decimal import Decimal

from revenue_assets.simulation.company import Company
from revenue_assets.simulation.fates import Draft, drifting_line

_MINOR_UNITS = (2, -3, 5, -2, 8, -5)
"""What a line lacks: more than the one that any line may differ by. Cut events charge too little, raised ones more."""


def drifted(company: Company, draft: Draft) -> Draft:
    """The draft with one line that is some minor units off; that line says how many, as `leak`."""
    position = drifting_line(company, draft)
    assert position is not None  # or it would not have this fate
    unit = Decimal(1).scaleb(-company.organization.minor_unit)
    leak = _MINOR_UNITS[draft.variant % len(_MINOR_UNITS)] * unit
    line = draft.lines[position]
    drifting = line | {"amount": line["amount"] - leak, "leak": leak}
    return replace(draft, lines=[*draft.lines[:position], drifting, *draft.lines[position + 1 :]])

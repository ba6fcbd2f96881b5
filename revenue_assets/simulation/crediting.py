"""Credit notes: right ones, and wrong ones in each way there is."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from revenue_assets.rating.rater import round_to_minor
from revenue_assets.simulation.company import Company
from revenue_assets.simulation.fates import Draft


def credit(
    company: Company, draft: Draft, invoice_id: str
) -> tuple[list[dict[str, Any]], list[Decimal], list[Decimal]]:
    """The credit notes, on the largest line, what each line is credited, and how much of it unjustly."""
    credits, unjustified = ([Decimal(0) for _ in draft.lines] for _ in range(2))
    if draft.fate not in ("B7", "justified_credit"):
        return [], credits, unjustified
    amounts = [line["amount"] for line in draft.lines]
    at = amounts.index(max(amounts))
    part = round_to_minor(amounts[at] * Decimal("0.3"), company.organization.minor_unit)
    excess = round_to_minor((sum(amounts) - amounts[at]) / 2, company.organization.minor_unit)
    notes, wrong = [(part, "outage", "finance")], Decimal(0)
    if draft.fate == "B7":
        way, wrong = draft.variant % 4, part
        if way == 1 and excess:
            notes, wrong = [(amounts[at] + excess, "outage", "finance")], excess  # more than the line
        elif way == 2:
            notes = [(part, "outage", "finance")] * 2  # twice for one cause
        else:
            notes = [(part, "outage", "")] if way == 3 else [(part, "", "finance")]
    rows = []
    for number, (amount, reason, approved_by) in enumerate(notes, start=1):
        rows.append(
            {
                "credit_note_id": f"cn_{invoice_id}_{number}",
                "invoice_id": invoice_id,
                "invoice_line_id": f"{invoice_id}_{at + 1}",
                "amount": amount,
                "currency": company.organization.currency,
                "reason": reason or None,
                "approved_by": approved_by or None,
                "created_at": draft.issued_at + timedelta(days=1, hours=number),
            }
        )
        credits[at] += amount
    unjustified[at] = wrong
    return rows, credits, unjustified

"""Invoices of no subscription, and lines of invoices that do not exist: what belongs to nothing.

They are added to the documents of a company when everything else is decided, and change nothing of it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from revenue_assets.months import month_bounds
from revenue_assets.simulation.company import Company
from revenue_assets.simulation.invoicing import Documents
from revenue_assets.simulation.rungs import RUNGS
from revenue_assets.simulation.streams import pick, stream

Row = dict[str, Any]
_OWED, _BILLED = 2, 7  # rungs on which a line of no subscription is nothing, and on which it is its amount


def add_orphans(company: Company, documents: Documents, seed: int) -> tuple[list[Row], list[Row]]:
    """Add them to the documents; return the rows of the truth and of the ladder that follow."""
    rng = stream(seed, company.key, "strays")
    leaks, rungs = [], []
    for account, subscription_id in _owners(company, rng):
        key = _write_invoice(company, documents, account, subscription_id)
        amount = key.pop("amount")
        leaks.append(key | {"code": "B3", "leak_amount": -amount})
        amounts = [Decimal(0)] * _OWED + [amount] * _BILLED
        rungs.append(key | dict(zip(RUNGS, amounts, strict=True)))
    if company.part == 0:  # they are of no account, hence of no part
        leaks.extend(_lines_without_invoice(company, documents, rng))
    return leaks, rungs


def _owners(company: Company, rng: np.random.Generator) -> Iterator[tuple[int, str | None]]:
    """Accounts whose invoice names a subscription that nobody has, or none when they had none in the month of it."""
    customers = [position for position, one in enumerate(company.accounts) if not one.is_internal]
    count = company.profile.leaks.stray_invoices.count(len(customers))
    served = [position for position in customers if position in company.served_accounts]
    start, _ = month_bounds(company.profile.months[-1])
    there = [one.account for one in company.subscriptions if one.ended_at is None or one.ended_at > start]
    gone = np.setdiff1d(customers, there)
    for account in pick(rng, gone, min(count, len(gone))).tolist():
        yield account, None
    for account in pick(rng, np.array(served, dtype=np.int64), min(count, len(served))).tolist():
        yield account, f"sub_{company.accounts[account].account_id}_unknown"


def _write_invoice(company: Company, documents: Documents, account: int, subscription_id: str | None) -> Row:
    """A paid invoice over a fee in the last month; return its key in the truth and its amount."""
    organization = company.organization
    start, end = month_bounds(company.profile.months[-1])
    account_id, issued_at = company.accounts[account].account_id, start + timedelta(hours=1)
    invoice_id, amount = f"in_{account_id}_stray", organization.plans[0].fee
    window = {"period_start": start, "period_end": end, "currency": organization.currency}
    documents.invoices.append(
        {
            "invoice_id": invoice_id,
            "account_id": account_id,
            "subscription_id": subscription_id,
            "status": "paid",
            "issued_at": issued_at,
            "finalized_at": issued_at,
            "due_at": issued_at + timedelta(days=14),
            "collection": "charge_automatically",
            **window,
        }
    )
    documents.invoice_lines.append(_line(f"{invoice_id}_1", invoice_id, amount) | window)
    documents.payment_attempts.append(
        {
            "attempt_id": f"{invoice_id}_try1",
            "invoice_id": invoice_id,
            "attempt_number": 1,
            "attempted_at": issued_at + timedelta(minutes=30),
            "amount": amount,
            "currency": organization.currency,
            "status": "succeeded",
            "method": "card",
        }
    )
    return _key(company, account_id, subscription_id or "", start, end) | {"amount": amount}


def _lines_without_invoice(company: Company, documents: Documents, rng: np.random.Generator) -> Iterator[Row]:
    """Fees that were written and never attached to an invoice, at most one in a month."""
    organization, months = company.organization, company.profile.months
    count = company.profile.leaks.orphaned_lines.count(len(months))
    for position in pick(rng, np.arange(len(months)), count).tolist():
        start, end = month_bounds(months[position])
        invoice_id = f"in_{organization.account_prefix}_never_{position}"
        window = {"period_start": start, "period_end": end, "currency": organization.currency}
        amount = organization.plans[-1].fee
        documents.invoice_lines.append(_line(f"{invoice_id}_1", invoice_id, amount) | window)
        yield _key(company, "", "", start, end) | {"code": "B3", "leak_amount": amount}


def _line(line_id: str, invoice_id: str, amount: Decimal) -> Row:
    return {"invoice_line_id": line_id, "invoice_id": invoice_id, "kind": "recurring", "amount": amount}


def _key(company: Company, account_id: str, subscription_id: str, start: datetime, end: datetime) -> Row:
    return {
        "organization_id": company.organization.organization_id,
        "account_id": account_id,
        "subscription_id": subscription_id,
        "item": "recurring",
        "period_start": start,
        "period_end": end,
        "billing_month": f"{start:%Y-%m}",
        "currency": company.organization.currency,
    }

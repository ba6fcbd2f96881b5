"""What tries to collect give away beside the ladder: retries that card networks forbid (C8, evidence of amount 0), and
money to come from accounts whose card has expired (C4).

Which invoices these fates fall on is in `fates.py`, the tries that they leave in `collecting.py`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from revenue_assets.months import month_bounds, month_of
from revenue_assets.simulation.collecting import FORBIDDEN
from revenue_assets.simulation.company import Company, ServedPeriod
from revenue_assets.simulation.invoicing import Charge, Documents
from revenue_assets.simulation.paying import METHOD_GONE

Row = dict[str, Any]
PAYMENT = "payment"


def payment_leaks(company: Company, documents: Documents) -> Iterator[Row]:
    """The rows of the truth about payments: C8 by subscription and UTC month, C4 by period."""
    owners = {one["invoice_id"]: (one["account_id"], one["subscription_id"]) for one in documents.invoices}
    forbidden = Counter(
        (*owners[one["invoice_id"]], month_of(one["attempted_at"]))
        for one in documents.payment_attempts
        if one["attempt_id"].endswith(FORBIDDEN)
    )
    for (account_id, subscription_id, month), tries in forbidden.items():
        yield _row(company, account_id, subscription_id, *month_bounds(month), month) | {
            "code": "C8",
            "units": Decimal(tries),
            "leak_amount": Decimal(0),
        }
    newest: dict[str, Row] = {}
    for one in sorted(documents.payment_attempts, key=lambda one: (one["attempted_at"], one["attempt_number"])):
        newest[owners[one["invoice_id"]][0]] = one
    gone = {account for account, one in newest.items() if one.get("decline_code") in METHOD_GONE}
    to_come: dict[ServedPeriod, list[Charge]] = defaultdict(list)
    for charge in documents.charges:
        if company.accounts[charge.served.account].account_id in gone and charge.to_come:
            to_come[charge.served].append(charge)
    for served, charges in to_come.items():
        account_id = company.accounts[served.account].account_id
        subscription_id = company.subscriptions[served.subscription].subscription_id
        period = served.period
        yield _row(company, account_id, subscription_id, period.start, period.end, period.billing_month) | {
            "code": "C4",
            "leak_amount": sum((charge.to_come for charge in charges), Decimal(0)),
        }


def _row(
    company: Company, account_id: str, subscription_id: str, start: datetime, end: datetime, billing_month: str
) -> Row:
    return {
        "organization_id": company.organization.organization_id,
        "account_id": account_id,
        "subscription_id": subscription_id,
        "item": PAYMENT,
        "period_start": start,
        "period_end": end,
        "billing_month": billing_month,
        "currency": company.organization.currency,
    }

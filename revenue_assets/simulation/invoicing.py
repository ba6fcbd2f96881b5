"""Invoices, their lines and their payments, as they follow from what billing decided to post.

Every invoice is finalized and in the end paid. An organization that bills in advance charges the fee at the start of
the period and the usage after its end; one that bills in arrears puts both on one invoice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from revenue_assets.rating.rater import round_to_minor
from revenue_assets.simulation.company import Company, ServedPeriod
from revenue_assets.simulation.posting import Posting
from revenue_assets.simulation.streams import stream
from revenue_assets.simulation.tariff import Tariff

Row = dict[str, Any]
_TO_FINALIZE, _TO_PAY, _TO_RETRY = timedelta(hours=1), timedelta(minutes=30), timedelta(days=3)
_DECLINES = ("insufficient_funds", "do_not_honor", "processing_error")


@dataclass(frozen=True)
class Documents:
    """Rows of invoices, invoice_lines and payment_attempts, without organization_id."""

    invoices: list[Row]
    invoice_lines: list[Row]
    payment_attempts: list[Row]
    payment_seed: int


@dataclass(frozen=True)
class _Draft:
    """An invoice to be: when it is issued, for which period, with which lines (not empty)."""

    served: ServedPeriod
    issued_at: datetime
    lines: list[Row]


def write_documents(company: Company, posting: Posting, seed: int) -> Documents:
    """All invoices until as_of, numbered in the order of their issue, and the attempts to collect them."""
    drafts = sorted(_drafts(company, posting), key=lambda draft: (draft.issued_at, draft.served.subscription))
    documents = Documents([], [], [], seed)
    for number, draft in enumerate(drafts, start=1):
        _write(company, documents, draft, f"in_{company.organization.account_prefix}_{number:07d}")
    return documents


def _drafts(company: Company, posting: Posting) -> Iterator[_Draft]:
    tariff, meters = Tariff(company, posting.attached.book), company.organization.meters
    in_advance = company.organization.bill_in == "advance"
    for row, served in enumerate(company.periods):
        fee = [_fee_line(tariff, served)] if row in posting.fee_issued_at else []
        usage = list(_usage_lines(tariff, posting, row, served)) if row in posting.issued_at else []
        if fee and (in_advance or row in posting.split_periods):
            yield _Draft(served, posting.fee_issued_at[row], fee)
            fee = []
        if fee or usage:
            yield _Draft(served, posting.issued_at[row], fee + usage)
    for served in posting.billed_after_end:
        lines = [_fee_line(tariff, served)]
        if not in_advance:
            lines.append(_usage_line(tariff, served, meters[0].meter_id, Decimal(100)))
        yield _Draft(served, (served.period.start if in_advance else served.period.end) + timedelta(hours=2), lines)


def _fee_line(tariff: Tariff, served: ServedPeriod) -> Row:
    price = tariff.price(served, None)
    return {
        "kind": "recurring",
        "units": Decimal(1),
        "unit_amount": price.unit_amount,
        "amount": tariff.fee(served),
        "price_id": price.price_id,
    }


def _usage_line(tariff: Tariff, served: ServedPeriod, meter_id: str, units: Decimal) -> Row:
    price = tariff.price(served, meter_id)
    meter = next(one for one in tariff.company.organization.meters if one.meter_id == meter_id)
    return {
        "kind": "usage",
        "meter_id": meter_id,
        "units": units,
        "unit_amount": price.unit_amount,
        "amount": tariff.usage(served, meter, units),
        "price_id": price.price_id,
    }


def _usage_lines(tariff: Tariff, posting: Posting, row: int, served: ServedPeriod) -> Iterable[Row]:
    """A line for each metered quantity; of the absent ones, every second stands there with zero units."""
    meters = tariff.company.organization.meters
    for position, meter in enumerate(meters):
        item = row * len(meters) + position
        if posting.billed[item] or (item in posting.absent_items and item % 2):
            yield _usage_line(tariff, served, meter.meter_id, posting.billed[item])


def _write(company: Company, documents: Documents, draft: _Draft, invoice_id: str) -> None:
    organization, period = company.organization, draft.served.period
    subscription = company.subscriptions[draft.served.subscription]
    finalized_at = draft.issued_at + _TO_FINALIZE
    window = {"period_start": period.start, "period_end": period.end, "currency": organization.currency}
    amount = sum((line["amount"] for line in draft.lines), Decimal(0))
    lines = list(draft.lines)
    if tax := round_to_minor(amount * organization.tax_rate, organization.minor_unit):
        lines.append({"kind": "tax", "amount": tax})
    documents.invoices.append(
        {
            "invoice_id": invoice_id,
            "account_id": company.accounts[draft.served.account].account_id,
            "subscription_id": subscription.subscription_id,
            "status": "paid",
            "issued_at": draft.issued_at,
            "finalized_at": finalized_at,
            "due_at": finalized_at + timedelta(days=14),
            "collection": "charge_automatically",
            **window,
        }
    )
    documents.invoice_lines.extend(
        {"invoice_line_id": f"{invoice_id}_{number}", "invoice_id": invoice_id, **line, **window}
        for number, line in enumerate(lines, start=1)
    )
    if amount:
        documents.payment_attempts.extend(_attempts(company, documents, invoice_id, finalized_at, amount + tax))


def _attempts(
    company: Company, documents: Documents, invoice_id: str, finalized_at: datetime, amount: Decimal
) -> Iterator[Row]:
    """One success; before it up to two failures where there is still time to try again."""
    rng = stream(documents.payment_seed, "payment", invoice_id)
    attempted_at = finalized_at + _TO_PAY
    for number in (1, 2, 3):
        can_fail = number < 3 and attempted_at + _TO_RETRY <= company.profile.as_of
        has_failed = can_fail and rng.random() < company.profile.failed_payments
        yield {
            "attempt_id": f"{invoice_id}_try{number}",
            "invoice_id": invoice_id,
            "attempt_number": number,
            "attempted_at": attempted_at,
            "amount": amount,
            "currency": company.organization.currency,
            "status": "failed" if has_failed else "succeeded",
            "decline_code": _DECLINES[int(rng.integers(len(_DECLINES)))] if has_failed else None,
            "method": "card",
        }
        if not has_failed:
            return
        attempted_at += _TO_RETRY

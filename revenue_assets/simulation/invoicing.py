"""Invoices, their lines, credits and payments, as they follow from what billing decided to post and what became of it.

Which invoices there are is in `drafting.py`, which has which fate in `fates.py`.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from revenue_assets.rating.rater import round_to_minor
from revenue_assets.simulation.collecting import collect, shares
from revenue_assets.simulation.company import Company, ServedPeriod
from revenue_assets.simulation.converting import in_other_currency, worth
from revenue_assets.simulation.crediting import credit
from revenue_assets.simulation.drafting import as_issued, drafts_of
from revenue_assets.simulation.fates import PAID, Draft, decide_fates, failure_of
from revenue_assets.simulation.paying import lost_payment
from revenue_assets.simulation.posting import Posting
from revenue_assets.simulation.trying import Bill, card_of

Row = dict[str, Any]
_INVOICES_OF_A_PART = 1_000_000  # more than any has
_TO_FINALIZE = timedelta(hours=1)
_DRAFTS, _VOIDS = {"B2", "fresh_draft"}, {"B9", "reissued_void", "voided_duplicate_2"}
_SENT = {"C3", "C7"}
_UNPAID = {*_SENT, "C1", "C2", "C6", "not_yet_due", "retry_running", "card_gone"}
_NOT_LOST_YET = {"not_yet_due", "retry_running", "card_gone"}


@dataclass(frozen=True)
class Charge:
    """What one pre-tax line comes to on the lower rungs, and what it loses to which code.

    `to_come` is what may still be collected.
    """

    served: ServedPeriod
    item: str
    documented: Decimal
    invoiced: Decimal
    credited: Decimal
    collected: Decimal
    code: str | None = None
    leak: Decimal = Decimal(0)
    units: Decimal = Decimal(1)
    to_come: Decimal = Decimal(0)


@dataclass(frozen=True)
class Documents:
    """Rows of the documents and of money, without organization_id, and what the simulation knows about them.

    `repeated` has the amount of a period's item that was charged a second time; `converted` what an item's line in
    another currency is worth; `fates` the items that a fate fell on.
    """

    invoices: list[Row] = field(default_factory=list)
    invoice_lines: list[Row] = field(default_factory=list)
    credit_notes: list[Row] = field(default_factory=list)
    payment_attempts: list[Row] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)
    disputes: list[Row] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    repeated: dict[tuple[int, str], Decimal] = field(default_factory=dict)
    converted: dict[tuple[int, str], Decimal] = field(default_factory=dict)
    fates: list[tuple[str, int, str]] = field(default_factory=list)


def write_documents(company: Company, posting: Posting, seed: int) -> Documents:
    """All invoices until as_of, numbered in the order of their issue, and what came of them."""
    documents = Documents()
    decided = decide_fates(company, posting, list(drafts_of(company, posting)), seed)
    documents.fates.extend(
        (one.fate, one.row, line.get("meter_id") or "recurring")
        for one in decided
        for line in one.lines
        if one.fate != PAID and one.row is not None
    )
    issued = [(n, one) for n, draft in enumerate(decided) for one in as_issued(company, posting, draft)]
    issued.sort(key=lambda one: (one[1].issued_at, one[1].served.subscription))
    first_of: dict[int, str] = {}
    for number, (base, draft) in enumerate(issued, start=1 + company.part * _INVOICES_OF_A_PART):
        invoice_id = f"in_{company.organization.account_prefix}_{number:07d}"
        replaces = first_of.get(base) if draft.fate == "reissued_void_2" else None
        first_of.setdefault(base, invoice_id)
        _write(company, documents, draft, invoice_id, replaces, seed)
        if draft.fate == "B6_2" and draft.row is not None:
            items = ((line.get("meter_id") or "recurring", line["amount"]) for line in draft.lines)
            documents.repeated.update({(draft.row, item): amount for item, amount in items})
    return documents


def _write(
    company: Company, documents: Documents, draft: Draft, invoice_id: str, replaces: str | None, seed: int
) -> None:
    organization, period, fate = company.organization, draft.served.period, draft.fate
    subscription = company.subscriptions[draft.served.subscription]
    finalized_at = draft.issued_at + _TO_FINALIZE
    window = {"period_start": period.start, "period_end": period.end, "currency": organization.currency}
    lines = list(draft.lines)
    tax = round_to_minor(draft.amount * organization.tax_rate, organization.minor_unit)
    if tax:
        lines.append({"kind": "tax", "amount": tax})
    is_foreign = fate == "R7" and organization.other_currency is not None
    if is_foreign:
        lines = [line | {"amount": in_other_currency(organization, draft, line["amount"])} for line in lines]
        window |= {"currency": organization.other_currency}
    is_draft, is_void = fate in _DRAFTS, fate in _VOIDS
    documents.invoices.append(
        {
            "invoice_id": invoice_id,
            "account_id": company.accounts[draft.served.account].account_id,
            "subscription_id": subscription.subscription_id,
            "status": _status(draft),
            "issued_at": draft.issued_at,
            "finalized_at": None if is_draft else finalized_at,
            "due_at": finalized_at + timedelta(days=14),
            "voided_at": draft.issued_at + timedelta(days=1) if is_void else None,
            "replaces_invoice_id": replaces,
            "collection": "send_invoice" if fate in _SENT else "charge_automatically",
            **window,
        }
    )
    documents.invoice_lines.extend(
        window | {"invoice_line_id": f"{invoice_id}_{number}", "invoice_id": invoice_id} | line
        for number, line in enumerate(lines, start=1)
    )
    if is_draft or is_void:
        _charge_nothing(documents, draft)
        return
    notes, credits, unjustified = credit(company, draft, invoice_id)
    documents.credit_notes.extend(notes)
    asked = [line["amount"] - credit for line, credit in zip(lines, [*credits, Decimal(0)], strict=False)]
    due = sum(asked, Decimal(0))
    failure = failure_of(company, draft, seed)
    if fate in ("C1", "C2") and not (failure and failure.is_lost):
        failure = lost_payment(company.profile, organization, invoice_id, seed)
    bill = Bill(company, invoice_id, finalized_at, due, card_of(company, draft.served.account, seed))
    money = collect(bill, fate, draft.variant, failure)
    documents.payment_attempts.extend(one | {"currency": window["currency"]} for one in money.attempts)
    if is_foreign:
        _charge_what_it_is_worth(company, documents, draft, lines)
        return
    documents.refunds.extend(money.refunds)
    documents.disputes.extend(money.disputes)
    kept = shares(money.kept, asked, organization.minor_unit)
    returned = shares(money.returned, asked, organization.minor_unit)
    for n, line in enumerate(draft.lines):
        leak = {"C5": returned[n], "B7": unjustified[n]}.get(fate, line.get("leak", Decimal(0)))
        if fate in _UNPAID:
            leak = asked[n] - kept[n]
        documents.charges.append(
            Charge(
                served=draft.served,
                item=line.get("meter_id") or "recurring",
                documented=line["amount"],
                invoiced=line["amount"],
                credited=asked[n],
                collected=kept[n],
                code=_code(fate),
                leak=leak,
                units=line["units"],
                to_come=leak if fate in _NOT_LOST_YET else Decimal(0),
            )
        )


def _charge_what_it_is_worth(company: Company, documents: Documents, draft: Draft, lines: list[Row]) -> None:
    """An invoice in another currency counts in the contract's; it was paid."""
    for line, charged in zip(draft.lines, lines, strict=False):
        item, own = line.get("meter_id") or "recurring", worth(company.organization, draft, charged["amount"])
        leak = line["amount"] - own
        documents.charges.append(Charge(draft.served, item, own, own, own, own, "R7", leak, line["units"]))
        if draft.row is not None:
            documents.converted[draft.row, item] = own


def _status(draft: Draft) -> str:
    if draft.fate in _DRAFTS:
        return "draft"
    if draft.fate in _VOIDS:
        return "void"
    if draft.fate == "C1" and draft.variant % 2:
        return "uncollectible"
    return "open" if draft.fate in _UNPAID else "paid"


def _code(fate: str) -> str | None:
    """The code a fate raises; those of decoys and of being paid raise none."""
    code = fate.removesuffix("_2")
    return code if len(code) == 2 else None


def _charge_nothing(documents: Documents, draft: Draft) -> None:
    """Drafts and lost voids document a charge that is not invoiced; the other voids leave no trace."""
    if draft.fate not in ("B2", "B9", "fresh_draft"):
        return
    for line in draft.lines:
        item, nothing, amount = line.get("meter_id") or "recurring", Decimal(0), line["amount"]
        rungs = (amount, nothing, nothing, nothing)
        to_come = amount if draft.fate == "fresh_draft" else nothing
        own = Charge(draft.served, item, *rungs, _code(draft.fate), amount, line["units"], to_come)
        documents.charges.append(own)

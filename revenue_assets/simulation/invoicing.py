"""Invoices, their lines, credits and payments, as they follow from what billing decided to post and what became of it.

An organization that bills in advance charges the fee at the start of the period and the usage after its end; one that
bills in arrears puts both on one invoice. Which invoice has which fate is decided in `fates.py`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from revenue_assets.rating.rater import round_to_minor
from revenue_assets.simulation.collecting import collect, shares
from revenue_assets.simulation.company import Company, ServedPeriod
from revenue_assets.simulation.fates import PAID, Draft, decide_fates, repeatable_line
from revenue_assets.simulation.posting import Posting
from revenue_assets.simulation.tariff import Tariff

Row = dict[str, Any]
_TO_FINALIZE = timedelta(hours=1)
_DRAFTS, _VOIDS = {"B2", "fresh_draft"}, {"B9", "reissued_void", "voided_duplicate_2"}
_UNPAID = {"C1", "C2", "C6", "C7", "not_yet_due", "retry_running"}


@dataclass(frozen=True)
class Charge:
    """What one pre-tax line comes to on the lower rungs, and what it loses to which code."""

    served: ServedPeriod
    item: str
    documented: Decimal
    invoiced: Decimal
    credited: Decimal
    collected: Decimal
    code: str | None = None
    leak: Decimal = Decimal(0)
    units: Decimal = Decimal(1)


@dataclass(frozen=True)
class Documents:
    """Rows of the documents and of money, without organization_id, and what the simulation knows about them.

    `repeated` has the units of a period's item that were charged a second time; `fates` the items that a fate fell on.
    """

    invoices: list[Row] = field(default_factory=list)
    invoice_lines: list[Row] = field(default_factory=list)
    credit_notes: list[Row] = field(default_factory=list)
    payment_attempts: list[Row] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)
    disputes: list[Row] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    repeated: dict[tuple[int, str], Decimal] = field(default_factory=dict)
    fates: list[tuple[str, int, str]] = field(default_factory=list)


def write_documents(company: Company, posting: Posting, seed: int) -> Documents:
    """All invoices until as_of, numbered in the order of their issue, and what came of them."""
    documents = Documents()
    decided = decide_fates(company, posting, list(_drafts(company, posting)), seed)
    documents.fates.extend(
        (one.fate, one.row, line.get("meter_id") or "recurring")
        for one in decided
        for line in one.lines
        if one.fate != PAID and one.row is not None
    )
    issued = [(n, one) for n, draft in enumerate(decided) for one in _as_issued(company, posting, draft, documents)]
    issued.sort(key=lambda one: (one[1].issued_at, one[1].served.subscription))
    first_of: dict[int, str] = {}
    for number, (base, draft) in enumerate(issued, start=1):
        invoice_id = f"in_{company.organization.account_prefix}_{number:07d}"
        replaces = first_of.get(base) if draft.fate == "reissued_void_2" else None
        first_of.setdefault(base, invoice_id)
        _write(company, documents, draft, invoice_id, replaces, seed)
    return documents


def _drafts(company: Company, posting: Posting) -> Iterator[Draft]:
    tariff, meters = Tariff(company, posting.attached.book), company.organization.meters
    in_advance = company.organization.bill_in == "advance"
    for row, served in enumerate(company.periods):
        fee = [_fee_line(tariff, served)] if row in posting.fee_issued_at else []
        usage = list(_usage_lines(tariff, posting, row, served)) if row in posting.issued_at else []
        if fee and (in_advance or row in posting.split_periods):
            yield Draft(row, served, posting.fee_issued_at[row], fee)
            fee = []
        if fee or usage:
            yield Draft(row, served, posting.issued_at[row], fee + usage)
    for served in posting.billed_after_end:
        lines = [_fee_line(tariff, served)]
        if not in_advance:
            lines.append(_usage_line(tariff, served, meters[0].meter_id, Decimal(100)))
        issued_at = (served.period.start if in_advance else served.period.end) + timedelta(hours=2)
        yield Draft(None, served, issued_at, lines)


def _as_issued(company: Company, posting: Posting, draft: Draft, documents: Documents) -> Iterator[Draft]:
    """The draft with the lines that its fate gives it, and the second invoice of some; `_2` marks that one."""
    second = replace(draft, fate=f"{draft.fate}_2", issued_at=draft.issued_at + timedelta(days=2))
    first_line, others = draft.lines[0], draft.lines[1:]
    unit = Decimal(1).scaleb(-company.organization.minor_unit)
    if draft.fate == "R6":
        leak = first_line["amount"] - first_line["unit_amount"]
        yield replace(draft, lines=[first_line | {"amount": first_line["unit_amount"], "leak": leak}, *others])
    elif draft.fate == "rounding":
        yield replace(draft, lines=[first_line | {"amount": first_line["amount"] + unit}, *others])
    elif draft.fate == "two_halves_of_a_fee":
        period, half = draft.served.period, round_to_minor(first_line["amount"] / 2, company.organization.minor_unit)
        middle = (period.start + (period.end - period.start) / 2).replace(microsecond=0)
        yield replace(draft, lines=[first_line | {"amount": half, "period_end": middle}, *others])
        rest = {"amount": first_line["amount"] - half, "period_start": middle}
        yield replace(second, lines=[first_line | rest])
    else:
        yield draft
        position = repeatable_line(company, posting, draft)
        if draft.fate in ("reissued_void", "voided_duplicate"):
            yield second
        elif draft.fate == "B6" and position is not None and draft.row is not None:
            line = draft.lines[position]
            yield replace(second, lines=[_repeated(company, draft, line)])
            if line["kind"] == "usage":
                documents.repeated[draft.row, line["meter_id"]] = line["units"]


def _repeated(company: Company, draft: Draft, line: Row) -> Row:
    """The line once more. Usage is priced by its units, so that it costs what they do at the contract's price."""
    if line["kind"] == "recurring":
        return line | {"leak": -line["amount"]}
    meter = next(one for one in company.organization.meters if one.meter_id == line["meter_id"])
    contract, units = Tariff(company, company.contract), line["units"]
    once, twice = (contract.usage(draft.served, meter, n * units) for n in (1, 2))
    return line | {"leak": once - twice}


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
            "collection": "send_invoice" if fate == "C7" else "charge_automatically",
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
    credits, unjustified = _credit(company, documents, draft, invoice_id)
    asked = [line["amount"] - credit for line, credit in zip(lines, [*credits, Decimal(0)], strict=False)]
    due = sum(asked, Decimal(0))
    money = collect(company, invoice_id, fate, draft.variant, finalized_at, due, seed)
    documents.payment_attempts.extend(money.attempts)
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
            )
        )


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
        documents.charges.append(Charge(draft.served, item, *rungs, _code(draft.fate), amount, line["units"]))


def _credit(
    company: Company, documents: Documents, draft: Draft, invoice_id: str
) -> tuple[list[Decimal], list[Decimal]]:
    """Credit notes on the largest line; return what each line is credited, and how much of it unjustly."""
    credits, unjustified = ([Decimal(0) for _ in draft.lines] for _ in range(2))
    if draft.fate not in ("B7", "justified_credit"):
        return credits, unjustified
    amounts = [line["amount"] for line in draft.lines]
    at = amounts.index(max(amounts))
    part = round_to_minor(amounts[at] * Decimal("0.3"), company.organization.minor_unit)
    excess = round_to_minor((sum(amounts) - amounts[at]) / 2, company.organization.minor_unit)
    notes, wrong = [(part, "outage", "finance")], Decimal(0)
    if draft.fate == "B7":
        wrong = part
        if excess and draft.variant % 2:
            notes, wrong = [(amounts[at] + excess, "outage", "finance")], excess  # more than the line
        else:
            once = [(part, "outage", "finance")]
            notes = ([(part, "", "finance")], once * 2, [(part, "outage", "")])[draft.variant % 3]  # * 2: for one cause
    for number, (amount, reason, approved_by) in enumerate(notes, start=1):
        documents.credit_notes.append(
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
    return credits, unjustified

"""Which invoices follow from what billing decided to post, and what their fates make of their lines.

An organization that bills in advance charges the fee at the start of the period and the usage after its end; one that
bills in arrears puts both on one invoice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from revenue_assets.rating.rater import round_to_minor
from revenue_assets.simulation.company import Company, ServedPeriod
from revenue_assets.simulation.drifting import drifted
from revenue_assets.simulation.fates import Draft, repeatable_line
from revenue_assets.simulation.posting import Posting
from revenue_assets.simulation.tariff import Tariff

Row = dict[str, Any]


def drafts_of(company: Company, posting: Posting) -> Iterator[Draft]:
    """Every invoice that billing means to write, in the order of the periods."""
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
    for served in posting.trials_invoiced:
        yield Draft(None, served, served.period.start + timedelta(minutes=5), [_fee_line(tariff, served)])
    for served in posting.billed_after_end:
        lines = [_fee_line(tariff, served)]
        if not in_advance:
            lines.append(_usage_line(tariff, served, meters[0].meter_id, Decimal(100)))
        issued_at = (served.period.start if in_advance else served.period.end) + timedelta(hours=2)
        yield Draft(None, served, issued_at, lines)


def as_issued(company: Company, posting: Posting, draft: Draft) -> Iterator[Draft]:
    """The draft with the lines that its fate gives it, and the second invoice of some; `_2` marks that one."""
    second = replace(draft, fate=f"{draft.fate}_2", issued_at=draft.issued_at + timedelta(days=2))
    first_line, others = draft.lines[0], draft.lines[1:]
    unit = Decimal(1).scaleb(-company.organization.minor_unit)
    if draft.fate == "R6":
        leak = first_line["amount"] - first_line["unit_amount"]
        yield replace(draft, lines=[first_line | {"amount": first_line["unit_amount"], "leak": leak}, *others])
    elif draft.fate == "R8":
        yield drifted(company, draft)
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
            yield replace(second, lines=[line | {"leak": -line["amount"]}])


def _fee_line(tariff: Tariff, served: ServedPeriod) -> Row:
    price = tariff.price(served, None)
    return {
        "kind": "recurring",
        "units": Decimal(1),
        "unit_amount": price.unit_amount,
        "amount": tariff.fee(served) if served.period.days_in_period else Decimal(0),
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
            extra = posting.catching_up.get(item, Decimal(0))
            line = _usage_line(tariff, served, meter.meter_id, posting.billed[item] - extra)
            yield line
            if extra:  # a line of its own, at what the units cost on top of the others
                whole = _usage_line(tariff, served, meter.meter_id, posting.billed[item])
                yield whole | {"units": extra, "amount": whole["amount"] - line["amount"]}

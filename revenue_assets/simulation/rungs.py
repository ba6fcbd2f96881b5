"""The ladder as it should come out: every rung of every item, from the simulation's own books.

Grain: organization, account, subscription, item, period start, currency. The upper four rungs are rated, the others are
the sums of what is known about each line.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from revenue_assets.simulation.company import Company, ServedPeriod
from revenue_assets.simulation.invoicing import Documents
from revenue_assets.simulation.metering import Metering
from revenue_assets.simulation.posting import Posting
from revenue_assets.simulation.tariff import Tariff, units_of
from revenue_assets.simulation.truth import RECURRING, item_key, lines_after_end

Row = dict[str, Any]
_Item = tuple[int, datetime, str]
RUNGS = (
    "entitled_amount",
    "metered_amount",
    "posted_amount",
    "priced_amount",
    "documented_amount",
    "invoiced_amount",
    "credited_amount",
    "paid_for_amount",
    "collected_amount",
)


def ladder(company: Company, metering: Metering, posting: Posting, documents: Documents) -> Iterator[Row]:
    """One row per item that is owed or billed; items of zero on every rung may be among them."""
    contract, billing = Tariff(company, company.contract), Tariff(company, posting.attached.book)
    meters, actual = company.organization.meters, metering.quantities["actual"]
    lower = _lower_rungs(documents)
    for row, served in enumerate(company.periods):
        fee, is_billed = contract.fee(served), row in posting.fee_issued_at
        charged = (fee, billing.fee(served)) if is_billed else (Decimal(0), Decimal(0))
        again = documents.repeated.get((row, RECURRING), Decimal(0))
        priced = documents.converted.get((row, RECURRING), charged[1])
        yield _row(company, served, RECURRING, (fee, fee, charged[0] + again, priced + again), lower)
        for position, meter in enumerate(meters):
            item = row * len(meters) + position
            posted, again = posting.billed[item], documents.repeated.get((row, meter.meter_id), Decimal(0))
            units = (units_of(int(actual[item]), meter), posting.metered[item], posted)
            signed, attached = contract.price(served, meter.meter_id), billing.price(served, meter.meter_id)
            rated = {one: contract.at_price(signed, one) for one in set(units)}  # mostly one quantity at one price
            charged_at = rated[posted] if signed.terms == attached.terms else billing.at_price(attached, posted)
            priced = documents.converted.get((row, meter.meter_id), charged_at)
            upper = (rated[units[0]], rated[units[1]], rated[posted] + again, priced + again)
            yield _row(company, served, meter.meter_id, upper, lower)
    for served, line in lines_after_end(company, posting, documents):
        upper = (Decimal(0), Decimal(0), line["amount"], line["amount"])
        yield _row(company, served, line.get("meter_id") or RECURRING, upper, lower)


def _lower_rungs(documents: Documents) -> dict[_Item, list[Decimal]]:
    """Documented, invoiced, credited, paid for and collected of every item that a line charges; nobody has prepaid."""
    found: dict[_Item, list[Decimal]] = {}
    for charge in documents.charges:
        amounts = found.setdefault(_item(charge.served, charge.item), [Decimal(0)] * 5)
        own = (charge.documented, charge.invoiced, charge.credited, charge.credited, charge.collected)
        amounts[:] = [total + amount for total, amount in zip(amounts, own, strict=True)]
    return found


def _item(served: ServedPeriod, item: str) -> _Item:
    return served.subscription, served.period.start, item


def _row(
    company: Company,
    served: ServedPeriod,
    item: str,
    upper: tuple[Decimal, Decimal, Decimal, Decimal],
    lower: dict[_Item, list[Decimal]],
) -> Row:
    amounts = [*upper, *lower.get(_item(served, item), [Decimal(0)] * 5)]
    return item_key(company, served, item) | dict(zip(RUNGS, amounts, strict=True))

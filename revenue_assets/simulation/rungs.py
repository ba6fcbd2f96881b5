"""The ladder as it should come out: every rung of every item, from the simulation's own books.

Grain: organization, account, subscription, item, period start, currency. In this company every invoice stands, is not
credited and is paid, so from priced on all rungs are the same.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from revenue_assets.simulation.company import Company
from revenue_assets.simulation.invoicing import Documents
from revenue_assets.simulation.metering import Metering
from revenue_assets.simulation.posting import Posting
from revenue_assets.simulation.tariff import Tariff, units_of
from revenue_assets.simulation.truth import RECURRING, item_key, lines_after_end

Row = dict[str, Any]
RUNGS = (
    "entitled_amount",
    "metered_amount",
    "posted_amount",
    "priced_amount",
    "documented_amount",
    "invoiced_amount",
    "credited_amount",
    "collected_amount",
)


def ladder(company: Company, metering: Metering, posting: Posting, documents: Documents) -> Iterator[Row]:
    """One row per item that is owed or billed; items of zero on every rung may be among them."""
    contract, billing = Tariff(company, company.contract), Tariff(company, posting.attached.book)
    meters, actual = company.organization.meters, metering.quantities()["actual"]
    for row, served in enumerate(company.periods):
        fee, is_billed = contract.fee(served), row in posting.fee_issued_at
        charged = (fee, billing.fee(served)) if is_billed else (Decimal(0), Decimal(0))
        yield item_key(company, served, RECURRING) | _rungs(fee, fee, *charged)
        for position, meter in enumerate(meters):
            item = row * len(meters) + position
            yield item_key(company, served, meter.meter_id) | _rungs(
                contract.usage(served, meter, units_of(int(actual[item]), meter)),
                contract.usage(served, meter, posting.metered[item]),
                contract.usage(served, meter, posting.billed[item]),
                billing.usage(served, meter, posting.billed[item]),
            )
    for served, line in lines_after_end(company, posting, documents):
        amounts = (Decimal(0), Decimal(0), line["amount"], line["amount"])
        yield item_key(company, served, line.get("meter_id") or RECURRING) | _rungs(*amounts)


def _rungs(entitled: Decimal, metered: Decimal, posted: Decimal, priced: Decimal) -> Row:
    return dict(zip(RUNGS, (entitled, metered, posted, *[priced] * 5), strict=True))

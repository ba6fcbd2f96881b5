"""What stands behind one finding: its events with their amounts, its invoice lines, and why it is a finding.

Events come from the lake, prices and lines from the warehouse. The source's own files are not asked again: they may
have moved since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from revenue_assets.errors import CloseError
from revenue_assets.findings.queries import Filters, Row, find, rows
from revenue_assets.lake.evidence import EventBehind, events_behind

SHORTEST_ID = 6
OUTSIDE = "usage_outside_ladder"

# Codes about the whole item of a period: their evidence is its usage, and what was billed for it.
WHY = {
    "U1": "these events were used, and the billing system's meter never got them",
    "U2": "these events were reported with other units than were used",
    "U3": "these events were used, and the billing system's meter refused them",
    "U4": "these events were reported after the invoice of their period was finalized, and no later one charges them",
    "U5": "billing does not know this account, and no item claims its usage",
    "U6": "no price is in force for this meter, and no item claims its usage",
    "U7": "this usage lies before, between or after what the account's subscriptions serve",
    "U8": "these events were reported again under another id",
    "U9": "these events were reported, and nothing of the kind was used",
    "U10": "what was billed is the value that the meter received last, which is not the one that happened last",
    "U11": "in these hours this meter counted far fewer events than it does at that time of the week",
    "R1": "the price in the billing system is not the contract's",
    "R2": "the billing system still has the price from before the renewal",
    "R3": "the billing system includes other units than the contract",
    "R4": "what was charged for the commitment does not follow from the other lines",
    "R5": "the discount that was given is not the one that was granted",
    "R6": "the partial period was charged other than the contract prorates it",
    "R7": "the document is in another currency than the contract",
    "R8": "the lines are not their units at the billing system's price",
    "R9": "the billing system charges this meter at the price of another one",
    "B1": "the period is over, its grace time too, and no document covers it",
    "B2": "the charge is on a draft that should have been finalized",
    "B3": "these lines belong to no subscription, or to an invoice that is not there",
    "B4": "nothing of the subscription is billed any more, or all of it is given away without an end",
    "B5": "these lines charge for time after the subscription ended",
    "B6": "the same days, units and amount were charged on another line already",
    "B7": "the credit has no reason or approval, was given twice, or is more than was charged",
    "B8": "no grant covers the prepaid balance that was used",
    "B9": "the invoice was voided, and no other one charges what was owed",
    "B10": "this usage was reported, and the period's invoice has no line for it",
    "C1": "tries to collect the invoice failed, and none is ahead",
    "C2": "the invoice is open, and retries were never made",
    "C3": "the invoice was sent and is long overdue, and the account is still served",
    "C4": "the newest try to collect says that the means of payment will not work again",
    "C5": "the money went back by a dispute, or by a refund without a reason",
    "C6": "the invoice was paid in part",
    "C7": "the invoice was sent and is open long after it was due",
    "C8": "these tries came after a hard decline, or above what the card network allows",
    "unposted": "what was reported is not what stands on the lines",
}
WHY_UNSERVED = "these lines charge for time that the subscription does not serve, so nothing was owed"


@dataclass(frozen=True)
class KnownSource:
    """A source as the warehouse knows it: enough to find its files in the lake."""

    name: str
    datasets: Mapping[str, None]
    matching: str
    complete_until: datetime

    def as_of(self) -> datetime:
        """The instant until which the source has told everything."""
        return self.complete_until


@dataclass(frozen=True)
class Evidence:
    """`unit_amount` is the contract's price of one unit, None when the price is not one amount per unit.

    `absorbed` says what else of the cause a commitment or discount made up for, None when nothing.
    `gaps` are the hours in which usage is missing: of U11, which is about events that are not there.
    """

    finding: Row
    events: list[EventBehind]
    lines: list[Row]
    unit_amount: Decimal | None
    billing_unit_amount: Decimal | None
    included_units: Decimal
    gaps: Sequence[Row] = ()
    absorbed: Row | None = None

    @property
    def why(self) -> str:
        """The rule that the finding broke, in words."""
        is_unserved = bool(self.lines) and all(line["unserved"] for line in self.lines)
        if self.finding["code"] == "unposted" and is_unserved:
            return WHY_UNSERVED
        return WHY.get(self.finding["code"], str(self.finding["bucket"]))

    def amount_of(self, event: EventBehind) -> Decimal | None:
        """What the event's units cost at the contract's price, not rounded: a finding is rounded once."""
        return None if self.unit_amount is None else event.units * self.unit_amount


def find_one(finding_id: str) -> Row:
    """The finding whose id is, or begins with, this text; CloseError when there is none or more than one."""
    if len(finding_id) < SHORTEST_ID:
        raise CloseError(
            f"'{finding_id}' is too short for a finding: give at least {SHORTEST_ID} characters of its id."
        )
    found = find(Filters(id_from=finding_id.lower()))
    if not found:
        raise CloseError(f"There is no finding '{finding_id}': `revenue findings` lists those that there are.")
    if len(found) > 1:
        raise CloseError(f"'{finding_id}' is the beginning of {len(found)} findings: give more characters of the id.")
    return found[0]


def gather(finding: Row, limit: int) -> Evidence:
    """Everything behind the finding, at most `limit` events. Of usage outside of the ladder: no line and no price."""
    if finding["code"] == "U11":
        return Evidence(finding, [], [], None, None, Decimal(0), rows("gaps_of_finding", finding))
    (source,) = rows("source_of_organization", finding)
    known = KnownSource(source["source_name"], dict.fromkeys(source["datasets"]), source["matching"], source["as_of"])
    if finding["bucket"] == OUTSIDE:
        return Evidence(finding, events_behind(known, finding, limit), [], None, None, Decimal(0))
    prices: list[dict[str, Any]] = rows("price_of_finding", finding)
    price = prices[0] if prices else {}
    is_per_unit = price.get("charge_model") == "per_unit"
    is_billed_per_unit = price.get("billing_charge_model") == "per_unit"
    return Evidence(
        finding,
        events_behind(known, finding, limit),
        rows("lines_of_finding", finding),
        price.get("unit_amount") if is_per_unit else None,
        price.get("billing_unit_amount") if is_billed_per_unit else None,
        price.get("included_units") or Decimal(0),
        absorbed=next(iter(rows("absorbed_of_finding", finding)), None),
    )

"""What was planted, to the minor unit: the differences between neighbouring rungs, peeled cause by cause.

Grain of the truth: organization, account, subscription, item, period start, currency, code. Positive amounts were
lost, negative ones overpaid. A cause whose amount rounds to nothing is no finding and has no row.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from revenue_assets.simulation.company import Company, ServedPeriod
from revenue_assets.simulation.fates import DECOYS
from revenue_assets.simulation.invoicing import Documents
from revenue_assets.simulation.metering import Metering
from revenue_assets.simulation.periods import Period, billing_periods
from revenue_assets.simulation.posting import Posting
from revenue_assets.simulation.profile import GRACE
from revenue_assets.simulation.risks import payment_leaks
from revenue_assets.simulation.streams import Integers
from revenue_assets.simulation.tariff import Tariff, units_of

Row = dict[str, Any]
RECURRING = "recurring"
_METERING_CODES = ("U3", "U1", "U2", "U8", "U9")


def planted_leaks(company: Company, metering: Metering, posting: Posting, documents: Documents) -> list[Row]:
    """Every planted leak of the company with its exact amount."""
    rows = [
        *_metering_leaks(company, metering),
        *_posting_leaks(company, posting),
        *_pricing_leaks(company, posting, documents),
        *_document_leaks(company, documents),
        *_billed_after_end(company, posting, documents),
    ]
    return [row for row in rows if row["leak_amount"]] + list(payment_leaks(company, documents))


def item_key(company: Company, served: ServedPeriod, item: str | None) -> Row:
    """Where a row belongs: its item (None: all of them) in a period of a subscription."""
    return {
        "organization_id": company.organization.organization_id,
        "account_id": company.accounts[served.account].account_id,
        "subscription_id": company.subscriptions[served.subscription].subscription_id,
        "item": item,
        "period_start": served.period.start,
        "period_end": served.period.end,
        "billing_month": served.period.billing_month,
        "currency": company.organization.currency,
    }


def _metering_leaks(company: Company, metering: Metering) -> Iterator[Row]:
    """E(before) - E(after) for each metering cause, in the order of the quantities."""
    contract, meters = Tariff(company, company.contract), company.organization.meters
    steps, events = metering.quantities, metering.event_counts()
    for item in range(metering.item_count):
        left = int(steps["actual"][item])
        for code in _METERING_CODES:
            after = int(steps[code][item])
            if after == left:
                continue
            served, meter = company.periods[item // len(meters)], meters[item % len(meters)]
            before_units, after_units = units_of(left, meter), units_of(after, meter)
            leak = contract.usage(served, meter, before_units) - contract.usage(served, meter, after_units)
            yield item_key(company, served, meter.meter_id) | {
                "code": code,
                "units": before_units - after_units,
                "events": int(events[code][item]),
                "leak_amount": leak,
            }
            left = after


def _posting_leaks(company: Company, posting: Posting) -> Iterator[Row]:
    """E(metered) - E(posted): periods and lines that are missing, and lines of another quantity."""
    contract, meters = Tariff(company, company.contract), company.organization.meters
    for row, served in enumerate(company.periods):
        is_missing = row in posting.missing_periods
        missing = "B4" if _is_missing_before(company, posting, row) else "B1"
        fee_due = served.period.start if company.organization.bill_in == "advance" else served.period.end
        if is_missing and fee_due + GRACE <= company.profile.as_of:
            fee = contract.fee(served)
            yield item_key(company, served, RECURRING) | {"code": missing, "units": Decimal(1), "leak_amount": fee}
        if is_missing and served.period.end + GRACE > company.profile.as_of:
            continue
        if not is_missing and row not in posting.issued_at:
            continue
        for position, meter in enumerate(meters):
            item = row * len(meters) + position
            metered, billed = posting.metered[item], posting.billed[item]
            if metered == billed:
                continue
            if item in posting.charged_later:
                continue
            code = "U4" if item in posting.late_items else "unposted"
            code = "U10" if item in posting.overwritten_items else code
            code = missing if is_missing else "B10" if item in posting.absent_items else code
            leak = contract.usage(served, meter, metered) - contract.usage(served, meter, billed)
            yield item_key(company, served, meter.meter_id) | {
                "code": code,
                "units": metered - billed,
                "leak_amount": leak,
            }


def _is_missing_before(company: Company, posting: Posting, row: int) -> bool:
    """Whether the period that this one follows was not invoiced either."""
    one, before = company.periods[row], company.periods[row - 1]
    is_next = row > 0 and before.subscription == one.subscription and before.period.end == one.period.start
    return is_next and row - 1 in posting.missing_periods


def _pricing_leaks(company: Company, posting: Posting, documents: Documents) -> Iterator[Row]:
    """E at the contract's price - E at billing's price, of what was posted."""
    contract, billing = Tariff(company, company.contract), Tariff(company, posting.attached.book)
    meters, codes = company.organization.meters, posting.attached.codes
    for row, served in enumerate(company.periods):
        if row in posting.fee_issued_at:
            leak = contract.fee(served) - billing.fee(served)
            code = codes.get(billing.price(served, None).price_id, "R1")
            yield item_key(company, served, RECURRING) | {"code": code, "units": Decimal(1), "leak_amount": leak}
        for position, meter in enumerate(meters):
            billed = posting.billed[row * len(meters) + position]
            signed, attached = contract.price(served, meter.meter_id), billing.price(served, meter.meter_id)
            if billed and signed.terms != attached.terms:
                leak = contract.at_price(signed, billed) - billing.at_price(attached, billed)
                code = codes.get(attached.price_id, "R1")
                yield item_key(company, served, meter.meter_id) | {"code": code, "units": billed, "leak_amount": leak}


def _document_leaks(company: Company, documents: Documents) -> Iterator[Row]:
    """What became of single lines: stuck, voided, credited, charged twice or whole, not paid for."""
    for charge in documents.charges:
        if charge.code and charge.leak:
            yield item_key(company, charge.served, charge.item) | {
                "code": charge.code,
                "units": charge.units,
                "leak_amount": charge.leak,
            }


def _billed_after_end(company: Company, posting: Posting, documents: Documents) -> Iterator[Row]:
    """The lines of periods that no subscription serves."""
    for served, line in lines_after_end(company, posting, documents):
        yield item_key(company, served, line.get("meter_id") or RECURRING) | {
            "code": "B5",
            "units": -line["units"],
            "leak_amount": -line["amount"],
        }


def lines_after_end(company: Company, posting: Posting, documents: Documents) -> Iterator[tuple[ServedPeriod, Row]]:
    """The pre-tax lines of invoices for periods after the end of their subscription."""
    subscriptions = [one.subscription_id for one in company.subscriptions]
    late = {(subscriptions[one.subscription], one.period.start): one for one in posting.billed_after_end}
    owners = {one["invoice_id"]: one["subscription_id"] for one in documents.invoices}
    for line in documents.invoice_lines:
        served = late.get((owners[line["invoice_id"]], line["period_start"]))
        if served and line["kind"] != "tax":
            yield served, line


def decoys(company: Company, metering: Metering, posting: Posting, documents: Documents, leaks: list[Row]) -> list[Row]:
    """What looks like a leak and is none: keys without any planted leak (`item` null: the whole period)."""
    meters = company.organization.meters
    leaking = {(row["subscription_id"], row["period_start"], row["item"]) for row in leaks}
    leaking |= {(subscription, start, None) for subscription, start, _ in leaking}

    def clean(kind: str, period: int, item: str | None) -> Iterator[Row]:
        served = company.periods[period]
        key = item_key(company, served, item)
        if (key["subscription_id"], key["period_start"], item) not in leaking:
            yield key | {"kind": kind}

    def items(kind: str, rows: Integers) -> Iterator[Row]:
        for item in sorted(set(metering.item[rows].tolist())):
            yield from clean(kind, item // len(meters), meters[item % len(meters)].meter_id)

    found = [*items("delivered_twice", metering.delivered_twice), *items("accepted_twice", metering.accepted_twice)]
    found += items("accepted_under_another_id", metering.is_renamed.nonzero()[0])
    for kind, refused in metering.refusals.decoys.items():
        found += items(kind, refused)
    for late, charging in metering.lateness.charged_in.items():
        for item in (late, charging):
            found += clean("late_and_charged_later", item // len(meters), meters[item % len(meters)].meter_id)
    for period in metering.dormant_periods.tolist():
        found += clean("zero_usage", period, None)
    for period in sorted(posting.split_periods):
        found += clean("two_partial_invoices", period, None)
    for kind, period, charged in documents.fates:
        if kind in DECOYS:
            found += clean(kind, period, charged)
    found += _within_allowance(company, metering, clean)
    for period, served in enumerate(company.periods):
        ended_at = company.subscriptions[served.subscription].ended_at
        if ended_at == served.period.end and period in posting.issued_at:
            for charged in (RECURRING, *(meter.meter_id for meter in meters)):
                found += clean("invoice_after_cancellation", period, charged)
    days = [(spike.account, day) for spike in company.spikes for day in spike.days]
    for period, served in enumerate(company.periods):
        if any(one == served.account and served.period.start <= day < served.period.end for one, day in days):
            found += clean("usage_spike", period, None)
    found += _trials(company, metering)
    for served in posting.trials_invoiced:
        found.append(item_key(company, served, None) | {"kind": "zero_invoice"})
    return found + list(_internal(company))


def _within_allowance(
    company: Company, metering: Metering, clean: Callable[[str, int, str | None], Iterator[Row]]
) -> Iterator[Row]:
    """Items that were used and cost nothing: the included units were not used up."""
    contract, meters, actual = Tariff(company, company.contract), company.organization.meters, metering.quantities
    for item in actual["actual"].nonzero()[0].tolist():
        served, meter = company.periods[item // len(meters)], meters[item % len(meters)]
        used = units_of(int(actual["actual"][item]), meter)
        if used <= contract.price(served, meter.meter_id).included_units:
            yield from clean("free_tier", item // len(meters), meter.meter_id)


def _internal(company: Company) -> Iterator[Row]:
    """Every period of a test or demo account: used, and on no invoice."""
    for position, one in enumerate(company.subscriptions):
        if company.is_internal(one):
            for period in billing_periods(one.terms, company.profile.usage_end):
                if period.billing_month >= company.profile.first_month:
                    served = ServedPeriod(position, one.account, period)
                    yield item_key(company, served, None) | {"kind": "internal_account"}


def _trials(company: Company, metering: Metering) -> Iterator[Row]:
    """Trials with usage, from the start of the subscription: no period begins there."""
    used = set(metering.of_trials.account.tolist())
    for position, one in enumerate(company.subscriptions):
        if one.trial_end and one.account in used:
            trial = Period(one.started_at, one.trial_end, 0, 0)
            yield item_key(company, ServedPeriod(position, one.account, trial), None) | {"kind": "trial_usage"}

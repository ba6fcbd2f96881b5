"""What becomes of single invoices: which get stuck, are voided, credited, charged twice or never paid, and which only
look like that. What it means in rows is written in `invoicing.py`.

A period has at most one fate other than being paid. Its name is the code that it should raise, or that of a decoy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from revenue_assets.simulation.company import Company, ServedPeriod
from revenue_assets.simulation.paying import Failure, declines_of
from revenue_assets.simulation.posting import Posting
from revenue_assets.simulation.profile import Rate
from revenue_assets.simulation.streams import stream
from revenue_assets.simulation.tariff import Tariff

PAID = "paid"
DECOYS = (
    "reissued_void",
    "voided_duplicate",
    "fresh_draft",
    "justified_credit",
    "justified_refund",
    "not_yet_due",
    "retry_running",
    "two_halves_of_a_fee",
    "rounding",
)
_LONG_AGO = timedelta(days=50)  # a sent invoice is overdue 14 + 30 days after it was finalized
_TO_FALL_DUE, _TO_GIVE_UP = timedelta(days=20), timedelta(days=30)  # the last try is made within 17 days
_Test = Callable[["Draft"], bool]


@dataclass(frozen=True)
class Draft:
    """An invoice to be: of which period (`row`; None: after the end), when, with which lines (not empty)."""

    row: int | None
    served: ServedPeriod
    issued_at: datetime
    lines: list[dict[str, Any]]
    fate: str = PAID
    variant: int = 0

    @property
    def amount(self) -> Decimal:
        """The sum of its lines, before tax."""
        return sum((line["amount"] for line in self.lines), Decimal(0))


def decide_fates(company: Company, posting: Posting, drafts: Sequence[Draft], seed: int) -> list[Draft]:
    """The drafts with their fates, in the same order."""
    rates, as_of = company.profile.leaks, company.profile.as_of
    contract, billing = Tariff(company, company.contract), Tariff(company, posting.attached.book)
    rng = stream(seed, company.key, "fates")
    small = 10 * Decimal(1).scaleb(-company.organization.minor_unit)

    def is_old(draft: Draft) -> bool:
        return draft.issued_at + _LONG_AGO <= as_of

    def is_new(draft: Draft) -> bool:
        return draft.issued_at + timedelta(days=2) > as_of

    def is_overdue(draft: Draft) -> bool:
        return draft.issued_at + _TO_FALL_DUE <= as_of < draft.issued_at + _LONG_AGO

    def is_partial_fee(draft: Draft) -> bool:
        period = draft.served.period
        is_fee = any(line["kind"] == "recurring" for line in draft.lines)
        return is_fee and 0 < period.days_in_service < period.days_in_period

    def has_line_to_repeat(draft: Draft) -> bool:
        return is_old(draft) and repeatable_line(company, posting, draft) is not None

    def has_whole_fee(draft: Draft) -> bool:
        return is_old(draft) and draft.lines[0]["kind"] == "recurring" and draft.lines[0]["amount"] > small

    def has_lines_to_credit(draft: Draft) -> bool:  # a credit above the line takes the rest from the others
        return is_old(draft) and draft.amount - max(line["amount"] for line in draft.lines) > small

    def is_served(draft: Draft) -> bool:
        return draft.served.account in company.served_accounts

    def is_left_behind(draft: Draft) -> bool:  # the last invoice of all stays clean: it is a decoy itself
        ended_at = company.subscriptions[draft.served.subscription].ended_at
        return is_old(draft) and not is_served(draft) and draft.served.period.end != ended_at

    def is_worth_converting(draft: Draft) -> bool:
        """Every line is as signed, and a tenth of it is more than rounding."""
        amounts = [line["amount"] for line in draft.lines if line["amount"]]
        items = [(draft.served, line.get("meter_id")) for line in draft.lines]
        return (
            company.organization.other_currency is not None
            and is_old(draft)
            and min(amounts, default=small) > 10 * small
            and all(billing.price(*item).terms == contract.price(*item).terms for item in items)
        )

    wanted: list[tuple[str, Rate, _Test]] = [
        ("R6", rates.whole_fees, is_partial_fee),
        ("B6", rates.repeated_lines, has_line_to_repeat),
        ("fresh_draft", rates.document_decoys, is_new),
        ("retry_running", rates.document_decoys, is_overdue),
        ("card_gone", rates.cards_gone, is_overdue),
        ("not_yet_due", rates.document_decoys, lambda draft: draft.issued_at + timedelta(days=10) > as_of),
        ("B2", rates.stuck_drafts, is_old),
        ("B9", rates.lost_voids, is_old),
        ("B7", rates.unjustified_credits, has_lines_to_credit),
        ("C1", rates.failed_collections, is_old),
        ("C2", rates.stopped_collections, is_old),
        ("C5", rates.returned_payments, is_old),
        ("C6", rates.short_payments, is_old),
        ("C3", rates.overdue_served, lambda draft: is_old(draft) and is_served(draft)),
        ("C7", rates.overdue_invoices, is_left_behind),
        ("R7", rates.other_currencies, is_worth_converting),
        ("forbidden_retries", rates.forbidden_retries, is_old),
        ("two_halves_of_a_fee", rates.document_decoys, has_whole_fee),
        *((kind, rates.document_decoys, is_old) for kind in DECOYS if kind not in _PLACED),
        ("R8", rates.rounding_drifts, lambda draft: drifting_line(company, draft) is not None),
    ]
    decided, is_large = list(drafts), [one.amount > small for one in drafts]
    meters = len(company.organization.meters)
    too_early = {item // meters for item in posting.late_items}
    chosen: set[int | None] = {None, *posting.split_periods, *(item // meters for item in posting.catching_up)}
    for fate, rate, fits in wanted:
        taboo = chosen | too_early if fate in _NOT_STANDING else chosen
        free = [n for n, one in enumerate(drafts) if is_large[n] and one.row not in taboo and fits(one)]
        wanted_count, taken = rate.count(len(free)), 0
        for n in rng.permutation(np.array(free, dtype=np.int64)).tolist():
            if taken == wanted_count:
                break
            if drafts[n].row not in chosen:
                chosen.add(drafts[n].row)
                decided[n] = replace(drafts[n], fate=fate, variant=taken)
                taken += 1
    rng, lost = stream(seed, company.key, "lost payments"), 0
    for n, draft in enumerate(decided):
        if draft.fate != PAID or not is_large[n] or draft.row in chosen or draft.issued_at + _TO_FALL_DUE > as_of:
            continue
        failure = failure_of(company, draft, seed)
        if failure and failure.is_lost and rng.random() < rates.lost_payments:
            chosen.add(draft.row)
            fate = _lost_fate(failure, draft.issued_at + _TO_GIVE_UP <= as_of)
            decided[n] = replace(draft, fate=fate, variant=1 if fate == "C2" else lost % 2)
            lost += 1
    return decided


def failure_of(company: Company, draft: Draft, seed: int) -> Failure | None:
    """What fails of its payment."""
    subscription = company.subscriptions[draft.served.subscription]
    kind = f"{draft.lines[0]['kind']}{'_2' if draft.fate.endswith('_2') else ''}"
    about = (subscription.subscription_id, draft.served.period.start, kind)
    return declines_of(company.profile, company.organization, *about, seed)


def _lost_fate(failure: Failure, is_given_up: bool) -> str:
    if not is_given_up:
        return "retry_running"
    return "C1" if len(failure.declines) > 1 else "C2"


_NOT_STANDING = ("B2", "B6", "B9", "fresh_draft", "reissued_void", "voided_duplicate")
"""Not for invoices that something came too late for: only one that stands can be too early."""
_PLACED = ("fresh_draft", "not_yet_due", "retry_running", "two_halves_of_a_fee")


def drifting_line(company: Company, draft: Draft) -> int | None:
    """The position of the last line that is worth more than what it drifts by; not the fee of a partial period."""
    small, period = 10 * Decimal(1).scaleb(-company.organization.minor_unit), draft.served.period
    for position, line in reversed(list(enumerate(draft.lines))):
        is_partial = line["kind"] == "recurring" and period.days_in_service != period.days_in_period
        if line["amount"] > small and not is_partial:
            return position
    return None


def repeatable_line(company: Company, posting: Posting, draft: Draft) -> int | None:
    """The position of the last line worth charging again; of usage only where its units are the metered ones."""
    if draft.row is None:
        return None
    meters = [one.meter_id for one in company.organization.meters]
    small = 10 * Decimal(1).scaleb(-company.organization.minor_unit)
    for position, line in reversed(list(enumerate(draft.lines))):
        if line["amount"] <= small:
            continue
        if line["kind"] == "recurring":
            return position
        item = draft.row * len(meters) + meters.index(line["meter_id"])
        if item not in posting.misposted_items | posting.overwritten_items:
            return position
    return None

"""What single fates write: shares of money, and the attempts, refunds and disputes that a collection leaves."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from revenue_assets.simulation.collecting import Collection, collect, shares
from revenue_assets.simulation.company import ServedPeriod
from revenue_assets.simulation.customers import draw_company
from revenue_assets.simulation.drifting import drifted
from revenue_assets.simulation.fates import Draft, drifting_line
from revenue_assets.simulation.paying import Decline, Failure, lost_payment
from revenue_assets.simulation.periods import Period
from revenue_assets.simulation.profiles import profile_named
from revenue_assets.simulation.simulate import COMPANY, TRUTH, simulate
from revenue_assets.simulation.trying import Bill, card_of

SMALL = profile_named("small")
FINALIZED_AT = datetime(2025, 10, 1, tzinfo=UTC)
DUE = Decimal("100.01")


def ended(fate: str, variant: int = 0, failure: Failure | None = None, at: datetime = FINALIZED_AT) -> Collection:
    company = draw_company(SMALL, SMALL.organizations[0], 1)
    return collect(Bill(company, "in_1", at, DUE, card_of(company, 0, 1)), fate, variant, failure)


def failing(*declines: Decline, paid_on: int, needs_new_card: bool = False) -> Failure:
    return Failure("soft", declines, paid_on, needs_new_card, is_lost=False)


@pytest.mark.parametrize(
    ("total", "amounts", "minor_unit", "expected"),
    [
        ("100", ["1", "1", "1"], 0, ["33", "34", "33"]),  # cumulative 33.3, 66.7, 100
        ("0.05", ["50", "50"], 2, ["0.03", "0.02"]),  # half away from zero
        ("7", ["0", "0"], 0, ["0", "7"]),  # no proportion: the last takes all
    ],
)
def test_money_is_shared_in_proportion_and_exact_in_sum(
    total: str, amounts: list[str], minor_unit: int, expected: list[str]
) -> None:
    found = shares(Decimal(total), [Decimal(one) for one in amounts], minor_unit)
    assert found == [Decimal(one) for one in expected]


def test_tries_that_fail_and_tries_that_nobody_made() -> None:
    lost = lost_payment(SMALL, SMALL.organizations[0], "in_1", 1)
    assert len(lost.declines) > 1
    assert [one["status"] for one in ended("C1", failure=lost).attempts] == ["failed"] * len(lost.declines)
    assert [len(ended("C2", variant, lost).attempts) for variant in (0, 1)] == [0, 1]
    assert ended("C7").attempts == []
    assert {ended(fate).kept for fate in ("C1", "C2", "C7")} == {Decimal(0)}


def test_a_retry_that_runs_was_last_tried_four_days_ago() -> None:
    assert ended("retry_running").attempts[-1]["attempted_at"] == SMALL.as_of - timedelta(days=4)


def test_a_try_that_fails_is_made_again_while_there_is_time() -> None:
    held = Decline(4, "highest_risk_level", is_held=True)
    failure = failing(Decline(0, "do_not_honor"), Decline(3, "insufficient_funds"), held, paid_on=8)
    paid = ended("paid", failure=failure)
    assert [(one["status"], one["decline_code"], one["network_status"]) for one in paid.attempts] == [
        ("failed", "do_not_honor", "declined_by_network"),
        ("failed", "insufficient_funds", "declined_by_network"),
        ("failed", "highest_risk_level", "not_sent_to_network"),
        ("succeeded", None, "approved_by_network"),
    ]
    times = [one["attempted_at"] for one in paid.attempts]
    assert times == [FINALIZED_AT + timedelta(minutes=30, days=days) for days in (0, 3, 4, 8)]
    assert len({one["card_fingerprint"] for one in paid.attempts}) == 1
    assert (paid.kept, paid.returned) == (DUE, Decimal(0))
    hurried = ended(
        "paid", failure=failure, at=SMALL.as_of - timedelta(days=3, hours=1)
    )  # no time for the one on day 4
    assert [one["status"] for one in hurried.attempts] == ["failed", "succeeded"]


def test_who_needs_another_card_pays_with_another_one() -> None:
    refused, paid = ended("paid", failure=failing(Decline(0, "stolen_card"), paid_on=9, needs_new_card=True)).attempts
    assert (refused["status"], paid["status"]) == ("failed", "succeeded")
    assert paid["card_fingerprint"] != refused["card_fingerprint"]
    assert paid["attempted_at"] - refused["attempted_at"] == timedelta(days=9)


def test_a_stolen_card_is_tried_again_before_another_one_pays() -> None:
    for variant, again in ((0, 1), (1, 2)):
        *refused, paid = ended("forbidden_retries", variant).attempts
        assert [one["decline_code"] for one in refused] == ["stolen_card"] * (1 + again)
        assert len({one["card_fingerprint"] for one in refused}) == 1
        assert paid["card_fingerprint"] != refused[0]["card_fingerprint"]
        assert ended("forbidden_retries", variant).kept == DUE


def test_an_expired_card_is_the_newest_answer_of_all() -> None:
    newest = ended("card_gone").attempts[-1]
    assert (newest["attempted_at"], newest["decline_code"]) == (SMALL.as_of - timedelta(seconds=1), "expired_card")


def test_a_part_payment_is_six_tenths() -> None:
    assert ended("C6").kept == Decimal("60.01")  # of 100.01: 60.006


def test_money_goes_back_in_part_whole_or_by_a_lost_dispute() -> None:
    part, dispute, whole = (ended("C5", variant) for variant in (0, 1, 3))
    assert (part.kept, part.returned) == (Decimal("70.01"), Decimal("30.00"))  # 30.003
    assert [one["status"] for one in dispute.disputes] == ["lost"]
    assert (whole.kept, whole.returned) == (Decimal(0), DUE)
    assert part.refunds[0]["reason"] is None


def test_a_refund_with_a_reason_is_no_leak() -> None:
    refunded = ended("justified_refund", 1)
    assert refunded.refunds[0]["reason"]
    assert (refunded.kept, refunded.returned) == (Decimal(0), Decimal(0))


def test_a_repeated_line_stands_on_a_second_invoice_and_a_voided_duplicate_on_none_that_counts(tmp_path: Path) -> None:
    simulate("small", 7, tmp_path)

    def rows(folder: str, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = pq.read_table(tmp_path / folder / f"{name}.parquet").to_pylist()
        return found

    invoices = {one["invoice_id"]: one for one in rows(COMPANY, "invoices")}
    charged: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for line in rows(COMPANY, "invoice_lines"):
        invoice = invoices.get(line["invoice_id"])
        if invoice is None:  # a line of no invoice is planted too
            continue
        item = (invoice["subscription_id"], line["meter_id"] or "recurring", line["period_start"], line["amount"])
        if line["kind"] != "tax":
            charged[item].append(invoice["status"])
    repeated = {
        (one["subscription_id"], one["item"], one["period_start"])
        for one in rows(TRUTH, "truth")
        if one["code"] == "B6"
    }
    twice_paid = {key[:3] for key, statuses in charged.items() if statuses.count("paid") == 2}
    assert twice_paid == repeated
    decoys = [one for one in rows(TRUTH, "decoys") if one["kind"] == "voided_duplicate"]
    voided = {key[:3] for key, statuses in charged.items() if sorted(statuses) == ["paid", "void"]}
    assert decoys
    assert {(one["subscription_id"], one["item"], one["period_start"]) for one in decoys} <= voided


def test_a_line_that_drifted_is_more_than_one_minor_unit_off_and_the_others_are_right() -> None:
    company = draw_company(SMALL, SMALL.organizations[0], 1)
    fee, tokens = {"kind": "recurring", "amount": Decimal("49.97")}, {"kind": "usage", "amount": Decimal("3.05")}
    calls = {
        "kind": "usage",
        "amount": Decimal("0.10"),
    }  # ten minor units: too little to tell a drift from a wrong line

    def written(variant: int, lines: list[dict[str, Any]]) -> list[Decimal]:
        served = ServedPeriod(0, 0, Period(FINALIZED_AT, FINALIZED_AT + timedelta(days=30), 30, 30))
        draft = drifted(company, Draft(0, served, FINALIZED_AT, lines, "R8", variant))
        assert sum(line.get("leak", Decimal(0)) for line in draft.lines) == sum(one["amount"] for one in lines) - sum(
            line["amount"] for line in draft.lines
        )
        return [line["amount"] for line in draft.lines]

    assert written(0, [fee, tokens, calls]) == [Decimal("49.97"), Decimal("3.03"), Decimal("0.10")]
    assert written(1, [fee, tokens, calls]) == [Decimal("49.97"), Decimal("3.08"), Decimal("0.10")]
    assert written(4, [fee]) == [Decimal("49.89")]
    partial = Draft(0, ServedPeriod(0, 0, Period(FINALIZED_AT, FINALIZED_AT, 12, 30)), FINALIZED_AT, [fee, calls])
    assert drifting_line(company, partial) is None, "that would be a proration"

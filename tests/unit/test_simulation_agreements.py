"""The simulated company with agreements: what follows from an agreement, by hand, and what is planted in the files.

That its amounts are right is shown by the pipeline, which prices the same files in SQL (test_simulated.py, end to end).
"""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from revenue_assets.errors import RevenueError
from revenue_assets.simulation.agreements.answers import InForce, answers, in_force, left_after_answers
from revenue_assets.simulation.agreements.company import AgreedCompany, draw_agreements
from revenue_assets.simulation.agreements.deals import Commitment, Deal, Discount
from revenue_assets.simulation.fields import Rate
from revenue_assets.simulation.periods import Period, Terms
from revenue_assets.simulation.profiles import profile_named
from revenue_assets.simulation.simulate import COMPANY, TRUTH, simulate

d = Decimal
SMALL = profile_named("small")
FAULTS = {"missing_true_ups", "whole_true_ups", "ignored_caps", "ended_discounts", "misplaced_discounts"}
FAULTS |= {"excessive_discounts", "stacked_discounts"}
START, END = datetime(2025, 1, 17, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC)


def company(seed: int) -> AgreedCompany:
    assert SMALL.agreements
    return draw_agreements(SMALL.agreements, SMALL, seed)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("agreements")
    simulate(SMALL, 3, folder)
    return folder


def rows(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return [row for row in found if row["organization_id"] == "dinar_pay"]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        # 30 + 20 used, 40 owed at least, at most, or both
        (InForce(d(40), None, ()), ("0", "0", "0")),
        (InForce(d(70), None, ()), ("0", "20", "0")),
        (InForce(None, d(40), ()), ("0", "0", "-10")),
        (InForce(d(70), d(60), ()), ("0", "20", "-10")),
        # 20 % of all; of calls 10 % more and 1.50; 25 off everything after that is 36.50
        (InForce(None, None, (Discount(percent_off=d(20)),)), ("-10", "0", "0")),
        (
            InForce(
                None,
                None,
                (
                    Discount(percent_off=d(20)),
                    Discount(percent_off=d(10), meter_id="calls"),
                    Discount(amount_off=d("1.50"), meter_id="calls"),
                ),
            ),
            ("-14.5", "0", "0"),
        ),
        # never more than there is, of an item or of all
        (InForce(None, None, (Discount(amount_off=d(35), meter_id="calls"),)), ("-30", "0", "0")),
        (InForce(None, None, (Discount(amount_off=d(99)),)), ("-50", "0", "0")),
        # the minimum holds after the discount
        (InForce(d(45), None, (Discount(percent_off=d(20)),)), ("-10", "5", "0")),
    ],
)
def test_discounts_come_first_then_the_minimum_then_the_maximum(terms: InForce, expected: tuple[str, str, str]) -> None:
    found = answers(terms, {"calls": d(30), "recurring": d(20)}, 2)
    assert tuple(found.values()) == tuple(map(d, expected))


def test_a_commitment_is_for_the_days_served_and_a_discount_for_the_periods_that_begin_before_its_end() -> None:
    period = Period(START, END, 15, 31)
    minimums = (Commitment("minimum", d(30)), Commitment("minimum", d(10)))
    maximums = (Commitment("maximum", d(62)), Commitment("maximum", d(90)))
    discounts = (Discount(percent_off=d(5), valid_to=START), Discount(percent_off=d(7), valid_to=END))
    deal = Deal("a", "s", "minimum", 1.0, Terms(START), (period,), (*minimums, *maximums), discounts)
    # 40 x 15 / 31 = 19.3548..., 62 x 15 / 31 = 30
    assert in_force(deal, period, 3) == InForce(d("19.355"), d("30.000"), discounts[1:])
    assert in_force(deal, period, 3, is_prorated=False).minimum == 40


@pytest.mark.parametrize(
    ("items", "answered", "left", "is_answered"),
    [
        # all of it, a part of it in proportion 2 : 1 with the last one taking the odd cent, and nothing of it
        ({"a": "4"}, {"minimum_true_up": "-4"}, {"a": "0"}, True),
        ({"a": "2", "b": "1"}, {"minimum_true_up": "-1"}, {"a": "1.33", "b": "0.67"}, True),
        ({"a": "2", "b": "0"}, {"minimum_true_up": "0"}, {"a": "2"}, False),
        # of the same sign, or more than what it answers: no answer but a cause of its own
        ({"a": "2"}, {"discount": "1"}, {"a": "2", "discount": "1"}, False),
        ({"a": "2"}, {"discount": "-3"}, {"a": "2", "discount": "-3"}, False),
    ],
)
def test_what_an_answer_leaves(
    items: dict[str, str], answered: dict[str, str], left: dict[str, str], is_answered: bool
) -> None:
    def amounts(texts: dict[str, str]) -> dict[str, Decimal]:
        return {name: d(text) for name, text in texts.items()}

    assert left_after_answers(amounts(items), amounts(answered), 2) == (amounts(left), is_answered)


@pytest.mark.parametrize("seed", range(1, 7))
def test_every_fault_code_and_decoy_is_planted_at_least_twice(seed: int) -> None:
    drawn = company(seed)
    faults = Counter(one.bill.fault for one in drawn.outcomes if one.bill and one.bill.fault)
    assert set(faults) == FAULTS
    assert min(faults.values()) >= 2
    codes = Counter(row["code"] for row in drawn.leaks)
    assert set(codes) == {"U1", "U8", "B1", "unposted", "R1", "R4", "R5", "B8"}
    assert min(codes.values()) >= 2
    kinds = Counter(row["kind"] for row in drawn.decoys)
    decoys = {"absorbed_by_commitment", "right_discount", "right_true_up", "right_cap", "right_drawdown"}
    assert set(kinds) == decoys | {"annual_prepaid", "allowance_under_a_minimum"}
    assert min(kinds.values()) >= 2


def test_balance_is_drawn_wrong_in_each_way(home: Path) -> None:
    grants = {one["grant_id"]: one for one in rows(home / COMPANY / "credit_grants.parquet")}
    found, drawn = Counter[str](), defaultdict[str, Decimal](Decimal)
    for draw in sorted(rows(home / COMPANY / "credit_applications.parquet"), key=lambda one: one["applied_at"]):
        grant = grants[draw["grant_id"]]
        if grant["expires_at"] and draw["applied_at"] >= grant["expires_at"]:
            found["expired"] += 1
        elif draw["applied_at"] < grant["granted_at"]:
            found["early"] += 1
        else:
            drawn[draw["grant_id"]] += draw["amount"]
            found["overdrawn" if drawn[draw["grant_id"]] > grant["amount"] else "right"] += 1
    assert set(found) == {"expired", "early", "overdrawn", "right"}
    assert min(found.values()) >= 2


def test_what_is_lost_of_an_invoiced_period_is_what_was_planted_and_what_was_prepaid(home: Path) -> None:
    """What commitments and discounts make up for is on two items with opposite signs: nothing of it is in the sum."""
    lost, planted, prepaid = (defaultdict[tuple[str, datetime], Decimal](Decimal) for _ in range(3))
    for row in rows(home / TRUTH / "ladder.parquet"):
        lost[row["subscription_id"], row["period_start"]] += row["entitled_amount"] - row["collected_amount"]
    for row in rows(home / TRUTH / "truth.parquet"):
        planted[row["subscription_id"], row["period_start"]] += row["leak_amount"]
    invoices = {one["invoice_id"]: one for one in rows(home / COMPANY / "invoices.parquet")}
    for draw in rows(home / COMPANY / "credit_applications.parquet"):
        invoice = invoices[draw["invoice_id"]]
        prepaid[invoice["subscription_id"], invoice["period_start"]] += draw["amount"]
    for row in rows(home / TRUTH / "truth.parquet"):
        if row["code"] == "B8":
            prepaid[row["subscription_id"], row["period_start"]] -= row["leak_amount"]
    periods = {(one["subscription_id"], one["period_start"]) for one in invoices.values()}
    assert len(periods) > 80
    assert {one: lost[one] for one in periods} == {one: planted[one] + prepaid[one] for one in periods}


def test_the_invoices_are_what_the_ladder_says(home: Path) -> None:
    """Of every period the lines sum to the documented rung, and what prepaid balance leaves is paid in cash."""
    lines, paid, drawn = (defaultdict[str, Decimal](Decimal) for _ in range(3))
    for row in rows(home / COMPANY / "invoice_lines.parquet"):
        lines[row["invoice_id"]] += row["amount"]
    for row in rows(home / COMPANY / "payment_attempts.parquet"):
        paid[row["invoice_id"]] += row["amount"]
    for row in rows(home / COMPANY / "credit_applications.parquet"):
        drawn[row["invoice_id"]] += row["amount"]
    rungs: dict[tuple[str, datetime], list[Decimal]] = defaultdict(lambda: [d(0), d(0), d(0)])
    for row in rows(home / TRUTH / "ladder.parquet"):
        sums = rungs[row["subscription_id"], row["period_start"]]
        for n, rung in enumerate(("documented_amount", "paid_for_amount", "collected_amount")):
            sums[n] += row[rung]
    for one in rows(home / COMPANY / "invoices.parquet"):
        whole, invoice_id = lines[one["invoice_id"]], one["invoice_id"]
        assert rungs[one["subscription_id"], one["period_start"]] == [
            whole,
            whole - drawn[invoice_id],
            paid[invoice_id],
        ]


def test_billing_that_goes_on_missing_has_stopped() -> None:
    """No invoice at all: the first period of a subscription is missing (B1), of every other the billing has stopped."""
    assert SMALL.agreements
    drawn = draw_agreements(replace(SMALL.agreements, missing_periods=Rate(1.0)), SMALL, 3)
    codes = defaultdict[str, dict[datetime, str]](dict)
    for row in drawn.leaks:
        if row["item"] == "recurring" and row["code"] in ("B1", "B4"):
            codes[row["subscription_id"]][row["period_start"]] = row["code"]
    found = {"".join(code for _, code in sorted(own.items())) for own in codes.values()}
    assert {one.replace("B4", "") for one in found} == {"B1"}
    assert {one[:2] for one in found} == {"B1"}
    assert max(map(len, found)) == 2 * 5  # September to January


def test_a_profile_without_agreements_has_no_such_company(tmp_path: Path) -> None:
    simulate(replace(SMALL, agreements=None), 3, tmp_path)
    assert rows(tmp_path / COMPANY / "accounts.parquet") == []
    assert pq.read_table(tmp_path / COMPANY / "commitments.parquet").num_rows == 0


def test_a_name_that_agreements_do_not_know_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('based_on = "small"\n[agreements]\nminimun = 50\n', encoding="utf-8")
    with pytest.raises(
        RevenueError, match="agreements: 'minimun' is nothing that can be set here; did you mean 'minimum'"
    ):
        profile_named(str(file))

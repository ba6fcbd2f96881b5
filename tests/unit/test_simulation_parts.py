"""A large company is drawn and written part by part: nothing is there twice, nothing is missing."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from revenue_assets.simulation.customers import draw_company
from revenue_assets.simulation.parts import part_count, parts_of
from revenue_assets.simulation.profiles import profile_named
from revenue_assets.simulation.simulate import COMPANY, TRUTH, simulate

_SHIPPED = profile_named("small")
SMALL = replace(_SHIPPED, accounts=20, month_count=4, agreements=None)
SAKURA = SMALL.organizations[1]


@pytest.fixture(autouse=True)
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("revenue_assets.simulation.parts._EVENTS_AT_ONCE", 2_000)


def rows(home: Path, folder: str, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(home / folder / name).to_pylist()
    return found


def test_a_company_is_cut_by_its_accounts_with_all_that_belongs_to_them() -> None:
    assert part_count(SMALL) == 6  # 20 accounts x 130 events x 4 months: 10,400
    whole = draw_company(SMALL, SMALL.organizations[0], 1)
    parts = list(parts_of(whole))
    assert [one.account_id for part in parts for one in part.accounts] == [one.account_id for one in whole.accounts]
    assert sum(len(part.subscriptions) for part in parts) == len(whole.subscriptions)
    assert sum(len(part.spikes) for part in parts) == len(whole.spikes) > 0
    owner = {one.subscription_id: whole.accounts[one.account].account_id for one in whole.subscriptions}
    for part in parts:
        assert all(part.accounts[one.account].account_id == owner[one.subscription_id] for one in part.subscriptions)
    own = [price.price_id for part in parts for price in part.contract.prices if price.subscription_id]
    assert sorted(own) == sorted(price.price_id for price in whole.contract.prices if price.subscription_id)


def test_what_is_planted_at_least_is_planted_once_and_shares_in_every_part() -> None:
    first, *others = (part.profile.leaks.missing_periods for part in parts_of(draw_company(SMALL, SAKURA, 1)))
    assert (first.share, first.at_least) == (0.02, 2)
    assert {(one.share, one.at_least) for one in others} == {(0.02, 0)}


def test_internal_accounts_are_in_the_last_part_and_a_part_has_a_customer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("revenue_assets.simulation.parts._EVENTS_AT_ONCE", 1)
    parts = list(parts_of(draw_company(SMALL, SAKURA, 1)))
    assert [len(part.accounts) for part in parts] == [1] * 19 + [3]
    assert [one.is_internal for one in parts[-1].accounts] == [False, True, True]


def test_what_is_written_in_parts_has_every_id_once_and_the_same_bytes_again(tmp_path: Path) -> None:
    summary = simulate(SMALL, 1, tmp_path / "a")
    simulate(SMALL, 1, tmp_path / "b")
    for file in sorted(one.relative_to(tmp_path / "a") for one in (tmp_path / "a").rglob("*.*")):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file
    home = tmp_path / "a"
    assert summary.accounts == len(rows(home, COMPANY, "accounts.parquet")) == 44
    for name, key in (
        ("accounts", "account_id"),
        ("meters", "meter_id"),
        ("plans", "plan_id"),
        ("subscriptions", "subscription_id"),
        ("contract_prices", "price_id"),
        ("billing_prices", "price_id"),
        ("invoices", "invoice_id"),
        ("invoice_lines", "invoice_line_id"),
        ("payment_attempts", "attempt_id"),
    ):
        ids = Counter(one[key] for one in rows(home, COMPANY, f"{name}.parquet"))
        assert ids.most_common(1)[0][1] == 1, name
    content: dict[str, tuple[Any, ...]] = {}
    for one in rows(home, COMPANY, "usage_events"):
        event = (one["account_id"], one["event_name"], one["occurred_at"], one["units"])
        assert content.setdefault(one["event_id"], event) == event
    engagement = [one["event_id"] for one in rows(home, COMPANY, "engagement_events")]
    assert len(set(engagement)) == len(engagement) > 1_000
    truth = rows(home, TRUTH, "truth.parquet")
    grain = ("organization_id", "account_id", "subscription_id", "item", "period_start", "code")
    keys = {tuple(one[name] for name in grain) for one in truth}
    assert len(keys) == len(truth) > 100

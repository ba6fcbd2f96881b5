"""The simulated company: the same seed gives the same bytes, every code and decoy is there, the files are consistent.

Whether the planted amounts are right is tested in test_simulation_truth.py.
"""

import hashlib
import subprocess
import sys
import time
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from revenue_assets.simulation.fates import DECOYS
from revenue_assets.simulation.profiles import profile_named
from revenue_assets.simulation.simulate import COMPANY, TRUTH, Summary, simulate

ORGANIZATIONS = [one.organization_id for one in profile_named("small").organizations]
OF_AGREEMENTS = ("commitments", "credit_grants")
CODES = {"U1", "U2", "U3", "U4", "U8", "U9", "B1", "B3", "B4", "B5", "B10", "R1", "R2", "R3", "R6", "R9", "unposted"}
CODES |= {"R7", "R8", "B2", "B6", "B7", "B9", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8"}
POTENTIAL = {"U5", "U6", "U7", "U11"}
Rows = list[dict[str, Any]]
_SIMULATE_LONG = """
import pathlib, sys
from revenue_assets.simulation.profiles import profile_named
from revenue_assets.simulation.simulate import simulate
simulate(profile_named("small", 24), 8, pathlib.Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    home = tmp_path_factory.mktemp("world")
    return home, simulate("small", 7, home)


@pytest.fixture(scope="module")
def home(world: tuple[Path, Summary]) -> Path:
    return world[0]


def rows(path: Path) -> Rows:
    found: Rows = pq.read_table(path).to_pylist()
    return found


def contents(home: Path) -> dict[str, str]:
    files = sorted(file for file in home.rglob("*") if file.is_file())
    return {str(file.relative_to(home)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(home: Path, tmp_path: Path) -> None:
    simulate("small", 7, tmp_path / "again")
    simulate("small", 8, tmp_path / "other")
    first, other = contents(home), contents(tmp_path / "other")
    assert contents(tmp_path / "again") == first
    equal = {name for name in first if first[name] == other[name]}
    assert equal <= {
        f"{COMPANY}/{name}.parquet"
        for name in (
            "as_of",
            "credit_notes",
            "fx_rates",
            "meters",
            "event_mappings",
            "plans",
            "contract_prices",
            *OF_AGREEMENTS,
        )
    }


def test_a_new_simulation_replaces_the_old_one_and_leaves_nothing_else(home: Path, tmp_path: Path) -> None:
    (tmp_path / COMPANY).mkdir()
    (tmp_path / COMPANY / "stale.parquet").touch()
    simulate("small", 7, tmp_path)
    assert contents(tmp_path) == contents(home)


def test_a_simulation_that_fails_leaves_the_old_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(home)

    def fail(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("revenue_assets.simulation.simulate._write_snapshots", fail)
    with pytest.raises(OSError, match="disk full"):
        simulate("small", 8, home)
    assert contents(home) == before


def test_a_simulation_that_is_killed_leaves_the_old_one_and_the_next_clears_up(home: Path, tmp_path: Path) -> None:
    simulate("small", 7, tmp_path)
    victim = subprocess.Popen([sys.executable, "-c", _SIMULATE_LONG, str(tmp_path)])
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".simulating.*/simulated/usage_events/*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    victim.kill()
    victim.wait()
    assert list(tmp_path.glob(".simulating.*"))
    assert {name: digest for name, digest in contents(tmp_path).items() if name[0] != "."} == contents(home)
    simulate("small", 7, tmp_path)
    assert contents(tmp_path) == contents(home)


@pytest.mark.parametrize("organization", ORGANIZATIONS)
def test_every_code_and_decoy_is_planted_in_every_organization(home: Path, organization: str) -> None:
    truth = [row for row in rows(home / TRUTH / "truth.parquet") if row["organization_id"] == organization]
    counts = Counter(row["code"] for row in truth)
    overwritten = {"sakura_cloud": {"U10"}}.get(organization, set())  # it alone has a meter that keeps the last value
    assert set(counts) == CODES | POTENTIAL | overwritten
    assert min(count for code, count in counts.items() if code != "U11") >= 2  # of which there is one
    kinds = {row["kind"] for row in rows(home / TRUTH / "decoys.parquet") if row["organization_id"] == organization}
    assert {
        "delivered_twice",
        "accepted_twice",
        "accepted_under_another_id",
        "accepted_later",
        "refused_when_repeated",
        "arrived_unseen",
        "late_and_charged_later",
        "invoice_after_cancellation",
        "trial_usage",
        "free_tier",
        "internal_account",
        "zero_invoice",
        "usage_spike",
        *DECOYS,
    } - {"fresh_draft"} <= kinds
    every = {row["kind"] for row in rows(home / TRUTH / "decoys.parquet")}
    assert "fresh_draft" in every  # only where a period ends in the last two days


def test_both_signs_are_planted(home: Path) -> None:
    truth = [row for row in rows(home / TRUTH / "truth.parquet") if row["organization_id"] in ORGANIZATIONS]
    for code in ("U2", "R1", "R7", "R8", "B3", "unposted"):
        assert {row["leak_amount"] > 0 for row in truth if row["code"] == code} == {True, False}, code
    by_volume = {"egress_gb", "gpu_seconds"}  # a quantity that is missing can cost more than it saves
    assert all(
        (row["leak_amount"] < 0) == (row["code"] in ("U8", "U9", "B5", "B6", "R6"))
        for row in truth
        if row["code"] not in ("U2", "R1", "R3", "R7", "R8", "R9", "B3", "U10", "unposted")
        and row["item"] not in by_volume
        if row["leak_amount"]
    )


def test_prices_of_every_charge_model_stand_side_by_side(home: Path) -> None:
    prices = rows(home / COMPANY / "contract_prices.parquet")
    for organization in ORGANIZATIONS:
        models = {price["charge_model"] for price in prices if price["organization_id"] == organization}
        assert models == {"flat", "per_unit", "package", "graduated", "volume"}
    assert any(price["included_units"] for price in prices if price["charge_model"] == "package")


def test_billing_keeps_the_version_before_some_renewals_and_follows_others(home: Path) -> None:
    contract = {price["price_id"]: price for price in rows(home / COMPANY / "contract_prices.parquet")}
    billing = {price["price_id"]: price for price in rows(home / COMPANY / "billing_prices.parquet")}
    renewed = [name for name in contract if name.endswith("_2")]
    missed = [name for name in renewed if f"billing_{name}" not in billing]
    assert 0 < len(missed) < len(renewed)
    for name in missed:
        before = name.removesuffix("_2") + "_1"
        assert contract[before]["valid_to"] == contract[name]["valid_from"]
        assert billing[f"billing_{before}"]["valid_to"] is None
    outdated = {row["subscription_id"] for row in rows(home / TRUTH / "truth.parquet") if row["code"] == "R2"}
    assert outdated <= {contract[name]["subscription_id"] for name in missed}


def test_the_truth_has_one_row_per_key_and_no_zero(home: Path) -> None:
    truth = rows(home / TRUTH / "truth.parquet")
    grain = ("organization_id", "account_id", "subscription_id", "item", "period_start", "currency", "code")
    assert len({tuple(row[name] for name in grain) for row in truth}) == len(truth)
    # what is potential may have no price, and C8 is evidence only
    assert all(row["leak_amount"] for row in truth if row["code"] not in {*POTENTIAL, "C8"})


def test_internal_accounts_use_and_report_and_are_on_no_invoice(home: Path) -> None:
    internal = {one["account_id"] for one in rows(home / COMPANY / "accounts.parquet") if one["is_internal"]}
    assert len(internal) == 4  # two of each organization
    for name in ("usage_events", "reported_events"):
        assert internal <= set(pd.read_parquet(home / COMPANY / name).account_id), name
    assert not internal & {one["account_id"] for one in rows(home / COMPANY / "invoices.parquet")}
    assert not internal & {one["account_id"] for one in rows(home / TRUTH / "ladder.parquet")}
    decoys = [one for one in rows(home / TRUTH / "decoys.parquet") if one["kind"] == "internal_account"]
    assert Counter(one["account_id"] for one in decoys) == {"nim_00027": 4, "skr_00027": 4}


def test_an_invoice_of_nothing_stands_paid_without_any_try(home: Path) -> None:
    decoys = {
        (one["subscription_id"], one["period_start"])
        for one in rows(home / TRUTH / "decoys.parquet")
        if one["kind"] == "zero_invoice"
    }
    found = [
        one
        for one in rows(home / COMPANY / "invoices.parquet")
        if (one["subscription_id"], one["period_start"]) in decoys
    ]
    ids = {one["invoice_id"] for one in found}
    lines = [one for one in rows(home / COMPANY / "invoice_lines.parquet") if one["invoice_id"] in ids]
    assert {one["status"] for one in found} == {"paid"}
    assert {line["amount"] for line in lines} == {0}
    assert len(lines) == len(found) == len(decoys) >= 4
    assert not ids & {one["invoice_id"] for one in rows(home / COMPANY / "payment_attempts.parquet")}


def test_decoys_are_free_of_planted_leaks(home: Path) -> None:
    truth = rows(home / TRUTH / "truth.parquet")
    leaking = {(row["subscription_id"], row["period_start"], row["item"]) for row in truth}
    leaking |= {(subscription, start, None) for subscription, start, _ in leaking}
    assert not [
        d
        for d in rows(home / TRUTH / "decoys.parquet")
        if (d["subscription_id"], d["period_start"], d["item"]) in leaking
    ]


def test_the_summary_counts_what_was_written(world: tuple[Path, Summary]) -> None:
    home, summary = world
    count = {name: pd.read_parquet(home / COMPANY / name).shape[0] for name in ("usage_events", "reported_events")}
    assert (summary.usage_events, summary.reported_events) == (count["usage_events"], count["reported_events"])
    assert 15_000 < summary.usage_events < 35_000
    assert summary.invoices == len(rows(home / COMPANY / "invoices.parquet"))
    truth = rows(home / TRUTH / "truth.parquet")
    assert sum(number for number, _ in summary.planted.values()) == len(truth)
    assert sum(amount for _, amount in summary.planted.values()) == sum(row["leak_amount"] for row in truth)


def test_nothing_is_later_than_as_of_and_the_ladder_ends_with_the_cash_that_was_kept(home: Path) -> None:
    company = home / COMPANY
    as_of = rows(company / "as_of.parquet")[0]["as_of"]
    attempts, refunds, disputes = (rows(company / f"{n}.parquet") for n in ("payment_attempts", "refunds", "disputes"))
    assert all(one["attempted_at"] <= as_of for one in attempts)
    assert all(one["created_at"] <= as_of for one in [*refunds, *disputes, *rows(company / "credit_notes.parquet")])
    assert all(one["issued_at"] <= as_of for one in rows(company / "invoices.parquet"))
    for organization, currency in (("nimbus_ai", "USD"), ("sakura_cloud", "JPY")):
        cash = sum(
            Fraction(one["amount"]) * sign
            for sign, moves in ((1, attempts), (-1, refunds), (-1, disputes))
            for one in moves
            if one["organization_id"] == organization and one.get("status") not in ("failed", "won")
            if one["currency"] == currency
        )
        ladder = [row for row in rows(home / TRUTH / "ladder.parquet") if row["organization_id"] == organization]
        collected = sum(Fraction(row["collected_amount"]) for row in ladder) - paid_in_another_currency(
            home, organization
        )
        has_tax = organization == "sakura_cloud"
        assert Fraction(10, 12) * cash < collected < cash if has_tax else collected == cash


def paid_in_another_currency(home: Path, organization: str) -> Fraction:
    """What the lines of paid invoices in another currency are worth, each rounded by itself; there are some."""
    invoices = {one["invoice_id"]: one for one in rows(home / COMPANY / "invoices.parquet")}
    rates = {(one["base"], one["day"]): Fraction(one["rate"]) for one in rows(home / COMPANY / "fx_rates.parquet")}
    unit = {"nimbus_ai": Fraction(1, 100), "sakura_cloud": Fraction(1)}[organization]
    found = Fraction(0)
    for line in rows(home / COMPANY / "invoice_lines.parquet"):
        is_own = line["currency"] == {"nimbus_ai": "USD", "sakura_cloud": "JPY"}[organization]
        if line["organization_id"] == organization and line["kind"] != "tax" and not is_own:
            rate = rates[line["currency"], invoices[line["invoice_id"]]["issued_at"].date()]
            found += (Fraction(line["amount"]) * rate / unit + Fraction(1, 2)).__floor__() * unit
    assert found > 0
    return found


def statuses(home: Path, code: str) -> list[dict[str, Any]]:
    """The invoices that have a line on an item and period with this code."""
    lines = {row["invoice_id"]: row for row in rows(home / COMPANY / "invoice_lines.parquet")}
    leaks = {
        (row["subscription_id"], row["period_start"])
        for row in rows(home / TRUTH / "truth.parquet")
        if row["code"] == code
    }
    return [
        one
        for one in rows(home / COMPANY / "invoices.parquet")
        if (one["subscription_id"], one["period_start"]) in leaks and one["invoice_id"] in lines
    ]


def test_each_fate_is_written_into_the_documents(home: Path) -> None:
    of = {code: statuses(home, code) for code in ("B2", "B9", "C1", "C2", "C6", "C7")}
    assert any(one["status"] == "draft" and one["finalized_at"] is None for one in of["B2"])
    assert any(one["status"] == "void" and one["voided_at"] for one in of["B9"])
    assert {one["status"] for one in of["C1"]} >= {"open", "uncollectible"}
    assert any(one["status"] == "open" and one["collection"] == "send_invoice" for one in of["C7"])
    tries: Counter[tuple[str, str]] = Counter()
    for attempt in rows(home / COMPANY / "payment_attempts.parquet"):
        tries[attempt["invoice_id"], attempt["status"]] += 1
    unpaid = {code: [one["invoice_id"] for one in of[code] if one["status"] == "open"] for code in of}
    assert all(tries[one, "failed"] > 1 and not tries[one, "succeeded"] for one in unpaid["C1"])
    assert {tries[one, "failed"] for one in unpaid["C2"]} == {0, 1}
    assert all(tries[one, "succeeded"] == 1 for one in unpaid["C6"])
    assert not any(tries[one, "failed"] + tries[one, "succeeded"] for one in unpaid["C7"])


def test_credits_are_wrong_in_every_way_and_right_where_they_are_decoys(home: Path) -> None:
    notes = rows(home / COMPANY / "credit_notes.parquet")
    lines = {one["invoice_line_id"]: one["amount"] for one in rows(home / COMPANY / "invoice_lines.parquet")}
    assert any(one["reason"] is None for one in notes)
    assert any(one["approved_by"] is None for one in notes)
    assert max(Counter(one["invoice_line_id"] for one in notes).values()) == 2
    assert any(one["amount"] > lines[one["invoice_line_id"]] for one in notes)


def test_a_reissued_void_names_what_it_replaces_and_charges_the_same(home: Path) -> None:
    invoices = {one["invoice_id"]: one for one in rows(home / COMPANY / "invoices.parquet")}
    amounts: dict[str, list[Fraction]] = defaultdict(list)
    for line in rows(home / COMPANY / "invoice_lines.parquet"):
        amounts[line["organization_id"] + line["invoice_id"]].append(Fraction(line["amount"]))
    replaced = [one for one in invoices.values() if one["replaces_invoice_id"]]
    assert len(replaced) >= 2
    for one in replaced:
        before = invoices[one["replaces_invoice_id"]]
        assert (before["status"], one["status"]) == ("void", "paid")
        owner = one["organization_id"]
        assert amounts[owner + before["invoice_id"]] == amounts[owner + one["invoice_id"]]


def test_event_ids_are_unique_but_for_repeated_deliveries(home: Path) -> None:
    for name in ("usage_events", "reported_events"):
        events = pd.read_parquet(home / COMPANY / name)
        assert events.event_id.str.fullmatch("[0-9a-f]{32}").all()
        again = events[events.duplicated(["event_id"], keep=False)]
        assert 0 < len(again) < len(events) / 20
        content = ["organization_id", "event_id", "account_id", "event_name", "occurred_at", "units"]
        assert len(again.drop_duplicates(content)) == again.event_id.nunique()

"""What belongs to no subscription: usage after an end, and invoices.

Usage is planted as U7 under its UTC month, which can begin with the last period: then both have one key.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from revenue_assets.simulation.fields import Rate
from revenue_assets.simulation.profiles import profile_named
from revenue_assets.simulation.simulate import COMPANY, TRUTH, simulate


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company that most customers leave, of whom everybody goes on using."""
    small = profile_named("small")
    leaks = replace(small.leaks, outside_users=Rate(1.0))
    home = tmp_path_factory.mktemp("strays")
    company = replace(small, agreements=None, accounts=120, ended=Rate(0.6), leaks=leaks)
    simulate(company, 3, home)
    return home


def rows(home: Path, name: str, folder: str = TRUTH) -> list[dict[str, Any]]:
    path = home / folder / name
    found: list[dict[str, Any]] = pq.read_table(path if path.is_dir() else path.with_suffix(".parquet")).to_pylist()
    return found


def test_what_is_used_in_the_month_of_the_end_is_no_decoy_though_its_last_period_is_right(home: Path) -> None:
    def key(row: dict[str, Any]) -> tuple[Any, ...]:
        return row["subscription_id"], row["item"], row["period_start"]

    outside = {key(row): row["period_end"] for row in rows(home, "truth") if row["code"] == "U7"}
    lasts = [row for row in rows(home, "ladder") if key(row) in outside]
    assert len(lasts) >= 5  # periods that begin with the month and end within it
    assert all(row["period_end"] < outside[key(row)] for row in lasts)
    decoys = rows(home, "decoys")
    assert not {key(row) for row in decoys} & set(outside)
    assert not {key(row) for row in decoys} & {(subscription, None, start) for subscription, _, start in outside}
    assert any(row["kind"] == "invoice_after_cancellation" for row in decoys)


def test_an_invoice_of_no_subscription_is_of_an_account_that_has_none_when_its_line_begins(home: Path) -> None:
    stray = [row for row in rows(home, "invoices", COMPANY) if row["subscription_id"] is None]
    assert {row["organization_id"] for row in stray} == {"nimbus_ai", "sakura_cloud"}
    subscriptions = rows(home, "subscriptions", COMPANY)
    for invoice in stray:
        ends = [one["ended_at"] for one in subscriptions if one["account_id"] == invoice["account_id"]]
        assert all(end and end <= invoice["period_start"] for end in ends)


def test_usage_of_strangers_is_what_their_events_of_a_month_come_to(home: Path) -> None:
    known = {row["account_id"] for row in rows(home, "accounts", COMPANY)}
    mappings = {row["event_name"]: row for row in rows(home, "event_mappings", COMPANY)}
    used: dict[tuple[str, str, datetime], tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for event in rows(home, "usage_events", COMPANY):
        if event["account_id"] not in known:
            mapping, at = mappings[event["event_name"]], event["occurred_at"].astimezone(UTC)
            key = (event["account_id"], mapping["meter_id"], datetime(at.year, at.month, 1, tzinfo=UTC))
            events, units = used[key]
            used[key] = (events + 1, units + event["units"] * mapping["multiplier"])
    planted = [row for row in rows(home, "truth") if row["code"] == "U5"]
    grain = ("account_id", "item", "period_start")
    assert {tuple(row[name] for name in grain): (row["events"], row["units"]) for row in planted} == used
    assert len(planted) == len(used) > 20

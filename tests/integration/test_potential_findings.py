"""Usage that no item claims: potential at list price, confirmed where the contract prices it; outside of the ladder."""

from decimal import Decimal
from typing import Any

import pytest

from tests.integration.conftest import Books

d = Decimal


def unclaimed(books: Books, organization: str, outcome: str, units: str = "120", **columns: object) -> None:
    """Usage of the 10th to the 20th of March 2025 that no period claims, by account `a` unless told."""
    row: dict[str, object] = {"account_id": "a", "event_name": "call", "meter_id": "calls", "events": 4}
    row |= {"billing_month": "2025-03-01", "first_event_at": "2025-03-10", "last_event_at": "2025-03-20"}
    books.add("lake.unclaimed_usage", organization, outcome=outcome, units=units, **(row | columns))


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    for organization in ("outside", "unknown", "unpriced", "trial", "no_meter", "two_names"):
        books.company(organization, ended_at="2025-02-01")
        books.add("meters", organization, meter_id="calls", name="Calls", unit="call", aggregation="sum")
    unclaimed(books, "outside", "outside_subscription")
    unclaimed(books, "unknown", "unmapped", account_id="stranger")
    unclaimed(books, "unpriced", "unpriced", meter_id="seats", event_name="seat")
    books.add("meters", "unpriced", meter_id="seats", name="Seats", unit="seat", aggregation="sum")
    unclaimed(books, "trial", "trial")
    unclaimed(books, "no_meter", "unmapped", meter_id=None, event_name="page_view")
    unclaimed(books, "two_names", "outside_subscription")
    unclaimed(books, "two_names", "outside_subscription", "30", event_name="batch_call")

    books.company("internal", is_internal=True)
    unclaimed(books, "internal", "outside_subscription")

    books.company("maximum")
    books.add("meters", "maximum", meter_id="calls", name="Calls", unit="call", aggregation="max")
    unclaimed(books, "maximum", "outside_subscription")

    # Volume: up to 100 units 2 each and 10 flat, then all units 1 each; 120 units cost 120, not 120 x 2.
    books.company("volume", call=None)
    books.add("meters", "volume", meter_id="calls", name="Calls", unit="call", aggregation="sum")
    tiers = '[{"up_to": "100", "unit_amount": "2", "flat_amount": "10"}, {"up_to": null, "unit_amount": "1"}]'
    books.price("volume", "call", meter_id="calls", charge_model="volume", tiers=tiers)
    unclaimed(books, "volume", "outside_subscription")

    # The account left plan p (0.10) for plan q (0.30) in February and left that too; q is nearer to March.
    books.company("moved", ended_at="2025-02-01")
    books.add("meters", "moved", meter_id="calls", name="Calls", unit="call", aggregation="sum")
    books.add("plans", "moved", plan_id="q", name="Q", billing_interval="month", currency="USD")
    dates = {"started_at": "2025-02-01", "ended_at": "2025-03-01"}
    books.subscription("moved", "t", plan_id="q", **dates)
    books.price("moved", "q", plan_id="q", meter_id="calls", unit_amount="0.30")
    unclaimed(books, "moved", "outside_subscription")
    # Two plans, two prices: of an account billing does not know nobody can say which.
    unclaimed(books, "moved", "unmapped", account_id="stranger")
    # The subscription's own price: 0.20 each beyond 20 included units, and a flat of 3.00 for having any.
    tiers = '[{"up_to": null, "unit_amount": "0.20", "flat_amount": "3"}]'
    own: dict[str, Any] = {"plan_id": None, "subscription_id": "s", "meter_id": "calls", "included_units": 20}
    own |= {"charge_model": "graduated", "tiers": tiers}
    pause: dict[str, Any] = {"pause_start": "2025-03-01", "pause_end": "2025-04-01"}
    cases: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("until_a_day", {}, {"valid_from": "2025-01-01", "valid_to": "2025-07-01"}),
        ("after_the_end", {}, {"valid_from": "2025-02-01"}),
        ("no_end", {}, {"valid_from": "2025-01-01"}),
        ("ran_out", {}, {"valid_from": "2025-01-01", "valid_to": "2025-03-15"}),
        ("made_for_the_pause", pause, {"valid_from": "2025-03-01", "valid_to": "2025-04-01"}),
        ("made_before_the_pause", pause, {"valid_from": "2025-01-01", "valid_to": "2025-07-01"}),
        ("later_than_the_pause", {"pause_start": "2025-03-12"}, {"valid_from": "2025-02-01"}),
    ]
    for organization, dates, validity in cases:
        service: dict[str, Any] = dates or {"ended_at": "2025-02-01"}
        books.company(organization, **service)
        books.add("meters", organization, meter_id="calls", name="Calls", unit="call", aggregation="sum")
        books.price(organization, "own", **(own | validity))
        unclaimed(books, organization, "outside_subscription")

    # Two gaps of a meter in one month are one finding; 0.10 a call, the one list price there is.
    books.company("gaps")
    books.add("meters", "gaps", meter_id="calls", name="Calls", unit="call", aggregation="sum")
    for day, units in ((3, "12.5"), (9, "30")):
        missing = {f"missing_{what}{bound}": units for what in ("events", "units") for bound in ("", "_low", "_high")}
        row = {"gap_start": f"2025-03-0{day}T10:00Z", "gap_end": f"2025-03-0{day}T12:00Z", "hours": 2, "events": 0}
        row |= {"meter_id": "calls", "billing_month": "2025-03-01", "expected_events": units}
        books.add("lake.ingestion_gaps", "gaps", **(row | missing))
    results = books.build_ladder()
    failed = {name: status for name, status in results.items() if status not in ("success", "pass", "warn")}
    assert not failed
    return books


@pytest.mark.parametrize(
    ("organization", "code", "subscription", "amount", "currency"),
    [
        ("outside", "U7", "s", "12", "USD"),  # 120 x 0.10
        ("unknown", "U5", "", "12", "USD"),  # the one list price there is
        ("unpriced", "U6", "", "0", "USD"),  # no plan prices it: its units only
        ("two_names", "U7", "s", "15", "USD"),  # 150 x 0.10: one meter, one finding
        ("maximum", "U7", "s", "0", "USD"),  # a sum of the events is no maximum
    ],
)
def test_unclaimed_usage_is_a_potential_finding_at_list_price(
    books: Books, organization: str, code: str, subscription: str, amount: str, currency: str
) -> None:
    (finding,) = books.findings(organization)
    assert (finding["code"], finding["certainty"], finding["direction"]) == (code, "potential", "under")
    assert (finding["subscription_id"], finding["leak_amount"], finding["currency"]) == (
        subscription,
        d(amount),
        currency,
    )
    assert (finding["period_start"].isoformat()[:10], finding["period_end"].isoformat()[:10]) == (
        "2025-03-01",
        "2025-04-01",
    )
    assert finding["recoverable_amount"] == d(amount)


def test_the_amount_is_the_whole_price_of_the_units_less_that_of_none(books: Books) -> None:
    # E(120) = 120; E(0) = 10, the flat that the plan costs anyway: the usage is worth 110
    (finding,) = books.findings("volume")
    assert finding["leak_amount"] == d("110")


def test_the_plan_of_the_nearest_subscription_counts_and_an_unclear_price_none(books: Books) -> None:
    amounts = {row["code"]: (row["subscription_id"], row["leak_amount"]) for row in books.findings("moved")}
    assert amounts == {"U7": ("t", d("36")), "U5": ("", 0)}


@pytest.mark.parametrize("organization", ["until_a_day", "after_the_end", "made_for_the_pause"])
def test_usage_that_the_contract_prices_without_service_is_confirmed_at_its_whole_price(
    books: Books, organization: str
) -> None:
    # 120 units, 20 included: 100 x 0.20 and the flat of 3.00
    (finding,) = books.findings(organization)
    assert (finding["code"], finding["certainty"], finding["subscription_id"]) == ("U7", "confirmed", "s")
    assert (finding["leak_amount"], finding["recoverable_amount"], finding["units"]) == (23, 23, 120)


@pytest.mark.parametrize(
    "organization",
    [
        "no_end",  # a price until further notice says nothing about the time after the end
        "ran_out",  # valid at the first event, not at the last
        "made_before_the_pause",
        "later_than_the_pause",  # the usage began before the pause
    ],
)
def test_a_price_that_was_not_made_for_a_time_without_service_confirms_nothing(books: Books, organization: str) -> None:
    # 120 at the plan's 0.10
    (finding,) = books.findings(organization)
    assert (finding["certainty"], finding["leak_amount"]) == ("potential", 12)


def test_confirmed_usage_outside_of_the_subscription_is_in_no_rung(books: Books) -> None:
    assert books.rungs("until_a_day") == []
    assert books.causes("until_a_day") == {}


@pytest.mark.parametrize("organization", ["trial", "internal", "no_meter"])
def test_trials_internal_accounts_and_events_of_no_meter_are_no_finding(books: Books, organization: str) -> None:
    assert books.findings(organization) == []


def test_hours_that_lack_usage_are_one_finding_of_the_meter_and_month(books: Books) -> None:
    (finding,) = books.findings("gaps")
    assert (finding["code"], finding["account_id"], finding["subscription_id"]) == ("U11", "", "")
    # half an event is rounded away from zero; 42.5 x 0.10
    assert (finding["events"], finding["units"], finding["leak_amount"]) == (43, d("42.5"), d("4.25"))
    assert (finding["first_event_at"].day, finding["last_event_at"].hour) == (3, 12)
    assert (finding["certainty"], finding["period_start"].isoformat()[:10]) == ("potential", "2025-03-01")


def test_potential_findings_are_in_no_sum(books: Books) -> None:
    assert books.rungs("outside") == []
    assert books.causes("outside") == {}
    assert books.rows("select * from marts.mart_account_reconciliation where organization_id = 'outside'") == []

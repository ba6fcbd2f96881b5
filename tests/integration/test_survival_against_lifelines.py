"""The survival curves in SQL against those of the library lifelines, to 1e-9: published customers, and drawn ones.

lifelines is an independent implementation of the same estimator; only the mart's ages in days are turned into the
units of the data.
"""

import csv
import gzip
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times

from tests.integration.conftest import Books

TELCO = Path(__file__).parents[1] / "data" / "telco_churn" / "tenure.csv.gz"
AS_OF = datetime(2025, 6, 1, 1, tzinfo=UTC)
FIRST = date(2025, 6, 1)
BEGUN = date(2024, 1, 1)
DRAWN = {"drawn": 11, "drawn_again": 12}


def telco() -> pd.DataFrame:
    """Tenure in months, contract and whether the customer left; the start is so many months before the end."""
    with gzip.open(TELCO, "rt", newline="") as file:
        rows = pd.DataFrame(csv.DictReader(file))
    months = rows["tenure"].astype(int)
    start = [date(2025 - (n + 6) // 12, 12 - (n + 6) % 12, 1) if n else FIRST for n in months]
    ended = rows["churn"] == "Yes"
    table = pd.DataFrame({"plan": rows["contract"], "start": start, "exit": months, "is_ended": ended, "entry": 0})
    table["end"] = [FIRST if one else None for one in ended]
    return table


def drawn(seed: int) -> pd.DataFrame:
    """Customers who start over three years and of whom only those are known who were there when it began, in days."""
    rng = np.random.default_rng(seed)
    count = 900
    starts = [BEGUN - timedelta(days=600) + timedelta(days=int(day)) for day in rng.integers(0, 1100, count)]
    ends = [start + timedelta(days=int(days)) for start, days in zip(starts, rng.exponential(400, count), strict=True)]
    table = pd.DataFrame({"plan": rng.choice(["x", "y", "z"], count), "start": starts, "end": ends})
    table = table[(table["end"] > BEGUN) & (table["end"] > table["start"])].reset_index(drop=True)
    table["is_ended"] = table["end"] <= FIRST
    table["entry"] = [max((BEGUN - one).days, 0) for one in table["start"]]
    last = [min(one, FIRST) for one in table["end"]]
    table["exit"] = [(until - one).days for until, one in zip(last, table["start"], strict=True)]
    table["end"] = [end if ended else None for end, ended in zip(table["end"], table["is_ended"], strict=True)]
    return table


def load(books: Books, organization: str, table: pd.DataFrame, since: date) -> None:
    """One customer with one subscription per row; an invoice says since when the ends are known."""
    told = {"datasets": ["invoices", "subscriptions"], "as_of": AS_OF, "grace_days": 3, "matching": "event_id"}
    books.add("organizations", organization, **told)
    books.invoice(organization, "first", "", issued_at=since, period_end=since)
    names = [f"c{number:05d}" for number in range(len(table))]
    books.connection.execute(
        """insert into raw.accounts (source_name, organization_id, account_id, name, currency, created_at, is_internal)
           select 'test', %s, one, one, 'USD', '2010-01-01', false from unnest(%s::text[]) as names (one)""",
        [organization, names],
    )
    books.connection.execute(
        """insert into raw.subscriptions
               (source_name, organization_id, subscription_id, account_id, plan_id, status, started_at, ended_at,
                time_zone)
           select 'test', %s, one, one, plan, 'active', begun, ended, 'UTC'
           from unnest(%s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[]) as t (one, plan, begun, ended)""",
        [organization, names, list(table["plan"]), list(table["start"]), list(table["end"])],
    )


@pytest.fixture(scope="module")
def lives(books: Books) -> dict[str, pd.DataFrame]:
    """The customers by organization; their curves are built."""
    tables = {"telco": telco()} | {name: drawn(seed) for name, seed in DRAWN.items()}
    for name, table in tables.items():
        load(books, name, table, date(2010, 1, 1) if name == "telco" else BEGUN)
    books.build(only="mart_plan_lifetime")
    return tables


def fitted(table: pd.DataFrame, plan: str) -> KaplanMeierFitter:
    """The curve of lifelines of a plan, of all when empty."""
    of = table[table["plan"] == plan] if plan else table
    entry = None if (of["entry"] == 0).all() else of["entry"]
    return KaplanMeierFitter().fit(of["exit"], of["is_ended"], entry=entry)


def curve(books: Books, organization: str, plan: str) -> pd.DataFrame:
    """The curve of the mart of a plan, by age in days."""
    query = "select * from marts.mart_survival where organization_id = %s and plan_id = %s order by age_days"
    return pd.DataFrame(books.rows(query, organization, plan)).set_index("age_days")


@pytest.mark.parametrize(
    ("organization", "plan"),
    [("telco", one) for one in ("", "Month-to-month", "One year", "Two year")]
    + [(name, one) for name in DRAWN for one in ("", "x", "y", "z")],
)
def test_the_estimate_and_both_bounds_are_those_of_lifelines(
    books: Books, lives: dict[str, pd.DataFrame], organization: str, plan: str
) -> None:
    table = lives[organization]
    theirs, ours = fitted(table, plan), curve(books, organization, plan)
    if organization == "telco":  # days back from the first of June are as many as the months between have
        months = {(FIRST - start).days: tenure for start, tenure in zip(table["start"], table["exit"], strict=True)}
        ours.index = pd.Index([months[age] for age in ours.index])
    assert list(ours.index) == [int(age) for age in theirs.event_table.index]
    assert list(ours["ended"]) == list(theirs.event_table["observed"])
    assert list(ours["censored"]) == list(theirs.event_table["censored"])
    late = theirs.event_table["entrance"].where(theirs.event_table.index > 0, 0)  # at risk after the age they enter
    assert list(ours["at_risk"]) == list(theirs.event_table["at_risk"] - late)
    low, high = theirs.confidence_interval_.to_numpy().T
    for name, expected in (
        ("survival_rate", theirs.survival_function_.to_numpy()[:, 0]),
        ("survival_low_rate", low),
        ("survival_high_rate", high),
    ):
        assert np.abs(ours[name].astype(float).to_numpy() - expected).max() < 1e-9, name


@pytest.mark.parametrize(("organization", "plan"), [("telco", "Month-to-month"), ("drawn", ""), ("drawn_again", "y")])
def test_the_median_life_and_its_interval_are_those_of_lifelines(
    books: Books, lives: dict[str, pd.DataFrame], organization: str, plan: str
) -> None:
    table = lives[organization]
    theirs = fitted(table, plan)
    low, high = median_survival_times(theirs.confidence_interval_).to_numpy()[0]
    query = "select * from marts.mart_plan_lifetime where organization_id = %s and plan_id = %s"
    (ours,) = books.rows(query, organization, plan)
    found = [ours["median_days"], ours["median_low_days"], ours["median_high_days"]]
    if organization == "telco":
        months = {(FIRST - start).days: tenure for start, tenure in zip(table["start"], table["exit"], strict=True)}
        found = [None if one is None else months[one] for one in found]
    expected = [theirs.median_survival_time_, low, high]
    assert found == [None if np.isinf(one) else int(one) for one in expected]


def test_both_kinds_of_customers_are_there(lives: dict[str, pd.DataFrame]) -> None:
    assert (len(lives["telco"]), int(lives["telco"]["is_ended"].sum())) == (7043, 1869)
    for name in DRAWN:
        late = lives[name]["entry"] > 0
        assert late.sum() > 100 < (~late).sum()

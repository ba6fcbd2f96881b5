"""Cohorts worked out by hand. Unless told, a company's plan `p` costs 100 and `pro` 150, all is known since 2025."""

from decimal import Decimal

import pytest

from tests.integration.conftest import Books
from tests.integration.corrupted import failing

d = Decimal
Cohort = dict[int, tuple[int, int, int, str | None, str | None, str | None]]


def company(books: Books, organization: str, since: str = "2025-01-01", as_of: str = "2025-06-01") -> None:
    """A company with the plans and without a customer; `since` is its first invoice."""
    books.add(
        "organizations",
        organization,
        datasets=["invoices", "subscriptions", "contract_prices"],
        as_of=as_of,
        grace_days=3,
        matching="event_id",
        billing_vendor="generic",
    )
    books.invoice(organization, "first", "", issued_at=since, period_end=since)
    for plan, fee, currency in (("p", "100", "USD"), ("pro", "150", "USD"), ("euro", "80", "EUR")):
        books.add("plans", organization, plan_id=plan, name=plan, billing_interval="month", currency=currency)
        books.price(
            organization, plan, plan_id=plan, charge_model="flat", unit_amount=fee, currency=currency, bill_in="advance"
        )


def customer(books: Books, organization: str, account: str, *subscriptions: str, **columns: object) -> None:
    """An account with subscriptions such as `p 2025-01-10 2025-02-20`: plan, start and end, if there is one."""
    row = {"name": account, "currency": "USD", "created_at": "2020-01-01", "is_internal": False} | columns
    books.add("accounts", organization, account_id=account, **row)
    for number, words in enumerate(subscriptions):
        plan, start, *end = words.split()
        dates = {"started_at": start, "ended_at": end[0] if end else None}
        books.subscription(organization, f"{account}{number}", account_id=account, plan_id=plan, **dates)


@pytest.fixture(scope="module", autouse=True)
def built(books: Books) -> Books:
    """All cases of this module, built once."""
    company(books, "came_back")
    customer(books, "came_back", "a", "p 2025-01-10 2025-02-20", "p 2025-04-15")
    customer(books, "came_back", "b", "p 2025-01-20")
    customer(books, "came_back", "own", "p 2025-01-20", is_internal=True)
    company(books, "moved")
    customer(books, "moved", "a", "p 2025-01-10 2025-03-10", "pro 2025-03-10")
    customer(books, "moved", "b", "pro 2025-01-10 2025-03-10", "p 2025-03-10")
    company(books, "two_currencies")
    customer(books, "two_currencies", "a", "p 2025-01-10 2025-03-10", "euro 2025-02-10")
    company(books, "nobody_left")
    customer(books, "nobody_left", "a", "p 2025-01-10")
    company(books, "survivors", since="2025-03-01")
    customer(books, "survivors", "a", "p 2024-12-10")
    customer(books, "survivors", "b", "p 2025-03-10 2025-05-10")
    company(books, "running", as_of="2025-05-15")
    customer(books, "running", "a", "p 2025-03-10 2025-05-10")
    company(books, "pauses")
    customer(books, "pauses", "a")
    books.subscription("pauses", started_at="2025-03-10", pause_start="2025-04-10", pause_end="2025-05-10")
    company(books, "trial")
    customer(books, "trial", "a")
    books.subscription("trial", started_at="2025-03-10", trial_end="2025-04-10")
    books.build(only="mart_cohort_retention mart_mrr_monthly int_customer_spells")
    return books


def cohort(books: Books, organization: str, month: str, currency: str = "USD") -> Cohort:
    """Of a cohort, by age: accounts at the start, kept, paying; rates of logos, of revenue and gross."""
    query = """select * from marts.mart_cohort_retention
        where organization_id = %s and cohort_month = %s and currency = %s order by age_months"""
    rates = ("logo_retention_rate", "revenue_retention_rate", "gross_revenue_retention_rate")
    return {
        row["age_months"]: (
            row["start_accounts"],
            row["kept_accounts"],
            row["paying_accounts"],
            *(None if row[rate] is None else f"{row[rate].normalize():f}" for rate in rates),
        )
        for row in books.rows(query, organization, month, currency)
    }


def test_who_comes_back_after_two_months_counts_again_from_then_on(books: Books) -> None:
    whole, half = (2, 2, 2, "1", "1", "1"), (2, 1, 1, "0.5", "0.5", "0.5")
    assert cohort(books, "came_back", "2025-01-01") == {0: whole, 1: half, 2: half, 3: whole, 4: whole}


def test_what_one_pays_more_is_in_the_net_rate_and_not_in_the_gross_one(books: Books) -> None:
    # in March a goes from 100 to 150 and b from 150 to 100: 250 / 250, and (100 + 100) / 250
    assert cohort(books, "moved", "2025-01-01")[1] == (2, 2, 2, "1", "1", "1")
    assert cohort(books, "moved", "2025-01-01")[2] == (2, 2, 2, "1", "1", "0.8")


def test_each_currency_has_its_own_cohorts(books: Books) -> None:
    # the dollars stop in March while the customer stays
    assert cohort(books, "two_currencies", "2025-01-01") == {
        0: (1, 1, 1, "1", "1", "1"),
        1: (1, 1, 1, "1", "1", "1"),
        **dict.fromkeys((2, 3, 4), (1, 1, 0, "1", "0", "0")),
    }
    assert cohort(books, "two_currencies", "2025-02-01", "EUR") == dict.fromkeys(range(4), (1, 1, 1, "1", "1", "1"))


def test_without_a_loss_everything_is_kept(books: Books) -> None:
    assert cohort(books, "nobody_left", "2025-01-01") == dict.fromkeys(range(5), (1, 1, 1, "1", "1", "1"))


def test_a_cohort_of_which_only_survivors_are_known_has_no_rates(books: Books) -> None:
    assert cohort(books, "survivors", "2024-12-01") == dict.fromkeys(range(6), (1, 1, 1, None, None, None))
    assert cohort(books, "survivors", "2025-03-01")[2] == (1, 0, 0, "0", "0", "0")


def test_a_month_that_runs_is_left_out(books: Books) -> None:
    assert cohort(books, "running", "2025-03-01") == dict.fromkeys((0, 1), (1, 1, 1, "1", "1", "1"))


def test_a_pause_keeps_the_customer_and_pays_nothing_and_a_trial_is_no_start(books: Books) -> None:
    assert cohort(books, "pauses", "2025-03-01") == {
        0: (1, 1, 1, "1", "1", "1"),
        1: (1, 1, 0, "1", "0", "0"),
        2: (1, 1, 1, "1", "1", "1"),
    }
    assert cohort(books, "trial", "2025-03-01") == {}
    assert set(cohort(books, "trial", "2025-04-01")) == {0, 1}


def test_every_customer_starts_one_cohort_and_every_month_adds_up(books: Books) -> None:
    (row,) = books.rows(
        """select sum(start_accounts) filter (where age_months = 0) as started, sum(mrr_amount) as mrr
           from marts.mart_cohort_retention where organization_id = 'moved'"""
    )
    assert (row["started"], row["mrr"]) == (2, d("1250"))  # five months of 250


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ("set mrr_amount = mrr_amount + 0.01", "conserves_mart_cohort_retention_organization_id__currency__month__mrr"),
        ("set paying_accounts = 3", "conserves_mart_cohort_retention_organization_id__currency__month__paying"),
        ("set start_accounts = 3 where age_months = 2", "cohort_whose_start_changes"),
        ("set gross_kept_mrr_amount = 999", "holds_mart_cohort_retention_gross_kept"),
        ("set kept_accounts = 9 where age_months = 1", "holds_mart_cohort_retention_kept_accounts"),
        ("set logo_retention_rate = 1.1 where age_months = 1", "rates_mart_cohort_retention"),
    ],
)
def test_the_checks_find_a_broken_row(books: Books, change: str, check: str) -> None:
    assert [name for name in failing(books, "mart_cohort_retention", change) if name.startswith(check)]


def test_the_checks_pass_on_what_was_built(books: Books) -> None:
    assert set(books.dbt("test", "--select", "mart_cohort_retention", "int_customer_spells").values()) == {"pass"}


def test_a_loss_that_is_no_end_of_a_life_is_found(books: Books) -> None:
    books.connection.execute("update intermediate.int_customer_spells set left_at = null where plan_id = ''")
    name = "lost_customer_whose_life_goes_on"
    assert books.dbt("test", "--select", name) == {name: "fail"}
    books.build(only="int_customer_spells")

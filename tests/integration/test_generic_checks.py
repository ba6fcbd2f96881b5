"""The kinds of test that every mart uses, each seen to fail, and intervals of shares against published ones."""

from datetime import date
from decimal import Decimal

import pytest

from tests.integration.conftest import Books

# R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I,
# method 3 (score without continuity correction): events, trials, lower and upper bound to four decimals.
PUBLISHED = [
    (81, 263, "0.2553", "0.3662"),
    (15, 148, "0.0624", "0.1605"),
    (0, 20, "0.0000", "0.1611"),
    (1, 29, "0.0061", "0.1718"),
]
# What is written into the one row that each test looks at, so that it fails.
BROKEN = {
    "grain": "insert into staging.checked values ('org', 'a', 'open', 0.5, 10)",
    "not_null": "update staging.checked set account_id = null",
    "accepted_values": "update staging.checked set status = 'lost'",
    "bounds": "update staging.checked set paid_rate = 1.01",
    "rates": "update staging.checked set paid_rate = -0.01",
    "never_null": "update staging.checked set status = null",
    "relationships": "update staging.checked set account_id = 'nobody'",
    "conserves": "update staging.checked set amount = 10.01",
    "holds": "update staging.checked set paid_rate = null",
}
QUERIES = {
    "grain": "{{ test_grain('staging.checked', ['organization_id', 'account_id']) }}",
    "not_null": "{{ test_not_null('staging.checked', 'account_id') }}",
    "accepted_values": "{{ test_accepted_values('staging.checked', 'status', ['open', 'paid']) }}",
    "rates": "{{ test_rates('staging.checked', ['paid_rate']) }}",
    "never_null": "{{ test_never_null('staging.checked', ['amount', 'status']) }}",
    "bounds": "{{ test_bounds('staging.checked', 'paid_rate', 0, 1) }}",
    "relationships": "{{ test_relationships('staging.checked', 'account_id', 'staging.checked_of', 'account_id') }}",
    "conserves": (
        "{{ test_conserves('staging.checked', 'amount', 'staging.checked_of', 'owed_amount',"
        " ['organization_id', 'account_id']) }}"
    ),
    "holds": "{{ test_holds('staging.checked', 'paid_rate * amount <= amount') }}",
}


def compiled(books: Books, template: str) -> bytes:
    """The SQL that dbt makes of a template."""
    return books.compile(template).encode()


@pytest.fixture(scope="module", autouse=True)
def tables(books: Books) -> None:
    books.connection.execute("create schema if not exists staging")
    columns = "organization_id text, account_id text, status text, paid_rate numeric, amount numeric"
    books.connection.execute(f"create table staging.checked ({columns})".encode())
    books.connection.execute(
        "create table staging.checked_of (organization_id text, account_id text, owed_amount numeric)"
    )
    books.connection.execute("insert into staging.checked_of values ('org', 'a', 4), ('org', 'a', 6)")
    books.connection.commit()


@pytest.mark.parametrize("check", BROKEN)
def test_every_kind_of_check_passes_on_sound_rows_and_finds_broken_ones(books: Books, check: str) -> None:
    query = compiled(books, QUERIES[check])
    books.connection.execute("truncate staging.checked")
    books.connection.execute("insert into staging.checked values ('org', 'a', 'open', 0.5, 10)")
    assert books.connection.execute(query).fetchall() == []
    books.connection.execute(BROKEN[check].encode())
    assert books.connection.execute(query).fetchall()


def test_months_that_are_not_built_are_not_looked_at(books: Books) -> None:
    """The setting is that of the run; what another month holds was checked when that was built."""
    created = (
        "create table staging.by_month as select 'a' as key, month::date, 1 as amount from unnest(%s::date[]) as month"
    )
    books.connection.execute(created, [["2025-01-01", "2025-01-01", "2025-02-01"]])
    of_february = "create table staging.of_february as select * from staging.by_month where month = '2025-02-01'"
    books.connection.execute(of_february)
    grain = compiled(books, "{{ test_grain('staging.by_month', ['key', 'month'], 'month') }}")
    by = "['key', 'month'], month='month'"
    conserves = compiled(
        books, f"{{{{ test_conserves('staging.by_month', 'amount', 'staging.of_february', 'amount', {by}) }}}}"
    )
    january = date(2025, 1, 1)
    assert books.connection.execute(grain).fetchall() == [("a", january, 2)]
    assert books.connection.execute(conserves).fetchall() == [("a", january, 2, None)]
    with books.connection.transaction(force_rollback=True):
        books.connection.execute("set local revenue.from_month = '2025-02-01'")
        assert books.connection.execute(grain).fetchall() == []
        assert books.connection.execute(conserves).fetchall() == []


def test_a_key_that_only_the_source_has_is_not_conserved(books: Books) -> None:
    query = compiled(books, QUERIES["conserves"])
    books.connection.execute("truncate staging.checked")
    assert books.connection.execute(query).fetchall() == [("org", "a", None, Decimal(10))]


@pytest.mark.parametrize(("events", "trials", "low", "high"), PUBLISHED)
def test_intervals_of_shares_are_those_published(books: Books, events: int, trials: int, low: str, high: str) -> None:
    query = compiled(
        books, f"select {{{{ wilson_low({events}, {trials}) }}}}, {{{{ wilson_high({events}, {trials}) }}}}"
    )
    found = books.connection.execute(query).fetchone()
    assert found is not None
    assert tuple(round(bound, 4) for bound in found) == (Decimal(low), Decimal(high))


def test_a_share_of_nothing_has_no_interval(books: Books) -> None:
    query = compiled(books, "select {{ wilson_low(0, 0) }}, {{ wilson_high(0, 0) }}")
    assert books.connection.execute(query).fetchall() == [(None, None)]

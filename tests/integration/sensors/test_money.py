"""The sensors of leaks and payment failures: what makes them tell, and what keeps them quiet. Amounts by hand."""

import psycopg

from revenue_assets.alerts.condition import Severity
from revenue_assets.automation.sensors.leaks import leak_conditions
from revenue_assets.automation.sensors.payment_failures import payment_failure_conditions
from tests.integration.sensors.world import Tick, alerts, d, leak, owner


def test_leaks_are_told_by_amount_or_by_rate_under_and_over_apart(connection: psycopg.Connection) -> None:
    for organization in ("acme", "small", "rate", "strict", "yen"):
        owner(connection, organization)
    months = {"billing_month": "2026-08-01"}
    leak(connection, "acme", "a1", "700.10", recoverable_amount="700.10", recoverable_until="2026-12-05")
    leak(connection, "acme", "a2", "299.90", **months, remedy="write_off")
    leak(connection, "acme", "a1", "-1500.00", direction="over", code="U8", name="reported_twice", remedy="credit_note")
    leak(connection, "acme", "a3", "5000", maturity="in_grace")
    leak(connection, "acme", "a3", "5000", certainty="potential")
    leak(connection, "small", "a1", "999.99")
    leak(connection, "rate", "a1", "100.00")  # 2 % of August, and less than 1 % of both months
    connection.execute(
        "insert into marts.mart_revenue_ladder values ('rate', 'USD', '2026-09-01', 'entitled', 5000),"
        " ('rate', 'USD', '2026-10-01', 'entitled', 50000), ('small', 'USD', '2026-09-01', 'entitled', 99999.01)"
    )
    leak(connection, "strict", "a1", "50")
    leak(connection, "yen", "a1", "99999", currency="JPY")

    found = {condition.cause: condition for condition in leak_conditions(connection)}
    assert {cause: condition.level for cause, condition in found.items()} == {
        "acme:USD:U1:under": d("1000.00"),
        "acme:USD:U8:over": d("1500.00"),
        "rate:USD:U1:under": d("100.00"),
        "strict:USD:U1:under": d("50"),
    }
    under = found["acme:USD:U1:under"]
    assert under.title == "acme: 1,000.00 USD lost, unreported usage (U1)"
    assert under.top_accounts == (("a1", "700.10 USD"), ("a2", "299.90 USD"))
    facts = dict(under.facts)
    assert facts["Amount"] == "1,000.00 USD lost in 2 findings of 2 accounts"
    assert facts["Months"] == "2026-08 to 2026-09"
    assert facts["Cause"] == "these events were used, and the billing system's meter never got them"
    assert facts["Recoverable"] == "700.10 USD, the first of it until 2026-12-05 00:00 UTC"
    assert facts["Threshold"] == "1,000.00 USD or 1% of what was entitled in a month"
    assert under.link.endswith("/assets/marts/revmatch_leaks")
    assert under.severity is Severity.WARNING
    assert dict(found["rate:USD:U1:under"].facts)["Worst month"] == "2.00% of what was entitled in 2026-09"
    assert found["acme:USD:U8:over"].title == "acme: 1,500.00 USD overpaid by customers, reported twice (U8)"
    assert dict(found["acme:USD:U8:over"].facts)["Recoverable"] == "nothing: it belongs to the customers"


def test_a_leak_is_told_once_again_when_grown_and_when_it_is_gone(connection: psycopg.Connection, tick: Tick) -> None:
    owner(connection, "acme")
    assert tick("leak_over_threshold") == "All final findings looked at; 0 conditions."
    leak(connection, "acme", "a1", "1000")
    assert tick("leak_over_threshold") == "All final findings looked at; 1 condition, 1 new."
    assert tick("leak_over_threshold") == "All final findings looked at; 1 condition."
    leak(connection, "acme", "a2", "9000")
    assert tick("leak_over_threshold") == "All final findings looked at; 1 condition, 1 grown."
    assert leak_conditions(connection)[0].severity is Severity.CRITICAL
    connection.execute("delete from marts.revmatch_leaks")
    assert tick("leak_over_threshold") == "All final findings looked at; 0 conditions, 1 cleared."
    assert alerts(connection) == [("acme:USD:U1:under", False)]


def test_a_spike_of_payment_failures_is_told_with_codes_and_accounts(
    connection: psycopg.Connection, tick: Tick
) -> None:
    connection.execute(
        "insert into marts.mart_payment_failure_spike values"
        " ('acme', '2026-11-10', '2026-11-07', 30, 15, 0.5, 200, 10, 0.05, 0.231, true),"
        " ('calm', '2026-11-10', '2026-11-07', 30, 2, 0.066, 200, 10, 0.05, -0.05, false)"
    )
    connection.execute(
        "insert into intermediate.int_invoice_payments values"
        " ('acme', 'a1', 'USD', 'do_not_honor', 12.5, '2026-11-08', false),"
        " ('acme', 'a1', 'USD', 'do_not_honor', 10, '2026-11-09', false),"
        " ('acme', 'a2', 'JPY', null, 900, '2026-11-09', false),"
        " ('acme', 'a3', 'USD', null, 70, '2026-11-09', true),"
        " ('acme', 'a4', 'USD', 'do_not_honor', 70, '2026-11-06', false)"
    )
    connection.execute("insert into raw.currencies values ('JPY', 0) on conflict do nothing")
    (condition,) = payment_failure_conditions(connection)
    assert condition.title == "acme: 50.0% of first payments failed in 3 days, 5.0% before"
    assert (condition.level, condition.unit) == (d("50.0"), "%")
    facts = dict(condition.facts)
    assert facts["Declined"] == "2 do_not_honor, 1 no code"
    assert facts["Not collected at first"] == "900 JPY and 22.50 USD"
    assert condition.top_accounts == (("a1", "22.50 USD in 2 invoices"), ("a2", "900 JPY in 1 invoices"))
    assert tick("payment_failure_spike") == "First payments of all organizations looked at; 1 condition, 1 new."
    connection.execute("update marts.mart_payment_failure_spike set is_spike = false")
    assert tick("payment_failure_spike") == "First payments of all organizations looked at; 0 conditions, 1 cleared."

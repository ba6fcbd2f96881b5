"""A rebuild of any months in any order gives the same tables, and the conservation tests find a rung that is broken."""

from decimal import Decimal

import pytest

from revenue_assets.assets.dbt_manifest import load_manifest
from revenue_assets.settings import PROJECT_DIR
from tests.integration.conftest import Books, Row

TABLES = [
    "intermediate.int_billed_lines",
    "intermediate.int_line_money",
    "intermediate.int_ladder_steps",
    "intermediate.int_stopped_billing",
    "intermediate.int_document_findings",
    "intermediate.int_finding_parts",
    "intermediate.int_usage_week_sums",
    "intermediate.int_usage_meter_days",
    "intermediate.int_ladder",
    "intermediate.int_leak_causes",
    "marts.revmatch_leaks",
    "marts.mart_account_reconciliation",
    "marts.mart_absorbed_usage",
    "marts.mart_revenue_ladder",
    "marts.mart_revenue_monthly",
    "marts.mart_executive_kpis",
    "marts.mart_executive_findings",
]
PERIODS = {"2025-01": ("2025-01-01", "2025-01-15"), "2025-02": ("2025-01-15", "2025-02-15")}
PERIODS |= {"2025-03": ("2025-02-15", "2025-03-15")}
CONSERVATION = [
    "ladder_step_whose_causes_do_not_add_up",
    "ladder_row_that_loses_money_without_a_cause",
    "mart_ladder_rung_that_differs_from_its_items",
]


@pytest.fixture(scope="module", autouse=True)
def company(books: Books) -> Books:
    """Three periods that do not end with the month, paid by invoices that span two of them."""
    books.company("acme", fee="31.00", without="")
    for start, end in PERIODS.values():
        books.period("acme", start, end)
        books.usage("acme", "100 100 90 90 90 90 95", start, end)
    for invoice, (start, end) in PERIODS.items():
        books.invoice("acme", invoice, "recurring - 31.00, tax - 5.00", period_start=start, period_end=end)
        books.payment("acme", invoice, "40.00")
    line = {"kind": "usage", "meter_id": "calls", "units": 90, "amount": "9.00", "currency": "USD"}
    line |= {"invoice_id": "2025-02", "period_start": "2025-01-01", "period_end": "2025-01-15"}
    books.add("invoice_lines", "acme", invoice_line_id="arrears", **line)
    # no period end: in which month it lies must not depend on the months that are loaded
    books.add("invoice_lines", "acme", **(line | {"invoice_line_id": "endless", "period_end": None}))
    return books


def tables(books: Books) -> dict[str, list[Row]]:
    """The content of every table that a rebuild must reproduce, in a fixed order."""
    return {name: sorted(books.rows(f"select * from {name}"), key=repr) for name in TABLES}


def test_months_in_any_order_give_the_same_tables(books: Books) -> None:
    assert set(books.dbt("build", first="2025-01", last="2025-03").values()) == {"success", "pass"}
    at_once = tables(books)
    assert {row["billing_month"].isoformat()[:7] for row in at_once["marts.revmatch_leaks"]} == set(PERIODS)

    for schema in ("marts", "intermediate", "staging"):
        books.connection.execute(f"drop schema {schema} cascade")
    books.connection.execute("create table every_period as select * from lake.billing_periods")
    for month in ("2025-03", "2025-01", "2025-02"):
        # a month must not need the periods of others: they may never have been closed
        books.connection.execute("truncate lake.billing_periods")
        books.connection.execute(
            "insert into lake.billing_periods select * from every_period where billing_month = %s", [f"{month}-01"]
        )
        books.build(month, month)
    books.connection.execute("truncate lake.billing_periods")
    books.connection.execute("insert into lake.billing_periods select * from every_period")
    assert tables(books) == at_once


def test_a_finding_whose_reason_is_gone_disappears(books: Books) -> None:
    january = "select code from marts.revmatch_leaks where billing_month = '2025-01-01' order by code"
    assert [row["code"] for row in books.rows(january)] == ["C6", "U1", "U9", "unposted"]
    books.connection.execute(
        "update lake.period_usage set units_less_unreported = 100, units_requantified = 100, units_reported = 90, "
        "units_less_overwritten = 90, units_with_reported_twice = 90 where billing_month = '2025-01-01'"
    )
    books.connection.execute("delete from raw.invoice_lines where invoice_line_id = 'endless'")
    books.build("2025-01", "2025-01")
    assert [row["code"] for row in books.rows(january)] == ["C6", "U10"]


def test_money_and_lines_that_come_after_a_close_do_not_break_the_next_one(books: Books) -> None:
    late = {
        "attempt_number": 2,
        "attempted_at": "2025-06-01",
        "currency": "USD",
        "status": "succeeded",
        "amount": "3.00",
    }
    books.add("payment_attempts", "acme", attempt_id="late", invoice_id="2025-01", **late)
    line = {"kind": "other", "amount": "1.00", "currency": "USD", "invoice_id": "2025-01", "invoice_line_id": "late"}
    books.add("invoice_lines", "acme", **line)
    assert set(books.dbt("build", first="2025-03", last="2025-03").values()) == {"success", "pass"}


def test_a_month_without_rows_is_emptied(books: Books) -> None:
    books.connection.execute("delete from lake.period_usage where billing_month = '2025-03-01'")
    books.connection.execute("delete from lake.billing_periods where billing_month = '2025-03-01'")
    books.build("2025-03", "2025-03")
    assert not books.rows("select * from intermediate.int_ladder where billing_month = '2025-03-01'")


def test_a_broken_rung_fails_the_conservation_tests(books: Books) -> None:
    test = ["test", "--select", *CONSERVATION]
    assert set(books.dbt(*test).values()) == {"pass"}
    books.connection.execute(
        "update intermediate.int_rated_items set invoiced_amount = invoiced_amount + %s where item = 'calls'",
        [Decimal("0.01")],
    )
    results = books.dbt(*test)
    assert {name for name, status in results.items() if status == "fail"} == {
        "ladder_step_whose_causes_do_not_add_up",
        "mart_ladder_rung_that_differs_from_its_items",
    }
    books.connection.execute("update intermediate.int_rated_items set cash_amount = cash_amount + 1")
    assert books.dbt(*test)["ladder_row_that_loses_money_without_a_cause"] == "fail"


def test_every_model_has_a_grain_and_every_column_its_type_and_description(books: Books) -> None:
    manifest = load_manifest()
    models = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    tested = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == "grain"
    }
    assert {node["unique_id"] for node in models} == tested
    query = """
        select attname as name,
            replace(format_type(atttypid, atttypmod), 'timestamp with time zone', 'timestamptz') as type
        from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum
    """
    for node in models:
        assert node["description"], node["name"]
        described = {name: column["data_type"].replace(" ", "") for name, column in node["columns"].items()}
        built = books.rows(query, f"{node['schema']}.{node['name']}")
        assert described == {row["name"]: row["type"] for row in built}, node["name"]
        assert all(column["description"] for column in node["columns"].values()), node["name"]


def test_every_test_of_our_own_opens_with_what_a_row_means_and_is_a_check_of_one_model() -> None:
    manifest = load_manifest()
    singular = [node for node in manifest["nodes"].values() if node["path"].startswith("singular")]
    singular = [node for node in singular if node["resource_type"] == "test"]
    assert len(singular) == len(list((PROJECT_DIR / "dbt/tests/singular").glob("*.sql"))) > 9
    for node in singular:
        assert node["raw_code"].startswith("-- A row is "), node["name"]
        # Dagster shows a test as the check of the model that it reads or, if it reads several, of the one it names
        assert len(node["depends_on"]["nodes"]) == 1 or node["config"]["meta"]["dagster"]["ref"], node["name"]

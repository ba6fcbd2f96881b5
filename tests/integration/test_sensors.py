"""Each sensor: what makes it tell, what keeps it quiet, and what its tick says. Amounts are worked out by hand."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from revenue_assets.alerts.condition import Severity
from revenue_assets.alerts.failed_deliveries import JOB as FAILED_DELIVERIES
from revenue_assets.automation.sensors.collected import sensors
from revenue_assets.automation.sensors.failed_runs import EndedRun, failed_run_conditions
from revenue_assets.automation.sensors.leaks import leak_conditions
from revenue_assets.automation.sensors.payment_failures import payment_failure_conditions
from revenue_assets.automation.sensors.stale_sources import WatchedSource, stale_source_conditions, watched_sources
from revenue_assets.contract.delivered import Delivered
from revenue_assets.partitions import monthly_partitions
from revenue_assets.settings import get_settings
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.connection import connect
from revenue_assets.warehouse.loaded_months import note_loaded

d = Decimal
TABLES = """
create schema marts; create schema intermediate; create schema staging;
create table staging.alert_thresholds (
    organization_id text, currency text, leak_amount numeric, leak_rate numeric, minimum_amount numeric,
    critical_amount numeric
);
insert into staging.alert_thresholds values
    ('*', '*', 1000, 0.01, 100, 10000), ('*', 'JPY', 100000, null, 0, 1000000), ('strict', '*', 50, null, 0, 10000);
create table marts.revmatch_leaks (
    organization_id text, account_id text, currency text, code text, name text default 'unreported_usage',
    direction text default 'under', certainty text default 'confirmed', maturity text default 'finalized',
    billing_month date default '2026-09-01', leak_amount numeric, recoverable_amount numeric default 0,
    recoverable_until timestamptz, remedy text default 'draft_invoice', severity text default 'low'
);
create table marts.mart_revenue_ladder (
    organization_id text, currency text, billing_month date, rung text, amount numeric
);
create table marts.mart_payment_failure_spike (
    organization_id text, as_of timestamptz, recent_from timestamptz, recent_attempts bigint, recent_failures bigint,
    recent_failure_rate numeric, baseline_attempts bigint, baseline_failures bigint, baseline_failure_rate numeric,
    rise_low_rate numeric, is_spike boolean
);
create table intermediate.int_invoice_payments (
    organization_id text, account_id text, currency text, first_decline_code text, due_amount numeric,
    first_attempted_at timestamptz, is_first_attempt_successful boolean
);
"""


@dg.multi_asset(
    specs=[dg.AssetSpec("numbers")],
    partitions_def=monthly_partitions(),
    check_specs=[dg.AssetCheckSpec("adds_up", asset="numbers", description="What came in went on.")],
)
def numbers(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
    told = context.run.tags.get("passes", "yes")
    if told == "raises":
        raise ValueError("the disk is full")
    result = dg.AssetCheckResult(
        passed=told == "yes",
        severity=dg.AssetCheckSeverity.ERROR if told == "no" else dg.AssetCheckSeverity.WARN,
        description="3 rows do not add up",
        metadata={"dagster_dbt/failed_row_count": 3},
    )
    yield dg.MaterializeResult("numbers", check_results=[result])


CLOSE = dg.define_asset_job("monthly_close", selection=[numbers])
SENSORS = {sensor.name: sensor for sensor in sensors(CLOSE)}
REPOSITORY = dg.Definitions(assets=[numbers], jobs=[CLOSE], sensors=list(SENSORS.values())).get_repository_def()
Tick = Callable[[str], str]


@pytest.fixture
def connection(warehouse: DatabaseAddress) -> Iterator[psycopg.Connection]:
    with connect(autocommit=True) as connection:
        connection.execute(TABLES)
        yield connection


@pytest.fixture
def instance() -> dg.DagsterInstance:
    return dg.DagsterInstance.ephemeral()


@pytest.fixture
def tick(instance: dg.DagsterInstance) -> Tick:
    """Evaluates a sensor as the daemon does, and gives the sentence of the tick."""
    cursors: dict[str, str | None] = {}

    def evaluate(name: str) -> str:
        context = dg.build_sensor_context(instance, cursors.get(name), repository_def=REPOSITORY)
        ticked = SENSORS[name].evaluate_tick(context)
        cursors[name] = ticked.cursor
        return ticked.skip_message or ""

    return evaluate


def close(instance: dg.DagsterInstance, passes: str = "yes", month: str = "2026-10") -> str:
    """A run of the job over a month; its id."""
    job = REPOSITORY.get_job("monthly_close")
    done = job.execute_in_process(instance=instance, partition_key=month, tags={"passes": passes}, raise_on_error=False)
    return done.run_id


def leak(connection: psycopg.Connection, organization: str, account: str, amount: str, **columns: object) -> None:
    row: dict[str, object] = {"organization_id": organization, "account_id": account, "currency": "USD", "code": "U1"}
    row |= {"leak_amount": amount} | columns
    names = ", ".join(row)
    values = ", ".join(f"%({name})s" for name in row)
    connection.execute(f"insert into marts.revmatch_leaks ({names}) values ({values})".encode(), row)


def owner(connection: psycopg.Connection, organization: str, datasets: str = "{}") -> None:
    connection.execute(
        "insert into raw.organizations (organization_id, source_name, as_of, grace_days, matching, datasets)"
        " values (%s, 'shop', '2026-11-01', 3, 'event_id', %s)",
        [organization, datasets],
    )


def alerts(connection: psycopg.Connection) -> list[tuple[str, bool]]:
    query = "select cause, cleared_at is null from app.alerts order by opened_at, cause"
    return connection.execute(query).fetchall()


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


def test_a_failed_check_is_told_until_it_passes(
    connection: psycopg.Connection, instance: dg.DagsterInstance, tick: Tick
) -> None:
    assert tick("failed_check") == "0 of 1 checks evaluated; 0 conditions."
    close(instance)
    assert tick("failed_check") == "1 of 1 checks evaluated; 0 conditions."
    run_id = close(instance, "no")
    assert tick("failed_check") == "1 of 1 checks evaluated; 1 condition, 1 new."
    ((stored,),) = connection.execute("select condition from app.alerts").fetchall()
    assert (stored["cause"], stored["severity"], stored["level"]) == ("numbers:adds_up", "critical", "3")
    facts = dict(stored["facts"])
    assert facts["Demands"] == "What came in went on."
    assert facts["Found"] == "3 rows do not add up"
    assert facts["Months"] == "2026-10"
    assert facts["Run"].endswith(f"/runs/{run_id}")
    close(instance, "warns")
    assert tick("failed_check") == "1 of 1 checks evaluated; 1 condition."
    close(instance)
    assert tick("failed_check") == "1 of 1 checks evaluated; 0 conditions, 1 cleared."


def test_a_failed_run_is_told_with_its_reason_until_the_same_months_succeed(
    connection: psycopg.Connection, instance: dg.DagsterInstance, tick: Tick
) -> None:
    close(instance)
    assert tick("failed_run").endswith("0 conditions.")
    close(instance, "raises")
    assert tick("failed_run").endswith("1 condition, 1 new.")
    ((stored,),) = connection.execute("select condition from app.alerts").fetchall()
    assert stored["title"] == "Run failed: monthly_close of simulated, 2026-10"
    assert "the disk is full" in dict(stored["facts"])["Reason"]
    close(instance, month="2026-09")
    assert not tick("failed_run").endswith("cleared.")
    close(instance)
    assert tick("failed_run").endswith("1 cleared.")
    assert alerts(connection) == [("monthly_close:simulated:2026-10", False)]


@pytest.mark.parametrize(
    ("marked", "reason"),
    [
        (None, "The process of the run was killed (no memory was left, or the machine went down): launch"),
        ("PostgreSQL went away", "PostgreSQL went away"),
    ],
)
def test_a_run_that_could_not_say_why_it_failed_is_told_too(
    connection: psycopg.Connection, instance: dg.DagsterInstance, tick: Tick, marked: str | None, reason: str
) -> None:
    """Such as one whose process was killed: the code server marks it as failed."""
    run = instance.create_run_for_job(REPOSITORY.get_job("monthly_close"), tags={"dagster/partition": "2026-10"})
    instance.report_run_failed(run, marked)
    assert tick("failed_run").endswith("1 condition, 1 new.")
    ((stored,),) = connection.execute("select condition from app.alerts").fetchall()
    assert dict(stored["facts"])["Reason"].startswith(reason)
    close(instance)
    assert tick("failed_run").endswith("1 cleared.")


def ended(months: str, *, is_success: bool, job: str = "monthly_close", assets: str = "") -> EndedRun:
    return EndedRun("r", job, ("shop",), tuple(months.split()), assets, is_success, "" if is_success else "broken")


@pytest.mark.parametrize(
    ("runs", "causes"),
    [
        ([ended("2026-09 2026-10", is_success=False)], ["monthly_close:shop:2026-09..2026-10"]),
        ([ended("2026-10", is_success=False), ended("2026-09 2026-10", is_success=True)], []),
        ([ended("2026-09 2026-10", is_success=False), ended("2026-10", is_success=True)], ["2026-09..2026-10"]),
        ([ended("2026-10", is_success=True), ended("2026-10", is_success=False)], ["2026-10"]),
        ([ended("2026-10", is_success=False), ended("2026-10", is_success=True, job="source_sync")], ["2026-10"]),
        ([ended("2026-10", is_success=False, assets="x"), ended("2026-10", is_success=True, assets="y")], ["x"]),
        ([ended("", is_success=False), ended("", is_success=True)], []),
        ([ended("", is_success=False, job=FAILED_DELIVERIES)], []),
    ],
)
def test_only_the_same_job_over_the_same_months_puts_a_failure_right(runs: list[EndedRun], causes: list[str]) -> None:
    conditions, scope = failed_run_conditions(runs)
    assert [condition.cause for condition in conditions if not condition.cause.endswith(tuple(causes))] == []
    assert len(conditions) == len(causes)
    assert {condition.cause for condition in conditions} <= scope


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


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def hours_ago(hours: float) -> datetime:
    return NOON - timedelta(hours=hours)


@pytest.mark.parametrize(
    ("latest", "loaded", "level", "cause"),
    [
        (2.0, 1.0, None, ""),
        (6.0, 1.0, None, ""),
        (6.5, 1.0, "6.5", "It was asked, and delivers nothing newer."),
        (20.0, 19.0, "20.0", "It was not asked for as long: its sync does not run, or fails."),
        (None, None, "6", "It was not asked for as long: its sync does not run, or fails."),
    ],
)
def test_a_source_is_stale_when_its_newest_data_is_older_than_it_promises(
    latest: float | None, loaded: float | None, level: str | None, cause: str
) -> None:
    source = WatchedSource("shop", 6, hours_ago(latest) if latest else None, hours_ago(loaded) if loaded else None)
    conditions = stale_source_conditions([source], NOON)
    assert [str(condition.level) for condition in conditions] == ([level] if level else [])
    if conditions:
        assert dict(conditions[0].facts)["Cause"] == cause


def test_only_sources_that_promise_something_are_watched(
    connection: psycopg.Connection, tick: Tick, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("live", "freshness_hours = 6"), ("told", "freshness_hours = 6"), ("history", "")):
        (tmp_path / "sources" / name).mkdir(parents=True)
        (tmp_path / "sources" / name / "source.toml").write_text(text)
        (tmp_path / "sources" / name / "usage_events.sql").write_text("select 1")
    (tmp_path / "sources" / "told" / "as_of.sql").write_text("select now()")
    monkeypatch.setenv("REVENUE_SOURCES_DIR", str(tmp_path / "sources"))
    monkeypatch.setenv("REVENUE_SOURCES", "live,told,history,unknown")
    get_settings.cache_clear()
    delivered = {"2026-10": Delivered(1, "x:1", hours_ago(9)), "2026-11": Delivered(1, "x:2", hours_ago(7))}
    for name in ("live", "told", "history"):
        note_loaded(connection, name, "usage_events", delivered, hours_ago(1))
        connection.execute(
            "insert into raw.organizations (organization_id, source_name, as_of, grace_days, matching, datasets)"
            " values (%s, %s, %s, 3, 'event_id', '{}')",
            [name, name, hours_ago(2)],
        )
    watched, unread = watched_sources(connection)
    assert {source.name: source.latest_at for source in watched} == {"live": hours_ago(7), "told": hours_ago(2)}
    assert unread == [f"There is no source 'unknown' in {tmp_path / 'sources'}; there is history, live, told."]
    assert tick("stale_source").startswith("2 sources watched; There is no source 'unknown'")


def test_a_warehouse_that_does_not_answer_is_one_sentence(
    home: Path, tick: Tick, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVENUE_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")
    get_settings.cache_clear()
    for name in SENSORS:
        assert tick(name).startswith("PostgreSQL at 127.0.0.1:9 does not let us in ("), name


def test_before_anything_was_built_that_is_said(warehouse: DatabaseAddress, tick: Tick) -> None:
    for name in ("leak_over_threshold", "payment_failure_spike"):
        assert tick(name) == "What this looks at has not been built yet: close a month first."

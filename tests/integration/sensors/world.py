"""What sensors look at: marts that are filled by hand, and a job whose check passes or fails as a tag says."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import dagster as dg
import psycopg

from revenue_assets.automation.sensors.collected import sensors
from revenue_assets.partitions import monthly_partitions

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

-- What the lake publishes to the warehouse: one row per account, item and billing period, never single events.
-- Quantities are numeric(38,12); period_start and period_end are the served window [start, end) in UTC;
-- billing_month is the first day of the UTC month in which the period ends.

create table if not exists lake.billing_periods (
    source_name text not null,
    organization_id text not null,
    account_id text not null,
    subscription_id text not null,
    plan_id text not null,
    currency text,
    period_start timestamptz not null,
    period_end timestamptz not null,
    days_in_service integer not null,
    days_in_period integer not null,
    seconds_in_service bigint not null,
    seconds_in_period bigint not null,
    fraction numeric(38, 12) not null,
    billing_month date not null,
    primary key (organization_id, subscription_id, period_start)
);

create table if not exists lake.period_usage (
    source_name text not null,
    organization_id text not null,
    account_id text not null,
    subscription_id text not null,
    meter_id text not null,
    period_start timestamptz not null,
    period_end timestamptz not null,
    billing_month date not null,
    events_actual bigint not null,
    events_reported bigint,
    units_actual numeric(38, 12) not null,
    units_less_rejected numeric(38, 12) not null,
    units_less_unreported numeric(38, 12) not null,
    units_requantified numeric(38, 12) not null,
    units_less_overwritten numeric(38, 12) not null,
    units_with_reported_twice numeric(38, 12) not null,
    units_reported numeric(38, 12) not null,
    first_event_at timestamptz,
    last_event_at timestamptz,
    primary key (organization_id, subscription_id, meter_id, period_start)
);

create table if not exists lake.period_findings (
    source_name text not null,
    organization_id text not null,
    account_id text not null,
    subscription_id text not null,
    meter_id text not null,
    period_start timestamptz not null,
    period_end timestamptz not null,
    billing_month date not null,
    code text not null,
    events bigint not null,
    units numeric(38, 12) not null,
    first_event_at timestamptz,
    last_event_at timestamptz,
    primary key (organization_id, subscription_id, meter_id, period_start, code)
);

-- What events cost under a percentage price, unrounded: the only amounts that need the events.
create table if not exists lake.period_amounts (
    source_name text not null,
    organization_id text not null,
    account_id text not null,
    subscription_id text not null,
    meter_id text not null,
    period_start timestamptz not null,
    period_end timestamptz not null,
    billing_month date not null,
    side text not null,
    price_id text not null,
    actual_amount numeric(38, 26) not null,
    less_rejected_amount numeric(38, 26) not null,
    less_unreported_amount numeric(38, 26) not null,
    requantified_amount numeric(38, 26) not null,
    with_reported_twice_amount numeric(38, 26) not null,
    reported_amount numeric(38, 26) not null,
    in_time_amount numeric(38, 26) not null,
    primary key (organization_id, subscription_id, meter_id, period_start, side, price_id)
);

-- Items of which something was reported too late for its invoice, or of which the value received last is not the one
-- that happened last.
create table if not exists lake.period_arrivals (
    source_name text not null,
    organization_id text not null,
    account_id text not null,
    subscription_id text not null,
    meter_id text not null,
    period_start timestamptz not null,
    period_end timestamptz not null,
    billing_month date not null,
    late_events bigint not null,
    units_in_time numeric(38, 12) not null,
    units_received_last numeric(38, 12),
    first_event_at timestamptz,
    last_event_at timestamptz,
    primary key (organization_id, subscription_id, meter_id, period_start)
);

-- Hours in which a meter counted far less than it should have: one row per gap.
create table if not exists lake.ingestion_gaps (
    source_name text not null,
    organization_id text not null,
    meter_id text not null,
    billing_month date not null,
    gap_start timestamptz not null,
    gap_end timestamptz not null,
    hours integer not null,
    events bigint not null,
    expected_events numeric(38, 12) not null,
    missing_events numeric(38, 12) not null,
    missing_events_low numeric(38, 12) not null,
    missing_events_high numeric(38, 12) not null,
    missing_units numeric(38, 12) not null,
    missing_units_low numeric(38, 12) not null,
    missing_units_high numeric(38, 12) not null,
    primary key (organization_id, meter_id, gap_start)
);

-- How many hours of a meter's month could be looked at for gaps, and why if none.
create table if not exists lake.watched_meters (
    source_name text not null,
    organization_id text not null,
    meter_id text not null,
    billing_month date not null,
    events bigint not null,
    weeks integer not null,
    hours integer not null,
    judged_hours integer not null,
    dispersion numeric(38, 12) not null,
    reason text,
    primary key (organization_id, meter_id, billing_month)
);

create table if not exists lake.unclaimed_usage (
    source_name text not null,
    organization_id text not null,
    account_id text not null,
    event_name text not null,
    meter_id text,
    outcome text not null,
    billing_month date not null,
    events bigint not null,
    units numeric(38, 12) not null,
    first_event_at timestamptz,
    last_event_at timestamptz
);

create table if not exists lake.usage_daily (
    source_name text not null,
    organization_id text not null,
    account_id text not null,
    meter_id text not null,
    usage_date date not null,
    billing_month date not null,
    events bigint not null,
    primary key (organization_id, account_id, meter_id, usage_date)
);

-- What accounts do beside what is billed; accounts that no subscription knows are there too.
create table if not exists lake.engagement_daily (
    source_name text not null,
    organization_id text not null,
    account_id text not null,
    event_name text not null,
    day date not null,
    month date not null,
    events bigint not null,
    primary key (organization_id, account_id, event_name, day)
);

-- Quantities of billing periods by UTC day; usage that no period claims has no period and subscription ''.
create table if not exists lake.period_usage_daily (
    source_name text not null,
    organization_id text not null,
    account_id text not null,
    subscription_id text not null,
    meter_id text not null,
    period_start timestamptz,
    period_end timestamptz,
    usage_date date not null,
    billing_month date not null,
    outcome text not null,
    events bigint not null,
    units numeric(38, 12) not null
);

create table if not exists lake.event_counts (
    source_name text not null,
    organization_id text not null,
    month date not null,
    dataset text not null,
    events bigint not null,
    duplicates bigint not null,
    primary key (organization_id, dataset, month)
);

create index if not exists billing_periods_month on lake.billing_periods (billing_month, source_name);
create index if not exists period_usage_month on lake.period_usage (billing_month, source_name);
create index if not exists period_findings_month on lake.period_findings (billing_month, source_name);
create index if not exists period_amounts_month on lake.period_amounts (billing_month, source_name);
create index if not exists period_arrivals_month on lake.period_arrivals (billing_month, source_name);
create index if not exists ingestion_gaps_month on lake.ingestion_gaps (billing_month, source_name);
create index if not exists unclaimed_usage_month on lake.unclaimed_usage (billing_month, source_name);
create index if not exists usage_daily_month on lake.usage_daily (billing_month, source_name);
create index if not exists engagement_daily_month on lake.engagement_daily (month, source_name);
create index if not exists period_usage_daily_month on lake.period_usage_daily (billing_month, source_name);

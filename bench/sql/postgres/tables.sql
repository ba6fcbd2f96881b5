-- Unlogged: PostgreSQL does not write what it loads twice.
create schema bench;
create unlogged table bench.usage_events (
    organization_id text, event_id text, account_id text, event_name text, occurred_at timestamptz,
    units numeric(38, 12), received_at timestamptz
);
create unlogged table bench.reported_events (like bench.usage_events);
create unlogged table bench.periods (
    organization_id text, account_id text, subscription_id text, period_start timestamptz, period_end timestamptz
);
create unlogged table bench.mappings (event_name text, meter_id text, multiplier numeric(38, 12));

-- Stands in for event_findings where a source delivers one side only, so that there is nothing to match.
select
    null::varchar as source_name,
    null::varchar as organization_id,
    null::varchar as account_id,
    null::varchar as subscription_id,
    null::varchar as meter_id,
    null::timestamptz as period_start,
    null::timestamptz as period_end,
    null::varchar as code,
    null::varchar as outcome,
    null::varchar as error_code,
    null::varchar as event_id,
    null::varchar as event_name,
    null::timestamptz as occurred_at,
    null::decimal(38, 12) as units_actual,
    null::decimal(38, 12) as units_reported,
    null::decimal(38, 12) as units
where false

{{ config(materialized="table") }}
{#- The stated rate: one false drop in a hundred years of a meter of an account, so in so many weeks. -#}
{%- set weeks_per_false_alarm = 5218 -%}

with
baselines as (
    select * from {{ ref('int_usage_baselines') }}
),

final as (
    select
        organization_id,
        account_id,
        meter_id,
        week,
        events,
        expected_events,
        dispersion
    from baselines
    where
        events <= expected_events / 2
        and {{ rarity('events', 'expected_events', 'dispersion') }} >= ln({{ weeks_per_false_alarm }})
)

select * from final

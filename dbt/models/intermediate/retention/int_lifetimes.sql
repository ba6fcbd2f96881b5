{{ config(materialized="table") }}

{#- A spell in whole days of its age, as far as it was seen; leaving a plan for another one is no end. -#}
with
spells as (
    select * from {{ ref('int_customer_spells') }}
),

aged as (
    select
        spells.organization_id,
        spells.account_id,
        spells.plan_id,
        spells.spell_number,
        spells.started_at,
        spells.seen_from,
        spells.seen_until,
        coalesce(spells.left_at = customers.left_at, false) as is_ended,
        floor(extract(epoch from spells.seen_from - spells.started_at) / 86400)::integer as entry_days,
        floor(extract(epoch from spells.seen_until - spells.started_at) / 86400)::integer as exit_days
    from spells
    inner join spells as customers
        on
            customers.organization_id = spells.organization_id
            and customers.account_id = spells.account_id
            and customers.plan_id = ''
            and customers.started_at <= spells.started_at
            and customers.seen_until >= spells.seen_until
),

final as (
    select
        aged.*,
        -- Seen for less than a day of its age it was at risk at none, and its end must not count either.
        entry_days = 0 or exit_days > entry_days as is_at_risk
    from aged
)

select * from final

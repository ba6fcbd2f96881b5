{#- What documents show beside the ladder: docs/definitions.md#what-documents-put-at-risk. In no sum of it. -#}
with
orphaned as (
    select
        organization_id,
        '' as account_id,
        '' as subscription_id,
        item,
        period_start,
        period_end,
        billing_month,
        currency,
        'B3' as code,
        'potential' as certainty,
        units,
        amount,
        null::timestamptz as first_event_at,
        null::timestamptz as last_event_at
    from {{ ref('int_orphaned_lines') }}
),

given_away as (
    select
        organization_id,
        account_id,
        subscription_id,
        'discount' as item,
        period_start,
        period_end,
        billing_month,
        currency,
        'B4' as code,
        'potential' as certainty,
        null::numeric as units,
        amount,
        null::timestamptz as first_event_at,
        null::timestamptz as last_event_at
    from {{ ref('int_endless_discounts') }}
),

at_risk as (
    select
        organization_id,
        account_id,
        subscription_id,
        'payment' as item,
        period_start,
        period_end,
        billing_month,
        currency,
        'C4' as code,
        'potential' as certainty,
        null::numeric as units,
        amount,
        null::timestamptz as first_event_at,
        last_tried_at as last_event_at
    from {{ ref('int_payments_at_risk') }}
),

-- Evidence only: the fee that a network charges is in no document.
forbidden as (
    select
        organization_id,
        account_id,
        subscription_id,
        'payment' as item,
        period_start,
        period_end,
        billing_month,
        currency,
        'C8' as code,
        'confirmed' as certainty,
        tries as units,
        0 as amount,
        first_tried_at as first_event_at,
        last_tried_at as last_event_at
    from {{ ref('int_forbidden_retries') }}
),

found as (
    select * from orphaned
    union all
    select * from given_away
    union all
    select * from at_risk
    union all
    select * from forbidden
),

final as (
    select
        organization_id,
        account_id,
        subscription_id,
        item,
        period_start,
        currency,
        code,
        period_end,
        billing_month,
        certainty,
        case when amount < 0 then 'over' else 'under' end as direction,
        units::numeric(38, 12) as units,
        amount::numeric(38, 12) as leak_amount,
        first_event_at,
        last_event_at
    from found
)

select * from final

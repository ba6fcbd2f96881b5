{{ config(materialized="view", post_hook=[]) }}

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
        amount
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
        amount
    from {{ ref('int_endless_discounts') }}
),

found as (
    select * from orphaned
    union all
    select * from given_away
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
        amount::numeric(38, 12) as leak_amount
    from found
)

select * from final

{{ config(materialized="view", post_hook=[]) }}

{#- Lines whose invoice was not delivered: docs/definitions.md#what-documents-put-at-risk. One without a period is in no
    month; the test document_of_an_unknown_invoice lists it. -#}
with
lines as (
    select
        *,
        case
            when period_end > period_start then period_end
            else period_start + interval '1 microsecond'
        end as line_end
    from {{ ref('stg_billing_records') }}
    where not has_invoice and is_pre_tax and period_start is not null
),

-- Lines that start together are one period, the longest, so that they are in one month.
placed as (
    select
        *,
        max(line_end) over (partition by organization_id, period_start) as period_end_of_all
    from lines
),

final as (
    select
        organization_id,
        item,
        period_start,
        currency,
        period_end_of_all as period_end,
        {{ month_before('period_end_of_all') }} as billing_month,
        count(*) as lines,
        sum(units) as units,
        sum(amount) as amount
    from placed
    where {{ in_build_range(month_before('period_end_of_all')) }}
    group by
        organization_id,
        item,
        period_start,
        currency,
        period_end_of_all
    having sum(amount) <> 0
)

select * from final

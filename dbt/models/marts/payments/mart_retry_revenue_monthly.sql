{{ config(materialized="table") }}

{#- What came in at once and what only after a decline, and whether retries hide that more is declined:
    docs/definitions.md#revenue-after-retries. Of mature invoices alone. -#}
with
plans as (
    select
        *,
        mature_invoices - mature_failed_invoices as undeclined_invoices,
        mature_invoices - mature_lost_invoices as kept_invoices
    from {{ ref('mart_payment_reliability_plan_monthly') }}
),

-- The three months before are what is usual. Two intervals that do not touch: few invoices prove nothing.
compared as (
    select
        *,
        sum(mature_invoices) over usual as usual_invoices,
        sum(undeclined_invoices) over usual as usual_undeclined,
        sum(kept_invoices) over usual as usual_kept
    from plans
    window
        usual as (
            partition by organization_id, plan_id, currency
            order by month range between interval '3 months' preceding and interval '1 month' preceding
        )
),

judged as (
    select
        *,
        {{ wilson_high('undeclined_invoices', 'mature_invoices') }}
        < {{ wilson_low('usual_undeclined', 'usual_invoices') }} as is_declined_more,
        {{ wilson_high('kept_invoices', 'mature_invoices') }}
        < {{ wilson_low('usual_kept', 'usual_invoices') }} as is_lost_more
    from compared
),

final as (
    select
        organization_id,
        month,
        plan_id,
        currency,
        is_mature,
        mature_invoices,
        undeclined_invoices,
        kept_invoices,
        {{ share_of('undeclined_invoices', 'mature_invoices') }} as undeclined_rate,
        {{ share_of('kept_invoices', 'mature_invoices') }} as kept_rate,
        {{ share_of('usual_undeclined', 'usual_invoices') }} as usual_undeclined_rate,
        {{ share_of('usual_kept', 'usual_invoices') }} as usual_kept_rate,
        case when is_mature then is_declined_more end as is_declined_more,
        case when is_mature then is_lost_more end as is_lost_more,
        case when is_mature then is_declined_more and not is_lost_more end as is_masked_by_retries,
        {{ share_of('mature_first_attempt_amount', 'mature_asked_amount') }} as first_attempt_collection_rate,
        {{ share_of('mature_first_attempt_amount + mature_recovered_amount', 'mature_asked_amount') }}
            as collection_rate,
        {{ share_of('mature_recovered_amount', '(mature_first_attempt_amount + mature_recovered_amount)') }}
            as retry_share_rate,
        mature_asked_amount as asked_amount,
        mature_first_attempt_amount as first_attempt_amount,
        mature_recovered_amount as recovered_amount,
        mature_lost_amount as lost_amount
    from judged
)

select * from final

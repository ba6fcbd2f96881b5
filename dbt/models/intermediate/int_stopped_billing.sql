{#- What a period needs of the one before it is asked of the documents, which are always there whole: the month of that
    period may never have been closed. -#}
with
-- A fee is owed whatever is used. Of a period without one no document is missing for certain.
unbilled as (
    select
        organization_id,
        account_id,
        subscription_id,
        period_start,
        billing_month
    from {{ ref('int_item_rungs') }}
    where
        {{ in_build_range('billing_month') }}
        and item = 'recurring'
        and is_claimed
        and is_due
        and documented_lines_of_period = 0
        and unrated_reason is null
        and entitled_amount > 0
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

plans as (
    select * from {{ ref('stg_plans') }}
),

-- Served just before too, so that the period is not the first one, nor the first after a pause.
continued as (
    select
        unbilled.*,
        (
            unbilled.period_start at time zone subscriptions.time_zone
            - case plans.billing_interval when 'year' then interval '1 year' else interval '1 month' end
        ) at time zone subscriptions.time_zone as interval_start
    from unbilled
    inner join subscriptions
        on
            subscriptions.organization_id = unbilled.organization_id
            and subscriptions.subscription_id = unbilled.subscription_id
    left join plans
        on
            plans.organization_id = subscriptions.organization_id
            and plans.plan_id = subscriptions.plan_id
    where {{ is_served('subscriptions', "(unbilled.period_start - interval '1 microsecond')") }}
),

-- Asked only where a period is unbilled at all: of most months that is none, and the documents are many.
asked as (
    select distinct organization_id
    from continued
),

-- A source may deliver documents from some day on; of what lies before it says nothing.
first_lines as (
    select
        lines.organization_id,
        min(lines.period_start) as first_period_start
    from {{ ref('int_document_lines') }} as lines
    inner join asked
        on asked.organization_id = lines.organization_id
    where lines.is_documented and lines.is_pre_tax and lines.kind <> 'carrier'
    group by lines.organization_id
),

-- A line that names no subscription may be for this one.
billed_before as (
    select distinct
        continued.organization_id,
        continued.subscription_id,
        continued.period_start
    from continued
    inner join {{ ref('int_document_lines') }} as lines
        on
            lines.organization_id = continued.organization_id
            and lines.account_id = continued.account_id
            and lines.period_start >= continued.interval_start
            and lines.period_start < continued.period_start
    where
        lines.is_documented
        and lines.is_pre_tax
        and lines.kind <> 'carrier'
        and coalesce(lines.subscription_id, continued.subscription_id) = continued.subscription_id
),

final as (
    select
        continued.organization_id,
        continued.account_id,
        continued.subscription_id,
        continued.period_start,
        continued.billing_month
    from continued
    inner join first_lines
        on
            first_lines.organization_id = continued.organization_id
            and first_lines.first_period_start <= continued.interval_start
    left join billed_before
        on
            billed_before.organization_id = continued.organization_id
            and billed_before.subscription_id = continued.subscription_id
            and billed_before.period_start = continued.period_start
    where billed_before.subscription_id is null
)

select * from final

{{ config(materialized="table") }}

{#- The amounts of a customer and month in the customer's own currency; what is in other ones stands beside, by currency
    and measure, and is never added. An account that nobody knows has the currency of its amounts. -#}
{%- set measures = [
    "subscription_mrr", "entitled", "invoiced", "collected", "usage_revenue", "usage_cost", "leak_under", "leak_over"
] -%}
with
accounts as (
    select * from {{ ref('stg_accounts') }}
),

amounts as (
    select
        amounts.organization_id,
        amounts.account_id,
        amounts.month,
        amounts.measure,
        amounts.currency,
        coalesce(accounts.currency, min(amounts.currency) over account) as own_currency,
        amounts.amount
    from {{ ref('int_account_amounts') }} as amounts
    left join accounts
        on
            accounts.organization_id = amounts.organization_id
            and accounts.account_id = amounts.account_id
    window account as (partition by amounts.organization_id, amounts.account_id)
),

own as (
    select
        organization_id,
        account_id,
        month,
        {% for measure in measures %}
            sum(amount) filter (where currency = own_currency and measure = '{{ measure }}') as {{ measure }}_amount,
        {% endfor %}
        -- Not known, which is another thing than none at all.
        bool_or(currency = own_currency and measure = 'usage_revenue' and amount is null) as is_usage_revenue_unknown,
        bool_or(currency = own_currency and measure = 'usage_cost' and amount is null) as is_usage_cost_unknown,
        min(own_currency) as currency
    from amounts
    group by organization_id, account_id, month
),

others as (
    select
        organization_id,
        account_id,
        month,
        currency,
        jsonb_object_agg(measure, trim_scale(amount)) as amounts
    from amounts
    where currency <> own_currency and amount <> 0
    group by organization_id, account_id, month, currency
),

beside as (
    select
        organization_id,
        account_id,
        month,
        jsonb_object_agg(currency, amounts) as other_amounts
    from others
    group by organization_id, account_id, month
),

final as (
    select
        own.organization_id,
        own.account_id,
        own.month,
        own.currency,
        own.is_usage_revenue_unknown,
        own.is_usage_cost_unknown,
        beside.other_amounts,
    {% for measure in measures %}
        own.{{ measure }}_amount::numeric(38, 12) as {{ measure }}_amount{{ "," if not loop.last }}
    {% endfor %}
    from own
    left join beside
        on
            beside.organization_id = own.organization_id
            and beside.account_id = own.account_id
            and beside.month = own.month
)

select * from final

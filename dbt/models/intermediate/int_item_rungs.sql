{{ config(materialized="view", post_hook=[]) }}
{#- What rated items and commitments have in common. -#}
{%- set common = [
    "organization_id", "account_id", "subscription_id", "item", "period_start", "currency", "period_end",
    "billing_month", "is_claimed", "is_after_end", "contract_price_id", "billing_price_id", "documented_lines",
    "documented_lines_of_period", "unmeasured_lines", "is_converted", "is_foreign", "units_reported", "units_in_time",
    "billed_units", "events", "first_event_at", "last_event_at", "unrated_reason", "maturity", "is_due", "entitled_amount", "less_rejected_amount",
    "less_unreported_amount", "requantified_amount", "less_overwritten_amount", "with_reported_twice_amount",
    "metered_amount", "in_time_amount", "posted_once_amount", "posted_amount", "priced_amount", "documented_amount", "stuck_amount",
    "voided_amount", "invoiced_amount", "credit_amount", "unjustified_credit_amount", "prepaid_amount",
    "unjustified_prepaid_amount", "cash_amount",
] | join(", ") -%}
{#- A rung for which the source delivers nothing is null, never equal to the one above: that would be zero leakage. -#}
{%- set delivered = {
    "metered_amount": "has_reports", "in_time_amount": "has_reports", "posted_once_amount": "has_invoices", "posted_amount": "has_invoices",
    "priced_amount": "has_invoices", "documented_amount": "has_invoices", "invoiced_amount": "has_invoices",
} -%}

with
rated as (
    select * from {{ ref('int_rated_items') }}
    where item not in ('minimum_true_up', 'maximum_discount', 'discount')
),

agreed as (
    select * from {{ ref('int_agreed_items') }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

items as (
    select
        {{ common }},
        false as is_agreed,
        is_prorated,
        has_steps
    from rated
    union all
    select
        {{ common }},
        is_agreed,
        false as is_prorated,
        true as has_steps
    from agreed
),

final as (
    select
        items.organization_id,
        items.account_id,
        items.subscription_id,
        items.item,
        items.period_start,
        items.currency,
        items.period_end,
        items.billing_month,
        items.is_claimed,
        items.is_after_end,
        items.is_agreed,
        items.is_prorated,
        items.has_steps,
        items.contract_price_id,
        items.billing_price_id,
        items.documented_lines,
        items.documented_lines_of_period,
        items.unmeasured_lines,
        items.is_converted,
        items.is_foreign,
        items.units_reported,
        items.units_in_time,
        items.billed_units,
        items.events,
        items.first_event_at,
        items.last_event_at,
        items.unrated_reason,
        items.maturity,
        items.is_due,
        items.entitled_amount,
        items.less_rejected_amount,
        items.less_unreported_amount,
        items.requantified_amount,
        items.less_overwritten_amount,
        items.with_reported_twice_amount,
        {% for amount, is_delivered in delivered.items() -%}
            case when organizations.{{ is_delivered }} then items.{{ amount }} end as {{ amount }},
        {% endfor -%}
        items.stuck_amount,
        items.voided_amount,
        items.credit_amount,
        items.unjustified_credit_amount,
        items.unjustified_prepaid_amount,
        case when organizations.has_credit_notes then items.invoiced_amount - items.credit_amount end
            as credited_amount,
        case when organizations.has_prepaid then items.invoiced_amount - items.credit_amount - items.prepaid_amount end
            as paid_for_amount,
        case when organizations.has_payments then items.cash_amount end as collected_amount
    from items
    inner join organizations
        on organizations.organization_id = items.organization_id
)

select * from final

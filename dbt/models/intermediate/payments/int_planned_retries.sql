{{ config(materialized="view", post_hook=[]) }}

{#- What the retry policy says about the card of the newest try, and whether a network forbids to try it again:
    docs/definitions.md#the-retry-plan. -#}
with
invoices as (
    select * from {{ ref('int_recoverable_invoices') }}
),

tries as (
    select * from {{ ref('int_tries') }}
    where is_sent
),

declined as (
    select * from tries
    where status = 'failed'
),

policies as (
    select * from {{ ref('retry_policy') }}
),

newest as (
    select distinct on (organization_id, invoice_id, currency)
        organization_id, invoice_id, currency, network, card_fingerprint, decline_code, is_method_gone
    from tries
    order by
        organization_id asc, invoice_id asc, currency asc, attempted_at desc, attempt_number desc, attempt_id desc
),

planned as (
    select distinct on (invoices.organization_id, invoices.invoice_id, invoices.currency)
        invoices.organization_id,
        invoices.invoice_id,
        invoices.currency,
        newest.network,
        newest.card_fingerprint,
        newest.decline_code,
        coalesce(newest.is_method_gone, false) as is_method_gone,
        policies.action,
        policies.within_days,
        greatest(invoices.as_of, invoices.last_tried_at + {{ days('policies.wait_days') }}) as earliest_retry_at,
        invoices.outstanding_amount as amount
    from invoices
    inner join policies
        on
            policies.reason_class = invoices.reason_class
            and policies.decline_code in ('*', lower(invoices.decline_code))
    left join newest
        using (organization_id, invoice_id, currency)
    order by
        invoices.organization_id asc, invoices.invoice_id asc, invoices.currency asc, policies.decline_code desc
),

final as (
    select
        planned.organization_id,
        planned.invoice_id,
        planned.currency,
        planned.network,
        planned.card_fingerprint,
        planned.action,
        planned.within_days,
        planned.earliest_retry_at,
        planned.is_method_gone,
        coalesce(bool_or(declined.is_hard_decline and {{ is_same_card('declined', 'planned') }}), false)
            as is_retry_forbidden,
        planned.amount
    from planned
    left join declined
        on declined.organization_id = planned.organization_id and declined.invoice_id = planned.invoice_id
    group by
        planned.organization_id, planned.invoice_id, planned.currency, planned.network, planned.card_fingerprint,
        planned.action, planned.within_days, planned.earliest_retry_at, planned.is_method_gone, planned.amount
)

select * from final

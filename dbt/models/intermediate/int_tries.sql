{{ config(materialized="view", post_hook=[]) }}

{#- Tries to collect with their customer and with what their decline means: docs/definitions.md#tries-to-collect. -#}
with
attempts as (
    select
        *,
        case
            when method ilike '%visa%' then 'visa'
            when method ilike '%mastercard%' then 'mastercard'
            when card_fingerprint is not null or method is null or method ilike '%card%' then '*'
        end as network
    from {{ ref('stg_payment_attempts') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
),

-- A network's own code before the processor's of the same name.
declines as (
    select distinct on (attempts.organization_id, attempts.attempt_id)
        attempts.organization_id,
        attempts.attempt_id,
        codes.class,
        codes.is_method_gone
    from attempts
    inner join {{ ref('decline_codes') }} as codes
        on
            lower(codes.code) = lower(attempts.decline_code)
            and codes.network in ('*', attempts.network)
    where attempts.status = 'failed'
    order by attempts.organization_id asc, attempts.attempt_id asc, codes.network desc
),

final as (
    select
        attempts.organization_id,
        attempts.attempt_id,
        invoices.account_id,
        coalesce(invoices.subscription_id, '') as subscription_id,
        attempts.invoice_id,
        attempts.currency,
        attempts.status,
        attempts.attempted_at,
        attempts.attempt_number,
        attempts.network,
        attempts.card_fingerprint,
        -- What the processor itself held back never reached a card network.
        attempts.status = 'succeeded'
        or coalesce(attempts.network_status, '') <> 'not_sent_to_network' as is_sent,
        attempts.decline_code,
        case when attempts.status = 'failed' then coalesce(declines.class, 'unknown') end as reason_class,
        coalesce(declines.class = 'hard', false) as is_hard_decline,
        coalesce(declines.is_method_gone, false) as is_method_gone,
        attempts.amount
    from attempts
    inner join invoices
        on
            invoices.organization_id = attempts.organization_id
            and invoices.invoice_id = attempts.invoice_id
    left join declines
        on
            declines.organization_id = attempts.organization_id
            and declines.attempt_id = attempts.attempt_id
)

select * from final

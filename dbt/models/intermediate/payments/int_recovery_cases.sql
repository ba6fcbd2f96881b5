{{ config(materialized="view", post_hook=[]) }}

{#- Invoices whose first try was declined, once for every age at which they were still unpaid:
    docs/definitions.md#recoverable-revenue. -#}
with
failures as (
    select
        payments.*,
        organizations.as_of
    from {{ ref('int_invoice_payments') }} as payments
    inner join {{ ref('stg_organizations') }} as organizations
        on organizations.organization_id = payments.organization_id
    where payments.is_mature and payments.failed_attempts > 0 and payments.outcome <> 'withdrawn'
),

ages as (
    select * from {{ ref('recovery_ages') }}
),

declined as (
    select * from {{ ref('int_tries') }}
    where is_sent and status = 'failed'
),

-- What was known at that age: not what a later try answered, and watched for as long again as retries take.
final as (
    select distinct on (failures.organization_id, failures.invoice_id, failures.currency, ages.age_bucket)
        failures.organization_id,
        failures.invoice_id,
        failures.currency,
        ages.age_bucket,
        declined.reason_class,
        (failures.outcome = 'recovered')::integer as is_recovered
    from failures
    inner join ages
        on
            failures.as_of >= {{ retries_are_over_at('failures.first_failed_at + ' ~ days('ages.from_days')) }}
            and coalesce(failures.paid_at, 'infinity') >= failures.first_failed_at + {{ days('ages.from_days') }}
    inner join declined
        on
            declined.organization_id = failures.organization_id
            and declined.invoice_id = failures.invoice_id
            and declined.currency = failures.currency
            and declined.attempted_at <= failures.first_failed_at + {{ days('ages.from_days') }}
    order by
        failures.organization_id asc, failures.invoice_id asc, failures.currency asc, ages.age_bucket asc,
        declined.attempted_at desc, declined.attempt_number desc, declined.attempt_id desc
)

select * from final

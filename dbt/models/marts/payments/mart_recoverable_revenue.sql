{{ config(materialized="table") }}

{#- What is due and can still come, and how much of it is to be expected: docs/definitions.md#recoverable-revenue. -#}
with
invoices as (
    select * from {{ ref('int_recoverable_invoices') }}
),

rates as (
    select * from {{ ref('int_recovery_rates') }}
),

sums as (
    select
        organization_id,
        reason_class,
        currency,
        age_bucket,
        count(*) as invoices,
        count(distinct account_id) as accounts,
        count(*) filter (where outcome = 'open') as open_invoices,
        min(failing_since) as oldest_since,
        sum(outstanding_amount) as outstanding_amount
    from invoices
    group by organization_id, reason_class, currency, age_bucket
),

final as (
    select
        sums.organization_id,
        sums.reason_class,
        sums.currency,
        sums.age_bucket,
        sums.invoices,
        sums.accounts,
        sums.open_invoices,
        sums.oldest_since,
        coalesce(rates.rate_level, 'unmeasured') as rate_level,
        rates.measured_invoices,
        rates.recovered_invoices,
        rates.recovery_rate,
        rates.recovery_low_rate::numeric(38, 12) as recovery_low_rate,
        rates.recovery_high_rate::numeric(38, 12) as recovery_high_rate,
        sums.outstanding_amount::numeric(38, 12) as outstanding_amount,
        (sums.outstanding_amount * rates.recovery_rate)::numeric(38, 12) as expected_amount,
        (sums.outstanding_amount * rates.recovery_low_rate)::numeric(38, 12) as expected_low_amount,
        (sums.outstanding_amount * rates.recovery_high_rate)::numeric(38, 12) as expected_high_amount
    from sums
    left join rates
        using (organization_id, reason_class, age_bucket)
)

select * from final

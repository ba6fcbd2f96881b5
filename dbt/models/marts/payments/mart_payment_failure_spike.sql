{{ config(materialized="view", post_hook=[]) }}

{#- Whether first tries to collect fail more often than before: docs/definitions.md#spikes-of-payment-failures. -#}
{%- set ninety_nine_percent = "2.575829303548901" -%}
with
invoices as (
    select * from {{ ref('int_invoice_payments') }}
    where is_first_attempt_successful is not null
),

organizations as (
    select * from {{ ref('stg_organizations') }}
    where has_payments
),

thresholds as (
    select distinct on (organizations.organization_id)
        organizations.organization_id,
        thresholds.minimum_attempts,
        thresholds.minimum_rise_rate,
        organizations.as_of,
        organizations.as_of - {{ days('thresholds.recent_days') }} as recent_from,
        organizations.as_of - {{ days('(thresholds.recent_days + thresholds.baseline_days)') }} as baseline_from
    from organizations
    inner join {{ ref('payment_alert_thresholds') }} as thresholds
        on thresholds.organization_id in (organizations.organization_id, '*')
    order by organizations.organization_id asc, (thresholds.organization_id = '*') asc
),

counts as (
    select
        thresholds.organization_id,
        count(*) filter (where invoices.first_attempted_at >= thresholds.recent_from) as recent_attempts,
        count(*) filter (
            where invoices.first_attempted_at >= thresholds.recent_from and not invoices.is_first_attempt_successful
        ) as recent_failures,
        count(*) filter (where invoices.first_attempted_at < thresholds.recent_from) as baseline_attempts,
        count(*) filter (
            where invoices.first_attempted_at < thresholds.recent_from and not invoices.is_first_attempt_successful
        ) as baseline_failures
    from thresholds
    left join invoices
        on
            invoices.organization_id = thresholds.organization_id
            and invoices.first_attempted_at >= thresholds.baseline_from
            and invoices.first_attempted_at < thresholds.as_of
    group by thresholds.organization_id
),

compared as (
    select
        thresholds.*,
        counts.recent_attempts,
        counts.recent_failures,
        counts.baseline_attempts,
        counts.baseline_failures,
        round(counts.recent_failures::numeric / nullif(counts.recent_attempts, 0), 12) as recent_failure_rate,
        round(counts.baseline_failures::numeric / nullif(counts.baseline_attempts, 0), 12) as baseline_failure_rate,
        {{ newcombe_low(
            'counts.recent_failures',
            'counts.recent_attempts',
            'counts.baseline_failures',
            'counts.baseline_attempts',
            ninety_nine_percent
        ) }} as rise_low_rate
    from thresholds
    inner join counts
        on counts.organization_id = thresholds.organization_id
),

final as (
    select
        organization_id,
        as_of,
        recent_from,
        baseline_from,
        recent_attempts,
        recent_failures,
        recent_failure_rate::numeric(38, 12) as recent_failure_rate,
        baseline_attempts,
        baseline_failures,
        baseline_failure_rate::numeric(38, 12) as baseline_failure_rate,
        rise_low_rate::numeric(38, 12) as rise_low_rate,
        coalesce(
            recent_attempts >= minimum_attempts
            and baseline_attempts >= minimum_attempts
            and rise_low_rate > minimum_rise_rate,
            false
        ) as is_spike
    from compared
)

select * from final

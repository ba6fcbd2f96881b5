{{ config(materialized="table") }}

{#- Of the invoices that were still unpaid so long after their first decline, how many were paid later; with fewer
    cases the next level is taken: docs/definitions.md#recoverable-revenue. -#}
{%- set least_cases = 10 -%}

with
cases as (
    select * from {{ ref('int_recovery_cases') }}
),

wanted as (
    select distinct
        organization_id,
        reason_class,
        age_bucket
    from {{ ref('int_recoverable_invoices') }}
    where reason_class not in ('never_tried', 'held', 'short_paid')
),

-- Never of all ages: an old debt would be worth what a fresh one is.
levels as (
    select
        1 as step,
        'class_and_age' as rate_level,
        organization_id,
        reason_class,
        age_bucket,
        count(*) as measured_invoices,
        sum(is_recovered) as recovered_invoices
    from cases
    group by organization_id, reason_class, age_bucket
    having count(*) >= {{ least_cases }}
    union all
    select
        2 as step,
        'age' as rate_level,
        organization_id,
        null as reason_class,
        age_bucket,
        count(*) as measured_invoices,
        sum(is_recovered) as recovered_invoices
    from cases
    group by organization_id, age_bucket
),

final as (
    select distinct on (wanted.organization_id, wanted.reason_class, wanted.age_bucket)
        wanted.organization_id,
        wanted.reason_class,
        wanted.age_bucket,
        levels.rate_level,
        levels.measured_invoices,
        levels.recovered_invoices,
        {{ share_of('levels.recovered_invoices', 'levels.measured_invoices') }} as recovery_rate,
        {{ wilson_low('levels.recovered_invoices', 'levels.measured_invoices') }} as recovery_low_rate,
        {{ wilson_high('levels.recovered_invoices', 'levels.measured_invoices') }} as recovery_high_rate
    from wanted
    inner join levels
        on
            levels.organization_id = wanted.organization_id
            and coalesce(levels.reason_class, wanted.reason_class) = wanted.reason_class
            and levels.age_bucket = wanted.age_bucket
    order by wanted.organization_id asc, wanted.reason_class asc, wanted.age_bucket asc, levels.step asc
)

select * from final

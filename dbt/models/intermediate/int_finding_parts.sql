-- What the confidence of a finding rests on. docs/definitions.md#confidence
with
causes as (
    select * from {{ ref('int_leak_causes') }}
    where {{ in_build_range('billing_month') }} and is_finding
),

potential as (
    select * from {{ ref('int_potential_findings') }}
    where {{ in_build_range('billing_month') }}
),

beside as (
    select * from {{ ref('int_document_findings') }}
    where {{ in_build_range('billing_month') }}
),

usage as (
    select * from {{ ref('stg_period_usage') }}
    where {{ in_build_range('billing_month') }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
),

attempts as (
    select * from {{ ref('stg_payment_attempts') }}
),

codes as (
    select * from {{ ref('leak_codes') }}
),

currencies as (
    select * from {{ ref('stg_currencies') }}
),

-- One customer's loss is a leak; when a fifth of everything that was used lacks reports, a file may not have come.
reported as (
    select
        organization_id,
        billing_month,
        5 * count(*) filter (where events_reported < events_actual) > count(*) as is_sparse
    from usage
    group by
        organization_id,
        billing_month
),

documented as (
    select
        organization_id,
        max(issued_at) as documented_until
    from invoices
    group by organization_id
),

tried as (
    select
        organization_id,
        max(attempted_at) as tried_until
    from attempts
    group by organization_id
),

found as (
    select
        organization_id, account_id, subscription_id, item, period_start, currency, code, period_end, billing_month,
        sum(leak_amount) as leak_amount,
        'confirmed' as certainty
    from causes
    group by
        organization_id, account_id, subscription_id, item, period_start, currency, code, period_end, billing_month
    union all
    select
        organization_id, account_id, subscription_id, item, period_start, currency, code, period_end, billing_month,
        leak_amount,
        certainty
    from potential
    union all
    select
        organization_id, account_id, subscription_id, item, period_start, currency, code, period_end, billing_month,
        leak_amount,
        certainty
    from beside
),

judged as (
    select
        found.*,
        organizations.matching,
        codes.bucket in ('metering', 'posting', 'usage_outside_ladder') as is_from_events,
        codes.bucket in ('posting', 'pricing', 'arithmetic', 'document', 'credit', 'prepaid') as is_from_documents,
        codes.bucket = 'collection' as is_from_payments,
        coalesce(reported.is_sparse, false) as is_sparse,
        -- Up to date, or at least up to where a missing document would have come.
        coalesce(
            documented.documented_until >= least(
                found.period_end + {{ grace('organizations') }}, organizations.as_of - {{ days('3') }}
            ),
            false
        ) as is_documented,
        coalesce(tried.tried_until >= organizations.as_of - {{ days('3') }}, false) as is_tried_lately,
        coalesce(tried.tried_until >= found.period_end + {{ days('30') }}, false) as is_tried,
        {{ maturity('found.period_end', 'organizations') }} in ('finalized', 'beyond_window') as is_final,
        abs(found.leak_amount) > 10 * power(10::numeric, -coalesce(currencies.minor_unit, 2)) as is_large
    from found
    inner join organizations
        on organizations.organization_id = found.organization_id
    inner join codes
        on codes.code = found.code
    left join currencies
        on currencies.currency = found.currency
    left join reported
        on
            reported.organization_id = found.organization_id
            and reported.billing_month = found.billing_month
    left join documented
        on documented.organization_id = found.organization_id
    left join tried
        on tried.organization_id = found.organization_id
),

final as (
    select
        organization_id,
        account_id,
        subscription_id,
        item,
        period_start,
        currency,
        code,
        billing_month,
        concat_ws(
            ' ',
            case when is_from_events then matching end,
            case
                when is_from_events and is_sparse then 'reports_sparse'
                when is_from_events then 'reports_complete'
            end,
            case
                when is_from_documents and is_documented then 'documents_reach'
                when is_from_documents then 'documents_lag'
            end,
            case
                when is_from_payments and is_tried_lately then 'payments_fresh'
                when is_from_payments and is_tried then 'payments_reach'
                when is_from_payments then 'payments_lag'
            end,
            case when is_final then 'final' else 'not_final' end,
            case when is_large then 'large' else 'small' end,
            certainty
        ) as parts
    from judged
)

select * from final

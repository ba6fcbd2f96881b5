{{ config(materialized="view", post_hook=[]) }}

with
applications as (
    select * from {{ ref('stg_credit_applications') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
),

grants as (
    select * from {{ ref('stg_credit_grants') }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

-- Drawn from a grant of the same account and currency, after it was granted and before it expired. An invoice that does
-- not stand gives its draw back.
drawn as (
    select
        applications.*,
        not organizations.has_grants as is_unchecked,
        coalesce(
            applications.applied_at >= grants.granted_at and applications.applied_at < grants.expires_at, false
        ) as is_from_grant,
        grants.amount as granted_amount
    from applications
    inner join organizations
        on organizations.organization_id = applications.organization_id
    inner join invoices
        on
            invoices.organization_id = applications.organization_id
            and invoices.invoice_id = applications.invoice_id
            and invoices.is_standing
    left join grants
        on
            grants.organization_id = applications.organization_id
            and grants.grant_id = applications.grant_id
            and grants.account_id = invoices.account_id
            and grants.currency = applications.currency
),

final as (
    select
        organization_id,
        application_id,
        invoice_id,
        currency,
        amount,
        case
            when is_unchecked then 0
            when not is_from_grant then amount
            -- More than the grant had left.
            else least(
                    amount,
                    greatest(
                        sum(amount) filter (where is_from_grant) over (
                            partition by organization_id, grant_id, is_from_grant order by applied_at, application_id
                        ) - granted_amount,
                        0
                    )
                )
        end as unjustified_amount
    from drawn
)

select * from final

-- Which part of what was invoiced could be held against contract and usage: docs/definitions.md#executive-kpis.
with
items as (
    select * from {{ ref('int_item_rungs') }}
    where {{ in_build_range('billing_month') }} and invoiced_amount <> 0
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

meters as (
    select * from {{ ref('stg_meters') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
),

marked as (
    select
        items.organization_id,
        items.currency,
        items.billing_month,
        -- Discounts and credits are checked as well: what counts is how much was put on a line, in either direction.
        abs(items.invoiced_amount) as invoiced_amount,
        items.unrated_reason is null
        and items.is_claimed
        and not items.is_foreign
        and organizations.has_contract
        and (meters.meter_id is null or (organizations.has_usage and organizations.has_reports)) as is_checked
    from items
    inner join organizations
        on organizations.organization_id = items.organization_id
    left join meters
        on
            meters.organization_id = items.organization_id
            and meters.meter_id = items.item
    left join accounts
        on
            accounts.organization_id = items.organization_id
            and accounts.account_id = items.account_id
    where not coalesce(accounts.is_internal, false)
),

final as (
    select
        organization_id,
        currency,
        billing_month,
        sum(invoiced_amount)::numeric(38, 12) as checkable_amount,
        coalesce(sum(invoiced_amount) filter (where is_checked), 0)::numeric(38, 12) as checked_amount
    from marked
    group by
        organization_id, currency, billing_month
)

select * from final

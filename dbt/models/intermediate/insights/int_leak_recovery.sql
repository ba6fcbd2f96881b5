{{ config(materialized="view", post_hook=[]) }}

{#- What became of the losses that were ever reported of a month. A view: versions of findings are noted after every
    close, and a table would always tell of the one before. docs/definitions.md#executive-kpis -#}
with
versions as (
    select * from {{ ref('stg_finding_versions') }}
    where certainty = 'confirmed' and leak_amount > 0
),

accounts as (
    select * from {{ ref('stg_accounts') }}
),

-- A finding counts once, as it was last reported.
last_versions as (
    select distinct on (finding_id)
        organization_id,
        account_id,
        currency,
        billing_month as month,
        gone_at is null as is_standing,
        ended = 'resolved' and resolved_by is not null as is_resolved,
        leak_amount
    from versions
    order by finding_id asc, seen_at desc
),

final as (
    select
        last_versions.organization_id,
        last_versions.currency,
        last_versions.month,
        sum(last_versions.leak_amount)::numeric(38, 12) as noted_amount,
        coalesce(sum(last_versions.leak_amount) filter (where last_versions.is_resolved), 0)::numeric(38, 12)
            as resolved_amount
    from last_versions
    left join accounts
        on
            accounts.organization_id = last_versions.organization_id
            and accounts.account_id = last_versions.account_id
    -- What another finding took the place of counts there; what vanished without a document was no loss.
    where
        (last_versions.is_standing or last_versions.is_resolved)
        and not coalesce(accounts.is_internal, false)
    group by
        last_versions.organization_id, last_versions.currency, last_versions.month
)

select * from final

{{ config(materialized="view", post_hook=[]) }}

{#- The months of which an organization's engagement is known: closed, with at least one event. Of any other month
    nothing can be said, least of all that nobody did anything. -#}
with
engagement as (
    select distinct
        organization_id,
        month
    from {{ ref('stg_engagement_daily') }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

final as (
    select
        engagement.organization_id,
        engagement.month,
        engagement.month::timestamp at time zone 'UTC' as starts_at,
        (engagement.month + interval '1 month') at time zone 'UTC' as ends_at,
        (engagement.month + interval '1 month') at time zone 'UTC' <= organizations.as_of as is_complete
    from engagement
    inner join organizations
        on organizations.organization_id = engagement.organization_id
)

select * from final

-- A row is an account and month with the loss of a customer that is no end of a life, or an end of a life without it.
{{ config(meta={"dagster": {"ref": {"name": "int_customer_spells"}}}) }}

with
lost as (
    select * from {{ ref('int_churned_accounts') }}
),

ended as (
    select
        organization_id,
        account_id,
        date_trunc('month', left_at at time zone 'UTC')::date as month,
        left_at
    from {{ ref('int_customer_spells') }}
    where
        plan_id = ''
        and left_at is not null
)

select
    coalesce(lost.organization_id, ended.organization_id) as organization_id,
    coalesce(lost.account_id, ended.account_id) as account_id,
    coalesce(lost.month, ended.month) as month,
    lost.ended_at,
    ended.left_at
from lost
full outer join ended
    on
        ended.organization_id = lost.organization_id
        and ended.account_id = lost.account_id
        and ended.month = lost.month
where ended.left_at is distinct from lost.ended_at

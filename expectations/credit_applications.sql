-- Applications, with what their grant says.
with
granted as (
    select
        organization_id,
        grant_id,
        any_value(amount) as amount,
        min(granted_at) as granted_at
    from credit_grants
    group by organization_id, grant_id
)

select
    credit_applications.*,
    granted.amount as granted_amount,
    granted.granted_at
from credit_applications
left join granted
    on
        credit_applications.organization_id = granted.organization_id
        and credit_applications.grant_id = granted.grant_id

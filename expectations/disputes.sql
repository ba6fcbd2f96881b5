-- Disputes, with what the payment says that they are about.
with
paid as (
    select
        organization_id,
        attempt_id,
        any_value(amount) as amount,
        any_value(currency) as currency,
        any_value(status) as status,
        min(attempted_at) as attempted_at
    from payment_attempts
    group by organization_id, attempt_id
)

select
    disputes.*,
    paid.amount as attempt_amount,
    paid.currency as attempt_currency,
    paid.status as attempt_status,
    paid.attempted_at
from disputes
left join paid
    on
        disputes.organization_id = paid.organization_id
        and disputes.attempt_id = paid.attempt_id

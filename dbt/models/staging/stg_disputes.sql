with
disputes as (
    select * from {{ source('raw', 'disputes') }}
),

attempts as (
    select * from {{ ref('stg_payment_attempts') }}
),

final as (
    select
        disputes.organization_id,
        disputes.dispute_id,
        disputes.attempt_id,
        attempts.invoice_id,
        disputes.currency,
        disputes.status,
        disputes.created_at,
        disputes.closed_at,
        disputes.amount,
        disputes.fee
    from disputes
    left join attempts
        on
            attempts.organization_id = disputes.organization_id
            and attempts.attempt_id = disputes.attempt_id
)

select * from final

with
owed as (
    select * from {{ ref('int_owed_items') }}
),

billing as (
    select * from {{ ref('int_item_billing') }}
    where {{ in_build_range('billing_month') }}
),

-- Both sides stay: what is owed and was never billed, what was billed and is not owed. A missing side is zero.
final as (
    select
        organization_id,
        account_id,
        subscription_id,
        item,
        period_start,
        currency,
        coalesce(owed.period_end, billing.period_end) as period_end,
        coalesce(owed.billing_month, billing.billing_month) as billing_month,
        owed.organization_id is not null as is_owed,
        coalesce(billing.is_claimed, true) as is_claimed,
        coalesce(billing.is_after_end, false) as is_after_end,
        coalesce(owed.units_actual, 0) as units_actual,
        coalesce(owed.units_less_rejected, 0) as units_less_rejected,
        coalesce(owed.units_less_unreported, 0) as units_less_unreported,
        coalesce(owed.units_requantified, 0) as units_requantified,
        coalesce(owed.units_less_overwritten, 0) as units_less_overwritten,
        coalesce(owed.units_with_reported_twice, 0) as units_with_reported_twice,
        coalesce(owed.units_reported, 0) as units_reported,
        coalesce(owed.units_in_time, 0) as units_in_time,
        owed.events,
        owed.first_event_at,
        owed.last_event_at,
        coalesce(billing.documented_lines, 0) as documented_lines,
        coalesce(billing.unmeasured_lines, 0) as unmeasured_lines,
        coalesce(billing.converted_lines, 0) as converted_lines,
        coalesce(billing.foreign_lines, 0) as foreign_lines,
        sum(coalesce(billing.foreign_lines, 0)) over (
            partition by organization_id, account_id, subscription_id, period_start, item
        ) as foreign_lines_of_item,
        sum(coalesce(billing.documented_lines, 0)) over (
            partition by organization_id, account_id, subscription_id, period_start
        ) as documented_lines_of_period,
        -- A fee is billed or it is not: lines of one period never make it due twice.
        case
            when item = 'recurring' then least(coalesce(billing.documented_lines, 0), 1)
            else coalesce(billing.billed_units, 0)
        end as billed_units,
        coalesce(billing.unmeasured_amount, 0) as unmeasured_amount,
        coalesce(billing.repeated_amount, 0) as repeated_amount,
        coalesce(billing.documented_amount, 0) as documented_amount,
        coalesce(billing.stuck_amount, 0) as stuck_amount,
        coalesce(billing.voided_amount, 0) as voided_amount,
        coalesce(billing.invoiced_amount, 0) as invoiced_amount,
        coalesce(billing.credit_amount, 0) as credit_amount,
        coalesce(billing.unjustified_credit_amount, 0) as unjustified_credit_amount,
        coalesce(billing.prepaid_amount, 0) as prepaid_amount,
        coalesce(billing.unjustified_prepaid_amount, 0) as unjustified_prepaid_amount,
        coalesce(billing.cash_amount, 0) as cash_amount
    from owed
    full join billing
        using (organization_id, account_id, subscription_id, item, period_start, currency)
)

select * from final

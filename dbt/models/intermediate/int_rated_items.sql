{#- The quantity that is rated for each amount: the metering rung from used to reported, then what lines say. -#}
{%- set rated_units = {
    "entitled": "units_actual",
    "less_rejected": "units_less_rejected",
    "less_unreported": "units_less_unreported",
    "requantified": "units_requantified",
    "less_overwritten": "units_less_overwritten",
    "with_reported_twice": "units_with_reported_twice",
    "metered": "units_reported",
    "in_time": "units_in_time",
    "posted": "billed_units",
} -%}
{%- set again = "rated.unmeasured_amount + rated.repeated_amount" -%}
{%- set posted_once -%}
    case when rated.is_free then rated.documented_amount else rated.posted_amount + rated.unmeasured_amount end
{%- endset -%}
{%- set posted -%}
    case when rated.is_free then rated.documented_amount else rated.posted_amount + {{ again }} end
{%- endset -%}
{%- set priced -%}
    case
        when rated.is_free or rated.converted_lines > 0 then rated.documented_amount
        when rated.item = 'recurring' then case when rated.billed_units > 0 then rated.billing_fee else 0 end + {{ again }}
        when rated.is_billed_as_signed then rated.posted_amount + {{ again }}
        when rated.is_billed_by_event and rated.documented_lines > 0 and rated.billed_units = rated.units_reported
            then round(coalesce(rated.billing_event_amount, 0), rated.minor_unit) + {{ again }}
        when rated.is_billed_by_event then rated.documented_amount
        else round({{ rate_in_place('rated.billed_units', 'rated', 'billing_') }}, rated.minor_unit) + {{ again }}
    end
{%- endset -%}

-- Read in `from`, not by CTEs: see rating.fence().
select
    rated.organization_id,
    rated.account_id,
    rated.subscription_id,
    rated.item,
    rated.period_start,
    rated.currency,
    rated.period_end,
    rated.billing_month,
    rated.is_claimed,
    rated.is_after_end,
    rated.is_prorated,
    rated.contract_price_id,
    rated.billing_price_id,
    rated.documented_lines,
    rated.documented_lines_of_period,
    rated.unmeasured_lines,
    rated.converted_lines > 0 as is_converted,
    rated.foreign_lines > 0 or (rated.foreign_lines_of_item > 0 and rated.documented_lines = 0) as is_foreign,
    rated.units_reported,
    rated.units_in_time,
    rated.billed_units,
    rated.events,
    rated.first_event_at,
    rated.last_event_at,
    rated.unrated_reason,
    rated.maturity,
    rated.is_due,
    rated.entitled_amount,
    rated.less_rejected_amount,
    rated.less_unreported_amount,
    rated.requantified_amount,
    rated.less_overwritten_amount,
    rated.with_reported_twice_amount,
    rated.metered_amount,
    rated.in_time_amount,
    {{ posted_once }} as posted_once_amount,
    {{ posted }} as posted_amount,
    {{ priced }} as priced_amount,
    -- Whether any two rungs differ or anything was taken back: of most items nothing, and taking one apart costs ten
    -- times as much as rating it.
    coalesce(
        (
            rated.has_reports and not (
                rated.entitled_amount = rated.less_rejected_amount
                and rated.less_rejected_amount = rated.less_unreported_amount
                and rated.less_unreported_amount = rated.requantified_amount
                and rated.requantified_amount = rated.less_overwritten_amount
                and rated.less_overwritten_amount = rated.with_reported_twice_amount
                and rated.with_reported_twice_amount = rated.metered_amount
                and rated.metered_amount = rated.in_time_amount
            )
        )
        or (
            rated.has_invoices and not (
                case when rated.has_reports then rated.metered_amount else rated.entitled_amount end = {{ posted_once }}
                and rated.repeated_amount = 0
                and {{ posted }} = {{ priced }}
                and {{ priced }} = rated.documented_amount
                and rated.documented_amount = rated.invoiced_amount
                and rated.stuck_amount = 0
                and rated.voided_amount = 0
            )
        )
        or rated.credit_amount <> 0
        or rated.prepaid_amount <> 0,
        true
    ) as has_steps,
    rated.documented_amount,
    rated.stuck_amount,
    rated.voided_amount,
    rated.invoiced_amount,
    rated.credit_amount,
    rated.unjustified_credit_amount,
    rated.prepaid_amount,
    rated.unjustified_prepaid_amount,
    rated.cash_amount
from (
    select
        rating.fence() as fence_of_rungs,
        {% for rung, units in rated_units.items() -%}
            {{ rate_rung(rung, units, 'priced') }} as {{ rung }}_amount,
        {% endfor -%}
        priced.*
    from {{ ref('int_priced_items') }} as priced
) as rated

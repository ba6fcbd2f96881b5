{#- The rungs on which a commitment or discount follows from the other items of its period. -#}
{%- set rungs = [
    "entitled", "less_rejected", "less_unreported", "requantified", "less_overwritten", "with_reported_twice",
    "metered", "in_time", "posted_once", "posted", "priced",
] -%}
{%- set documents = [
    "documented", "stuck", "voided", "invoiced", "credit", "unjustified_credit", "prepaid", "unjustified_prepaid",
    "cash",
] -%}

with
others as (
    select * from {{ ref('int_rated_items') }}
    where
        {{ in_build_range('billing_month') }}
        and is_claimed
        and item not in ('minimum_true_up', 'maximum_discount', 'discount')
),

lines as (
    select * from {{ ref('int_rated_items') }}
    where
        {{ in_build_range('billing_month') }}
        and item in ('minimum_true_up', 'maximum_discount', 'discount')
),

terms as (
    select * from {{ ref('int_period_terms') }}
),

discounts as (
    select * from {{ ref('int_item_discounts') }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

granted as (
    select
        others.*,
        coalesce(discounts.percent_off, 0) as percent_off,
        coalesce(discounts.amount_off, 0) as amount_off,
        coalesce(discounts.amount_off_all, 0) as amount_off_all
    from others
    inner join terms
        using (organization_id, account_id, subscription_id, period_start, currency)
    left join discounts
        using (organization_id, account_id, subscription_id, item, period_start, currency)
),

sums as (
    select
        organization_id,
        account_id,
        subscription_id,
        period_start,
        currency,
        bool_or(unrated_reason is not null) as is_unrated,
        max(documented_lines_of_period) as documented_lines_of_period,
    {% for rung in rungs -%}
        sum({{ rung }}_amount) as {{ rung }}_amount,
        sum(least({{ rung }}_amount, {{ rung }}_amount * percent_off * 0.01 + amount_off)) + max(amount_off_all)
            as {{ rung }}_off{{ "," if not loop.last }}
    {% endfor %}
    from granted
    group by
        organization_id,
        account_id,
        subscription_id,
        period_start,
        currency
),

-- Discounts first, then the minimum, then the maximum. Without any document nothing of the period was posted, and the
-- minimum of nothing is not owed twice.
discounted as (
    select
        terms.organization_id,
        terms.account_id,
        terms.subscription_id,
        terms.period_start,
        terms.currency,
        terms.period_end,
        terms.billing_month,
        terms.minimum_amount,
        terms.maximum_amount,
        coalesce(sums.is_unrated, false) as is_unrated,
        organizations.finalized_until >= terms.period_end as is_due,
        coalesce(sums.documented_lines_of_period, 0) as documented_lines_of_period,
        {{ maturity('terms.period_end', 'organizations') }} as maturity,
    {% for rung in rungs -%}
        coalesce(sums.{{ rung }}_amount, 0) as {{ rung }}_amount,
        -round(
            greatest(least(coalesce(sums.{{ rung }}_off, 0), coalesce(sums.{{ rung }}_amount, 0)), 0),
            terms.minor_unit
        ) as {{ rung }}_discount{{ "," if not loop.last }}
    {% endfor %}
    from terms
    inner join organizations
        on organizations.organization_id = terms.organization_id
    left join sums
        on
            sums.organization_id = terms.organization_id
            and sums.account_id = terms.account_id
            and sums.subscription_id = terms.subscription_id
            and sums.period_start = terms.period_start
            and sums.currency = terms.currency
),

agreed as (
    select
        discounted.organization_id,
        discounted.account_id,
        discounted.subscription_id,
        items.item,
        discounted.period_start,
        discounted.currency,
        discounted.period_end,
        discounted.billing_month,
        discounted.is_unrated,
        discounted.is_due,
        discounted.documented_lines_of_period,
        discounted.maturity,
    {% for rung in rungs -%}
        case
            {% if rung in ("posted_once", "posted", "priced") -%}
                when discounted.documented_lines_of_period = 0 then 0
            {% endif -%}
            when items.item = 'discount' then discounted.{{ rung }}_discount
            when items.item = 'minimum_true_up'
                then
                    greatest(
                        discounted.minimum_amount - discounted.{{ rung }}_amount - discounted.{{ rung }}_discount, 0
                    )
            else
                -greatest(
                    greatest(
                        discounted.{{ rung }}_amount + discounted.{{ rung }}_discount, discounted.minimum_amount
                    ) - discounted.maximum_amount,
                    0
                )
        end as {{ rung }}_amount{{ "," if not loop.last }}
    {% endfor %}
    from discounted
    cross join (values ('minimum_true_up'), ('maximum_discount'), ('discount')) as items (item)
),

-- A line of a kind whose terms the source delivers, and none in force: nothing was agreed, so nothing is owed.
billed as (
    select
        lines.*,
        lines.is_claimed and (
            (lines.item in ('minimum_true_up', 'maximum_discount') and organizations.has_commitments)
            or (lines.item = 'discount' and organizations.has_discounts)
        ) as is_agreed_item
    from lines
    inner join organizations
        on organizations.organization_id = lines.organization_id
),

final as (
    select
        organization_id,
        account_id,
        subscription_id,
        item,
        period_start,
        currency,
        coalesce(billed.period_end, agreed.period_end) as period_end,
        coalesce(billed.billing_month, agreed.billing_month) as billing_month,
        coalesce(billed.is_claimed, true) as is_claimed,
        coalesce(billed.is_after_end, false) as is_after_end,
        coalesce(billed.is_agreed_item, true) as is_agreed,
        billed.contract_price_id,
        billed.billing_price_id,
        coalesce(billed.documented_lines, 0) as documented_lines,
        coalesce(billed.documented_lines_of_period, agreed.documented_lines_of_period) as documented_lines_of_period,
        coalesce(billed.unmeasured_lines, 0) as unmeasured_lines,
        coalesce(billed.is_converted, false) as is_converted,
        coalesce(billed.is_foreign, false) as is_foreign,
        coalesce(billed.units_reported, 0) as units_reported,
        coalesce(billed.units_in_time, 0) as units_in_time,
        coalesce(billed.billed_units, 0) as billed_units,
        billed.events,
        billed.first_event_at,
        billed.last_event_at,
        case when agreed.is_unrated then 'other_items_not_rated' else billed.unrated_reason end as unrated_reason,
        coalesce(billed.maturity, agreed.maturity) as maturity,
        coalesce(agreed.is_due, billed.is_due) as is_due,
        {% for rung in rungs -%}
            case
                when coalesce(billed.is_agreed_item, true) then coalesce(agreed.{{ rung }}_amount, 0)
                else billed.{{ rung }}_amount
            end as {{ rung }}_amount,
        {% endfor -%}
    {% for amount in documents -%}
        coalesce(billed.{{ amount }}_amount, 0) as {{ amount }}_amount{{ "," if not loop.last }}
    {% endfor %}
    from billed
    full join agreed
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    -- A term that changes nothing and is on no line is no row.
    where
        billed.organization_id is not null
        {% for rung in rungs -%}
            or agreed.{{ rung }}_amount <> 0
        {% endfor %}
)

select * from final

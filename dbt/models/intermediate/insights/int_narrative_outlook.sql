{{ config(materialized="incremental", incremental_strategy="replace_all") }}

{#- What is known as of now and of no month by itself, told with the newest month that is over. -#}
with
figures as (
    select
        *,
        row_number() over (
            partition by organization_id order by month desc, total_revenue_amount desc nulls last, currency asc
        ) = 1 as is_main,
        month = max(month) over (partition by organization_id, currency) as is_newest
    from {{ ref('int_month_figures') }}
    where is_complete
),

recoverable as (
    select
        organization_id,
        currency,
        sum(outstanding_amount) as outstanding_amount,
        sum(expected_amount) as expected_amount,
        sum(expected_low_amount) as expected_low_amount,
        sum(expected_high_amount) as expected_high_amount
    from {{ ref('mart_recoverable_revenue') }}
    group by organization_id, currency
),

payments as (
    select
        figures.month,
        figures.minor_unit,
        recoverable.*
    from recoverable
    inner join figures
        on
            figures.organization_id = recoverable.organization_id
            and figures.currency = recoverable.currency
            and figures.is_newest
    where recoverable.outstanding_amount > 0 and recoverable.expected_amount is not null
),

-- Of an organization with several currencies told once, with the one that brings most: the gravest outcome that is a
-- signal, in its shortest window.
signals as (
    select distinct on (signals.organization_id)
        figures.currency,
        figures.month,
        signals.*
    from {{ ref('mart_failure_to_churn_signal') }} as signals
    inner join figures
        on
            figures.organization_id = signals.organization_id
            and figures.is_main
    where signals.is_signal and signals.risk_difference > 0
    order by
        signals.organization_id asc,
        array_position(array['churn', 'cancel_intent', 'engagement_decline'], signals.outcome) asc,
        signals.window_end_days - signals.window_start_days asc,
        signals.window_start_days asc
),

said as (
    select
        organization_id, currency, month, 'expected_effect' as topic, 20 as position, 'payments' as subject,
        'Of ' || {{ money_text('outstanding_amount', 'payments') }}
        || ' that is due and not paid, past payments let expect '
        || {{ money_text('expected_amount', 'payments') }} || ', between '
        || {{ money_text('expected_low_amount', 'payments') }} || ' and '
        || {{ money_text('expected_high_amount', 'payments') }} || '.' as sentence,
        'mart_recoverable_revenue' as source_mart,
        jsonb_build_object('currency', currency) as source_key,
        jsonb_build_object(
            'outstanding_amount', outstanding_amount, 'expected_amount', expected_amount,
            'expected_low_amount', expected_low_amount, 'expected_high_amount', expected_high_amount
        ) as numbers
    from payments
    union all
    select
        organization_id, currency, month, 'customers' as topic, 10 as position, 'failure_to_churn' as subject,
        'Customers whose payment failed '
        || case outcome
            when 'churn' then 'left '
            when 'cancel_intent' then 'meant to cancel '
            else 'used the product less '
        end
        || case when window_start_days = 0 then 'within ' else 'between ' || window_start_days || ' and ' end
        || window_end_days || case when window_start_days = 0 then ' days in ' else ' days later in ' end
        || {{ percent_text('failure_event_rate') }}
        || ' of cases, comparable customers in ' || {{ percent_text('control_event_rate') }} || ': '
        || {{ points_text('risk_difference') }} || ' more, between ' || {{ percent_text('risk_difference_low') }}
        || ' and ' || {{ percent_text('risk_difference_high') }} || '.' as sentence,
        'mart_failure_to_churn_signal' as source_mart,
        jsonb_build_object(
            'outcome', outcome, 'window_start_days', window_start_days, 'window_end_days', window_end_days
        ) as source_key,
        jsonb_build_object(
            'failure_event_rate', failure_event_rate, 'control_event_rate', control_event_rate,
            'risk_difference', risk_difference, 'risk_difference_low', risk_difference_low,
            'risk_difference_high', risk_difference_high
        ) as numbers
    from signals
),

final as (
    select
        organization_id,
        currency,
        month,
        topic,
        subject,
        position,
        sentence,
        source_mart,
        source_key || jsonb_build_object('organization_id', organization_id) as source_key,
        numbers
    from said
)

select * from final

{{ config(materialized="view", post_hook=[]) }}

{#- What to do first about the findings of a month, until when, and what it would bring back. -#}
with
figures as (
    select * from {{ ref('int_month_figures') }}
    where is_complete
),

leaks as (
    select
        leaks.*,
        leaks.billing_month as month,
        figures.minor_unit
    from {{ ref('int_month_leaks') }} as leaks
    inner join figures
        on
            figures.organization_id = leaks.organization_id
            and figures.currency = leaks.currency
            and figures.month = leaks.billing_month
),

remedies as (
    select
        organization_id,
        currency,
        month,
        minor_unit,
        remedy,
        sum(findings)::bigint as findings,
        sum(recoverable_amount) as recoverable_amount,
        min(next_deadline_at) as next_deadline_at
    from leaks
    where recoverable_amount > 0
    group by organization_id, currency, month, minor_unit, remedy
),

ordered as (
    select
        *,
        row_number() over (
            partition by organization_id, currency, month order by recoverable_amount desc, remedy asc
        ) as place,
        row_number() over (
            partition by organization_id, currency, month order by next_deadline_at asc nulls last, remedy asc
        ) as urgency,
        count(*) over (partition by organization_id, currency, month) as remedies
    from remedies
),

together as (
    select
        organization_id,
        currency,
        month,
        minor_unit,
        sum(leak_amount) as leak_amount,
        sum(recoverable_amount) as recoverable_amount,
        sum(recoverable_amount) / sum(leak_amount) as share
    from leaks
    where direction = 'under'
    group by organization_id, currency, month, minor_unit
    having sum(recoverable_amount) > 0
),

credits as (
    select
        organization_id,
        currency,
        month,
        minor_unit,
        sum(findings)::bigint as findings,
        sum(leak_amount) as leak_amount
    from leaks
    where direction = 'over' and remedy = 'credit_note' and leak_amount > 0
    group by organization_id, currency, month, minor_unit
),

said as (
    select
        organization_id, currency, month, 'what_to_do' as topic, 10 as position, 'first' as subject,
        'First, ' || {{ remedy_text('remedy', 'findings') }} || ' of ' || {{ month_text('month') }}
        || ': that would bring back ' || {{ money_text('recoverable_amount', 'ordered') }} || '.' as sentence,
        jsonb_build_object('direction', 'under', 'remedy', remedy) as source_key,
        jsonb_build_object('recoverable_amount', recoverable_amount) as numbers
    from ordered
    where place = 1
    union all
    select
        organization_id, currency, month, 'what_to_do' as topic, 20 as position, 'deadline' as subject,
        'The next window closes on ' || {{ day_text('next_deadline_at') }} || ': until then '
        || {{ remedy_text('remedy', 'findings') }} || '.' as sentence,
        jsonb_build_object('direction', 'under', 'remedy', remedy) as source_key,
        jsonb_build_object('recoverable_amount', recoverable_amount, 'recoverable_until', next_deadline_at) as numbers
    from ordered
    where urgency = 1 and next_deadline_at is not null
    union all
    select
        organization_id, currency, month, 'what_to_do' as topic, 30 as position, 'credit' as subject,
        'Credit ' || {{ money_text('leak_amount', 'credits') }} || ' that customers were charged too much, in '
        || {{ counted('findings', 'finding') }} || '.' as sentence,
        jsonb_build_object('direction', 'over', 'remedy', 'credit_note') as source_key,
        jsonb_build_object('leak_amount', -leak_amount) as numbers
    from credits
    union all
    select
        organization_id, currency, month, 'expected_effect' as topic, 10 as position, 'recoverable' as subject,
        {{ money_text('recoverable_amount', 'together') }} || ' of what was lost in ' || {{ month_text('month') }}
        || case when share < 1 then ' (' || {{ percent_text('share') }} || ')' else ', all of it,' end
        || ' can still be claimed.' as sentence,
        jsonb_build_object('direction', 'under') as source_key,
        jsonb_build_object('leak_amount', leak_amount, 'recoverable_amount', recoverable_amount) as numbers
    from together
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
        'revmatch_leaks' as source_mart,
        source_key || jsonb_build_object(
            'organization_id', organization_id, 'currency', currency, 'billing_month', month, 'certainty', 'confirmed'
        ) as source_key,
        numbers
    from said
)

select * from final

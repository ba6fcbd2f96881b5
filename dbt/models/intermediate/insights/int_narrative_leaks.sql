{{ config(materialized="view", post_hook=[]) }}

{#- Where a month leaks: the totals of both directions, then the largest cause and the account that is hit most. -#}
with
kpis as (
    select
        kpis.*,
        currencies.minor_unit
    from {{ ref('mart_executive_kpis') }} as kpis
    inner join {{ ref('stg_currencies') }} as currencies
        on currencies.currency = kpis.currency
    where kpis.is_complete
),

codes as (
    select
        organization_id,
        currency,
        billing_month as month,
        direction,
        code,
        replace(name, '_', ' ') as name,
        sum(findings)::bigint as findings,
        sum(leak_amount) as leak_amount
    from {{ ref('int_month_leaks') }}
    where leak_amount > 0
    group by organization_id, currency, billing_month, direction, code, name
),

largest as (
    select distinct on (organization_id, currency, month, direction)
        codes.*,
        kpis.minor_unit,
        codes.leak_amount
        / case codes.direction when 'under' then kpis.leak_under_amount else kpis.leak_over_amount end as share
    from codes
    inner join kpis
        using (organization_id, currency, month)
    order by organization_id asc, currency asc, month asc, direction asc, leak_amount desc, code asc
),

accounts as (
    select
        accounts.*,
        accounts.billing_month as month,
        kpis.minor_unit
    from {{ ref('int_month_leak_accounts') }} as accounts
    inner join kpis
        on
            kpis.organization_id = accounts.organization_id
            and kpis.currency = accounts.currency
            and kpis.month = accounts.billing_month
),

said as (
    select
        organization_id, currency, month, 10 as position, 'lost' as subject,
        {{ money_text('leak_under_amount', 'kpis') }} || ' was lost in ' || {{ month_text('month') }}
        || coalesce(', ' || {{ percent_text('leak_under_rate') }} || ' of what customers owed', '') || '.' as sentence,
        'mart_executive_kpis' as source_mart,
        jsonb_build_object('month', month) as source_key,
        jsonb_strip_nulls(
            jsonb_build_object('leak_under_amount', leak_under_amount, 'leak_under_rate', leak_under_rate)
        ) as numbers
    from kpis
    where leak_under_amount > 0
    union all
    select
        organization_id, currency, month, 30 as position, 'overcharged' as subject,
        'Customers were charged ' || {{ money_text('leak_over_amount', 'kpis') }} || ' too much in '
        || {{ month_text('month') }}
        || coalesce(', ' || {{ percent_text('leak_over_rate') }} || ' of what they owed', '') || '.' as sentence,
        'mart_executive_kpis' as source_mart,
        jsonb_build_object('month', month) as source_key,
        jsonb_strip_nulls(
            jsonb_build_object('leak_over_amount', leak_over_amount, 'leak_over_rate', leak_over_rate)
        ) as numbers
    from kpis
    where leak_over_amount > 0
    union all
    select
        organization_id, currency, month,
        case direction when 'under' then 20 else 40 end as position,
        'cause_' || direction as subject,
        'The largest cause of ' || case direction when 'under' then 'losses' else 'over-billing' end || ' was '
        || name || ' (' || code || '): ' || {{ money_text('leak_amount', 'largest') }} || ' in '
        || {{ counted('findings', 'finding') }}
        || case when share < 1 then ', ' || {{ percent_text('share') }} || ' of it all' else '' end || '.' as sentence,
        'revmatch_leaks' as source_mart,
        jsonb_build_object('billing_month', month, 'direction', direction, 'code', code, 'certainty', 'confirmed')
            as source_key,
        jsonb_build_object(
            'rows', findings, 'leak_amount', case direction when 'under' then leak_amount else -leak_amount end
        ) as numbers
    from largest
    union all
    select
        organization_id, currency, month,
        case direction when 'under' then 25 else 45 end as position,
        'account_' || direction as subject,
        'The account with the largest ' || case direction when 'under' then 'losses' else 'over-billing' end || ' was '
        || account_id || ': ' || {{ money_text('abs(leak_amount)', 'accounts') }} || ' in '
        || {{ counted('findings', 'finding') }} || '.' as sentence,
        'revmatch_leaks' as source_mart,
        jsonb_build_object(
            'billing_month', month, 'direction', direction, 'account_id', account_id, 'certainty', 'confirmed'
        ) as source_key,
        jsonb_build_object('leak_amount', leak_amount) as numbers
    from accounts
),

final as (
    select
        organization_id,
        currency,
        month,
        'where_it_leaks' as topic,
        subject,
        position,
        sentence,
        source_mart,
        source_key || jsonb_build_object('organization_id', organization_id, 'currency', currency) as source_key,
        numbers
    from said
)

select * from final

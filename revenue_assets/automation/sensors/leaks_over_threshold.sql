-- Causes of finalized, confirmed findings that are over the threshold of their organization and currency, one row per
-- organization, currency, code and direction. Under and over are never netted.
with
findings as (
    select
        *,
        abs(leak_amount) as amount
    from marts.revmatch_leaks
    where certainty = 'confirmed' and maturity in ('finalized', 'beyond_window')
),

entitled as (
    select
        organization_id,
        currency,
        billing_month,
        amount as entitled_amount
    from marts.mart_revenue_ladder
    where rung = 'entitled'
),

months as (
    select
        findings.organization_id,
        findings.currency,
        findings.code,
        findings.direction,
        findings.billing_month,
        sum(findings.amount) as amount,
        sum(findings.amount) / nullif(max(entitled.entitled_amount), 0) as rate
    from findings
    left join entitled
        on
            entitled.organization_id = findings.organization_id
            and entitled.currency = findings.currency
            and entitled.billing_month = findings.billing_month
    group by findings.organization_id, findings.currency, findings.code, findings.direction, findings.billing_month
),

-- The most telling threshold: an organization's own before that of a currency, and `*` for all others.
months_with_threshold as (
    select
        months.*,
        threshold.leak_amount as threshold_amount,
        threshold.leak_rate as threshold_rate,
        threshold.critical_amount,
        months.rate >= threshold.leak_rate and months.amount >= threshold.minimum_amount as is_over_rate
    from months
    cross join lateral (
        select *
        from staging.alert_thresholds
        where organization_id in (months.organization_id, '*') and currency in (months.currency, '*')
        order by (organization_id = '*') asc, (currency = '*') asc
        limit 1
    ) as threshold
),

over_threshold as (
    select
        organization_id,
        currency,
        code,
        direction,
        sum(amount) as amount,
        min(billing_month) as first_month,
        max(billing_month) as last_month,
        max(rate) as worst_rate,
        (array_agg(billing_month order by rate desc nulls last, billing_month))[1] as worst_month,
        max(threshold_amount) as threshold_amount,
        max(threshold_rate) as threshold_rate,
        sum(amount) >= max(critical_amount) as is_over_critical
    from months_with_threshold
    group by organization_id, currency, code, direction
    having sum(amount) >= max(threshold_amount) or bool_or(is_over_rate)
),

accounts as (
    select
        findings.organization_id,
        findings.currency,
        findings.code,
        findings.direction,
        findings.account_id,
        max(names.name) as account_name,
        sum(findings.amount) as amount,
        row_number() over (
            partition by findings.organization_id, findings.currency, findings.code, findings.direction
            order by sum(findings.amount) desc, findings.account_id asc
        ) as place
    from findings
    left join raw.accounts as names
        on
            names.organization_id = findings.organization_id
            and names.account_id = findings.account_id
    group by findings.organization_id, findings.currency, findings.code, findings.direction, findings.account_id
),

worst_accounts as (
    select
        organization_id,
        currency,
        code,
        direction,
        array_agg(account_id order by place) filter (where place <= 5) as account_ids,
        array_agg(account_name order by place) filter (where place <= 5) as account_names,
        array_agg(amount order by place) filter (where place <= 5) as account_amounts,
        count(*) as accounts
    from accounts
    group by organization_id, currency, code, direction
),

recoverable as (
    select
        organization_id,
        currency,
        code,
        direction,
        max(name) as name,
        count(*) as findings,
        bool_or(severity = 'critical') as has_critical,
        sum(recoverable_amount) as recoverable_amount,
        min(recoverable_until) filter (where recoverable_amount > 0) as recoverable_until,
        array_agg(distinct remedy) as remedies
    from findings
    group by organization_id, currency, code, direction
)

select
    over_threshold.*,
    recoverable.name,
    recoverable.findings,
    recoverable.has_critical or over_threshold.is_over_critical as is_critical,
    recoverable.recoverable_amount,
    recoverable.recoverable_until,
    recoverable.remedies,
    worst_accounts.account_ids,
    worst_accounts.account_names,
    worst_accounts.account_amounts,
    worst_accounts.accounts,
    organizations.source_name,
    currencies.minor_unit
from over_threshold
inner join recoverable
    using (organization_id, currency, code, direction)
inner join worst_accounts
    using (organization_id, currency, code, direction)
inner join raw.organizations as organizations
    on organizations.organization_id = over_threshold.organization_id
left join raw.currencies as currencies
    on currencies.currency = over_threshold.currency
order by over_threshold.organization_id, over_threshold.currency, over_threshold.code, over_threshold.direction

-- Organizations whose first tries to collect fail more often than they used to, with what was declined in those days.
with
spikes as (
    select * from marts.mart_payment_failure_spike
    where is_spike
),

declined as (
    select
        invoices.organization_id,
        invoices.account_id,
        invoices.currency,
        coalesce(invoices.first_decline_code, 'no code') as decline_code,
        invoices.due_amount
    from spikes
    inner join intermediate.int_invoice_payments as invoices
        on
            invoices.organization_id = spikes.organization_id
            and invoices.first_attempted_at >= spikes.recent_from
            and invoices.first_attempted_at < spikes.as_of
    where not invoices.is_first_attempt_successful
),

codes as (
    select
        organization_id,
        decline_code,
        count(*) as invoices
    from declined
    group by organization_id, decline_code
),

words as (
    select
        organization_id,
        string_agg(invoices || ' ' || decline_code, ', ' order by invoices desc, decline_code asc) as codes
    from codes
    group by organization_id
),

amounts as (
    select
        declined.organization_id,
        declined.currency,
        max(currencies.minor_unit) as minor_unit,
        sum(declined.due_amount) as amount
    from declined
    left join raw.currencies as currencies
        on currencies.currency = declined.currency
    group by declined.organization_id, declined.currency
),

accounts as (
    select
        declined.organization_id,
        declined.account_id,
        declined.currency,
        max(names.name) as account_name,
        max(currencies.minor_unit) as minor_unit,
        count(*) as invoices,
        sum(declined.due_amount) as amount,
        -- Amounts of two currencies have no order: most invoices first.
        row_number() over (
            partition by declined.organization_id
            order by count(*) desc, sum(declined.due_amount) desc, declined.account_id asc, declined.currency asc
        ) as place
    from declined
    left join raw.accounts as names
        on
            names.organization_id = declined.organization_id
            and names.account_id = declined.account_id
    left join raw.currencies as currencies
        on currencies.currency = declined.currency
    group by declined.organization_id, declined.account_id, declined.currency
)

select
    spikes.*,
    words.codes,
    (
        select json_agg(
            json_build_array(amounts.amount::text, amounts.minor_unit, amounts.currency) order by amounts.currency
        )
        from amounts
        where amounts.organization_id = spikes.organization_id
    ) as amounts,
    (
        select json_agg(
            json_build_array(
                accounts.account_id,
                accounts.account_name,
                accounts.invoices,
                accounts.amount::text,
                accounts.minor_unit,
                accounts.currency
            )
            order by accounts.place
        )
        from accounts
        where accounts.organization_id = spikes.organization_id and accounts.place <= 5
    ) as accounts
from spikes
left join words
    on words.organization_id = spikes.organization_id
order by spikes.organization_id

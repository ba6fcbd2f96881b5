-- A row is a currency that some table names and ISO 4217 does not know, with how many rows name it.
with
named as (
    select 'accounts' as named_in, currency from raw.accounts
    union all
    select 'plans' as named_in, currency from raw.plans
    union all
    select 'contract_prices' as named_in, currency from raw.contract_prices
    union all
    select 'billing_prices' as named_in, currency from raw.billing_prices
    union all
    select 'commitments' as named_in, currency from raw.commitments
    union all
    select 'credit_grants' as named_in, currency from raw.credit_grants
    union all
    select 'invoices' as named_in, currency from raw.invoices
    union all
    select 'invoice_lines' as named_in, currency from raw.invoice_lines
    union all
    select 'credit_notes' as named_in, currency from raw.credit_notes
    union all
    select 'payment_attempts' as named_in, currency from raw.payment_attempts
    union all
    select 'refunds' as named_in, currency from raw.refunds
    union all
    select 'disputes' as named_in, currency from raw.disputes
)

select
    named.named_in,
    named.currency,
    count(*) as row_count
from named
left join raw.currencies as currencies
    on currencies.currency = named.currency
where
    named.currency is not null
    and currencies.currency is null
group by named.named_in, named.currency
order by named.named_in, named.currency

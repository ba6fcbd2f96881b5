-- A row is an organization that some table names and raw.organizations does not know, with how many rows name it.
with
owners as (
    select 'accounts' as named_in, organization_id from raw.accounts
    union all
    select 'subscriptions' as named_in, organization_id from raw.subscriptions
    union all
    select 'contract_prices' as named_in, organization_id from raw.contract_prices
    union all
    select 'invoices' as named_in, organization_id from raw.invoices
    union all
    select 'invoice_lines' as named_in, organization_id from raw.invoice_lines
    union all
    select 'credit_notes' as named_in, organization_id from raw.credit_notes
    union all
    select 'payment_attempts' as named_in, organization_id from raw.payment_attempts
)

select
    owners.named_in,
    owners.organization_id,
    count(*) as row_count
from owners
left join raw.organizations as organizations
    on
        organizations.organization_id = owners.organization_id
        and organizations.as_of is not null
where organizations.organization_id is null
group by owners.named_in, owners.organization_id
order by owners.named_in, owners.organization_id

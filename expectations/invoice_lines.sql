-- Lines, with the currency of their invoice, and whether the price that they name is a plain one per unit.
-- The billing system's price wins; a price that nobody delivered says nothing.
with
prices as (
    select
        organization_id,
        price_id,
        charge_model,
        included_units,
        unit_amount,
        1 as precedence
    from billing_prices
    union all
    select
        organization_id,
        price_id,
        charge_model,
        included_units,
        unit_amount,
        2 as precedence
    from contract_prices
),

named_prices as (
    select *
    from prices
    qualify row_number() over (partition by organization_id, price_id order by precedence) = 1
),

invoice_currencies as (
    select
        organization_id,
        invoice_id,
        any_value(currency) as currency
    from invoices
    group by organization_id, invoice_id
)

select
    invoice_lines.*,
    invoice_currencies.currency as invoice_currency,
    named_prices.unit_amount as price_unit_amount,
    currencies.minor_unit_amount,
    invoice_lines.kind = 'usage'
    and named_prices.charge_model = 'per_unit'
    and coalesce(named_prices.included_units, 0) = 0 as is_plain_usage
from invoice_lines
left join invoice_currencies
    on
        invoice_lines.organization_id = invoice_currencies.organization_id
        and invoice_lines.invoice_id = invoice_currencies.invoice_id
left join named_prices
    on
        invoice_lines.organization_id = named_prices.organization_id
        and invoice_lines.price_id = named_prices.price_id
left join currencies on invoice_lines.currency = currencies.currency

-- One month of bench.accounts accounts, each with one subscription, four used meters with a price of another charge model
-- each, and an invoice with a line per meter. Of 20 items one has unreported usage and one a smaller quantity on its
-- line; of 50 prices one is another in billing.
insert into raw.organizations values ('org_rating', 'rating', '2025-06-01', 3, 'event_id', array[
    'usage_events', 'reported_events', 'contract_prices', 'billing_prices', 'invoices', 'invoice_lines'
]);
insert into raw.accounts (source_name, organization_id, account_id, name, currency, created_at, is_internal)
select 'rating', 'org_rating', 'acct_' || number, 'Account', 'USD', '2024-01-01', false
from generate_series(1, current_setting('bench.accounts')::integer) as number;
insert into raw.plans (source_name, organization_id, plan_id, name, billing_interval, currency)
select 'rating', 'org_rating', 'plan_' || number, 'Plan', 'month', 'USD' from generate_series(1, 50) as number;
insert into raw.subscriptions
    (source_name, organization_id, subscription_id, account_id, plan_id, status, started_at, time_zone)
select 'rating', 'org_rating', 'sub_' || number, 'acct_' || number, 'plan_' || 1 + number % 50, 'active', '2024-01-01', 'UTC'
from generate_series(1, current_setting('bench.accounts')::integer) as number;
insert into raw.contract_prices (
    source_name, organization_id, price_id, plan_id, meter_id, charge_model, currency, valid_from, unit_amount,
    package_size, package_amount, included_units, tiers, zero_usage_flat_fee, rounding, proration, bill_in
)
select
    'rating', 'org_rating', 'price_' || meter_id || '_' || plan, 'plan_' || plan, meter_id, charge_model, 'USD',
    '2024-01-01', case when charge_model = 'per_unit' then 0.01 * plan end,
    case when charge_model = 'package' then 100 end, case when charge_model = 'package' then 5 end, 10,
    case when charge_model in ('graduated', 'volume') then jsonb_build_array(
        jsonb_build_object('up_to', 100, 'unit_amount', '0.10', 'flat_amount', 0.01 * plan),
        jsonb_build_object('up_to', 500, 'unit_amount', '0.08'),
        jsonb_build_object('up_to', 2000, 'unit_amount', '0.05', 'flat_amount', '1'),
        jsonb_build_object('up_to', null, 'unit_amount', '0.02')
    ) end,
    true, 'up', 'day', 'arrears'
from generate_series(1, 50) as plan
cross join (
    values ('calls', 'per_unit'), ('tokens', 'graduated'), ('storage', 'volume'), ('jobs', 'package')
) as meters (meter_id, charge_model);
insert into raw.billing_prices select * from raw.contract_prices where organization_id = 'org_rating';
update raw.billing_prices set included_units = 0 where plan_id = 'plan_1' and organization_id = 'org_rating';
insert into lake.billing_periods
select
    'rating', 'org_rating', 'acct_' || number, 'sub_' || number, 'plan_' || 1 + number % 50, 'USD', '2025-03-01',
    '2025-04-01', 31, 31, 31 * 86400, 31 * 86400, 1, '2025-03-01'
from generate_series(1, current_setting('bench.accounts')::integer) as number;
insert into lake.period_usage
select
    'rating', 'org_rating', 'acct_' || number, 'sub_' || number, meter_id, '2025-03-01', '2025-04-01', '2025-03-01',
    100, 100, units, units, reported, reported, reported, reported, reported, '2025-03-01', '2025-03-31'
from generate_series(1, current_setting('bench.accounts')::integer) as number
cross join unnest(array['calls', 'tokens', 'storage', 'jobs']) with ordinality as meters (meter_id, nth)
cross join lateral (select (number * 7919 + nth * 104729) % 3000 as units) as used
cross join lateral (select case when (number + nth) % 20 = 0 then units * 9 / 10 else units end as reported) as sent;
insert into raw.invoices (
    source_name, organization_id, invoice_id, account_id, subscription_id, status, currency, issued_at, period_start,
    period_end
)
select
    'rating', 'org_rating', 'inv_' || number, 'acct_' || number, 'sub_' || number, 'open', 'USD', '2025-04-01',
    '2025-03-01', '2025-04-01'
from generate_series(1, current_setting('bench.accounts')::integer) as number;
insert into raw.invoice_lines
    (source_name, organization_id, invoice_line_id, invoice_id, kind, meter_id, units, amount, currency)
select
    'rating', 'org_rating', 'line_' || billed.subscription_id || '_' || billed.meter_id,
    replace(billed.subscription_id, 'sub_', 'inv_'), 'usage', billed.meter_id, billed.units,
    round(
        rating.charge(
            prices.charge_model, prices.unit_amount, prices.included_units, prices.package_size, prices.package_amount,
            prices.rounding, prices.tiers, prices.zero_usage_flat_fee, billed.units
        ), 2
    ), 'USD'
from (
    select
        subscription_id, meter_id,
        case when hashtext(subscription_id || meter_id) % 20 = 0 then 0.5 else 1 end * units_reported as units
    from lake.period_usage
) as billed
inner join raw.subscriptions using (subscription_id)
inner join raw.billing_prices as prices using (plan_id, meter_id);

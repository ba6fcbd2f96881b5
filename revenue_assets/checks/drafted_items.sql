-- One row per item of the pre-invoice gate in the months asked for (all when null), the largest differences first.
select
    gate.account_id,
    gate.item,
    gate.period_start,
    gate.currency,
    gate.expected_amount,
    gate.draft_amount,
    gate.difference_amount,
    gate.is_right,
    gate.causes,
    gate.to_do,
    currencies.minor_unit
from marts.mart_invoice_gate as gate
left join raw.currencies
    on currencies.currency = gate.currency
where %(months)s::date[] is null or gate.billing_month = any(%(months)s::date[])
order by
    gate.currency,
    abs(gate.difference_amount) desc nulls last,
    gate.organization_id,
    gate.account_id,
    gate.subscription_id,
    gate.period_start,
    gate.item

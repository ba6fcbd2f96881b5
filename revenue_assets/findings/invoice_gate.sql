-- One row per item that drafts of the source bill or leave out: the wrong ones first, the largest of each currency first.
select
    gate.organization_id,
    gate.account_id,
    gate.subscription_id,
    gate.item,
    gate.period_start,
    gate.currency,
    gate.period_end,
    gate.maturity,
    gate.invoice_ids,
    gate.expected_units,
    gate.draft_units,
    gate.expected_amount,
    gate.invoiced_amount,
    gate.draft_amount,
    gate.difference_amount,
    gate.is_right,
    gate.code,
    gate.name,
    gate.causes,
    gate.to_do,
    gate.unrated_reason,
    currencies.minor_unit
from marts.mart_invoice_gate as gate
inner join raw.organizations
    on organizations.organization_id = gate.organization_id
left join raw.currencies
    on currencies.currency = gate.currency
where organizations.source_name = %(source)s
order by
    gate.is_right nulls first,
    gate.currency,
    abs(gate.difference_amount) desc nulls last,
    gate.organization_id,
    gate.account_id,
    gate.subscription_id,
    gate.period_start,
    gate.item

-- Days that lie in one segment of their account whole, and names with one mapping: placed as they are, added up.
select
    numbered_accounts.account_number,
    account_segments.segment_id,
    day_totals.day_number >= epoch_us(run.month_start) // 86400000000 as is_in_month,
    mappings_in_force.meter_number,
    day_totals.day_number,
    day_totals.events,
    if(mappings_in_force.is_counted, day_totals.events, day_totals.event_units) as event_units,
    mappings_in_force.multiplier
from day_totals
cross join run
anti join cut_days
    on
        day_totals.organization_id = cut_days.organization_id
        and day_totals.account_id = cut_days.account_id
        and day_totals.day_number = cut_days.day_number
anti join names_one_by_one
    on
        day_totals.organization_id = names_one_by_one.organization_id
        and day_totals.event_name = names_one_by_one.event_name
inner join numbered_accounts
    on
        day_totals.organization_id = numbered_accounts.organization_id
        and day_totals.account_id = numbered_accounts.account_id
inner join mappings_in_force
    on
        day_totals.organization_id = mappings_in_force.organization_id
        and day_totals.event_name = mappings_in_force.event_name
left join account_segments
    on
        day_totals.organization_id = account_segments.organization_id
        and day_totals.account_id = account_segments.account_id
        and day_totals.day_number * 86400000000 >= epoch_us(account_segments.segment_start)
        and day_totals.day_number * 86400000000 < epoch_us(account_segments.segment_end)

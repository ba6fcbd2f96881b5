-- Every event with the percentage that prices it, once for each set of the metering rung that it belongs to: what
-- `percentage_amounts` adds up. The units of such a meter are the amounts of its events.
select
    {
        'charge_number': percentage_charges.charge_number,
        'event_set': set_members.event_set
    } as charge_id,
    {
        'occurred_at': set_members.occurred_at,
        'event_id': set_members.event_id
    } as event_number,
    set_members.units as amount,
    percentage_charges.rate_percent,
    percentage_charges.fixed_amount,
    percentage_charges.free_events,
    percentage_charges.free_amount,
    percentage_charges.transaction_minimum,
    percentage_charges.transaction_maximum
from set_members
inner join percentage_charges on set_members.claim_id = percentage_charges.claim_id

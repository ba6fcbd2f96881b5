-- Meters whose quantity is not a sum: the quantity of a period on each set of the metering rung, from the events
-- themselves.
select
    set_members.claim_id,
    set_members.event_set,
    case any_value(set_members.aggregation)
        when 'max' then max(set_members.units)
        when 'last' then arg_max(set_members.units, (set_members.occurred_at, set_members.event_id))
        else count(distinct set_members.counted_property)
    end as units
from set_members
where set_members.aggregation in ('max', 'last', 'unique_count')
group by set_members.claim_id, set_members.event_set

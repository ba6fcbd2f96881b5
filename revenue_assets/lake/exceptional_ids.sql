-- Hashes of the event ids that are not on both sides with the same content: a few per cent of all, found by a join
-- that carries 16 bytes per event instead of the event. Whatever is not listed here is matched.
-- Exact enough: an event is passed over wrongly only if its id shares a 64-bit hash with another id of the other side
-- and both contents share one too, about 1e-25 for ten million events against ten million. Ids that merely share the
-- hash of the id differ in content, land in this list, and are compared by their real ids afterwards.
with keys as (
    select
        matching_events.side,
        hash(matching_events.organization_id, matching_events.event_id) as id_hash,
        hash(
            matching_events.account_id,
            matching_events.event_name,
            matching_events.units,
            case
                when epoch_us(matching_events.occurred_at) // 1000000
                    in (select split_seconds.second from split_seconds)
                    then epoch_us(matching_events.occurred_at)
                else epoch_us(matching_events.occurred_at) // 1000000
            end
        ) as content_hash
    from matching_events
),

usage_keys as (
    select
        keys.id_hash,
        keys.content_hash
    from keys
    where keys.side = 'usage'
),

reported_keys as (
    select
        keys.id_hash,
        keys.content_hash
    from keys
    where keys.side = 'reported'
)

select distinct coalesce(usage_keys.id_hash, reported_keys.id_hash) as id_hash
from usage_keys
full join reported_keys on usage_keys.id_hash = reported_keys.id_hash
where usage_keys.content_hash is distinct from reported_keys.content_hash

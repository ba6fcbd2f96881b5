-- A row is an event id that counts in two different months: what it stands for is owed twice. Hashes are cheap to group;
-- what they bring together is compared by its real id, and copies that staging has found already do not count.
with suspected as (
    select hash(delivered.organization_id, delivered.event_id) as id_hash
    from delivered
    group by id_hash
    having min(delivered.month) <> max(delivered.month)
),

looked_at as (
    select
        delivered.organization_id,
        delivered.event_id,
        delivered.account_id,
        delivered.event_name,
        delivered.units,
        delivered.month,
        delivered.file_row_number,
        parse_filename(delivered.filename) as file
    from delivered
    where
        hash(delivered.organization_id, delivered.event_id)
        in (select suspected.id_hash from suspected)
),

counted as (
    select looked_at.*
    from looked_at
    anti join copies
        on
            copies.month = looked_at.month
            and parse_filename(copies.filename) = looked_at.file
            and copies.row_number = looked_at.file_row_number
            and copies.copy > 1
)

select
    counted.organization_id,
    counted.event_id,
    min_by(counted.account_id, counted.month) as account_id,
    min_by(counted.event_name, counted.month) as event_name,
    min(counted.month) as first_month,
    max(counted.month) as last_month,
    max_by(counted.units, counted.month) as units
from counted
group by counted.organization_id, counted.event_id
having count(distinct counted.month) > 1
order by counted.organization_id, first_month, counted.event_id

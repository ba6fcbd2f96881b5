-- Seconds inside which a period, a price or a mapping begins or ends. Events are compared to the second, except here,
-- where the second alone does not tell on which side of the boundary an event lies.
with boundaries as (
    select account_segments.segment_start as boundary_at
    from account_segments
    union
    select mappings_in_force.valid_from as boundary_at
    from mappings_in_force
    where isfinite(mappings_in_force.valid_from)
    union
    select mappings_in_force.valid_to as boundary_at
    from mappings_in_force
    where isfinite(mappings_in_force.valid_to)
)

select distinct epoch_us(boundaries.boundary_at) // 1000000 as second
from boundaries
where epoch_us(boundaries.boundary_at) % 1000000 <> 0

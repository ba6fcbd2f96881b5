-- Copies that the time of receipt does not tell apart.
select candidates.event_id
from candidates
group by candidates.organization_id, candidates.event_id, candidates.received_at
having count(*) > 1

-- What `routes` has to resolve: each account, meter and segment that occurs.
select distinct
    routable_rows.organization_id,
    routable_rows.account_id,
    routable_rows.meter_id,
    routable_rows.segment_start
from routable_rows

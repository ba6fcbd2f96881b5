-- Where an alert was told, or still will be.
select distinct destination
from app.alert_deliveries
where alert_id = %s and state <> 'failed'
order by destination

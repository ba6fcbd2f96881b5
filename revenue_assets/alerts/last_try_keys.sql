-- Runs whose last tries have not been made yet.
select distinct run_key
from app.alert_deliveries
where state = 'tried_out' and run_key is not null
order by run_key

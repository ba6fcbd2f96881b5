-- What a run is to try: its own, and again what had failed in it when it is executed once more.
select delivery_id, destination, notice, bundle, tries
from app.alert_deliveries
where run_key = %s and state in ('tried_out', 'failed')
order by next_try_at, destination, bundle, notice_number, delivery_id

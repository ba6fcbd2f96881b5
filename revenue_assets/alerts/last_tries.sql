-- What a run is to try: its own, and again what had failed in it when it is executed once more.
select delivery_id, destination, notice, tries
from app.alert_deliveries
where run_key = %s and state in ('tried_out', 'failed')
order by next_try_at, notice_number, destination

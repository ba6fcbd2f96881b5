-- What was tried out since the last time is one run's.
update app.alert_deliveries set run_key = %s
where state = 'tried_out' and run_key is null

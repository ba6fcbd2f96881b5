-- Of what a run is to try: what nobody needs to hear any more. An alert that is over by now is told by its all-clear, and
-- what became of an alert since, and arrived, says more than how it was before.
update app.alert_deliveries as deliveries
set state = 'outdated'
from app.alerts as alerts
where
    deliveries.run_key = %s
    and deliveries.state in ('tried_out', 'failed')
    and deliveries.alert_id = alerts.alert_id
    and (
        (alerts.cleared_at is not null and deliveries.notice ->> 'event' <> 'cleared')
        or exists (
            select from app.alert_deliveries as later
            where
                later.alert_id = deliveries.alert_id
                and later.destination = deliveries.destination
                and later.notice_number > deliveries.notice_number
                and later.state = 'delivered'
        )
    )

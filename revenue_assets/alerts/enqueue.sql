-- The next notice of an alert, once per destination.
insert into app.alert_deliveries (alert_id, notice_number, destination, notice, next_try_at)
select
    %(alert_id)s,
    (select coalesce(max(notice_number), 0) + 1 from app.alert_deliveries where alert_id = %(alert_id)s),
    destination,
    %(notice)s,
    %(at)s
from unnest(%(destinations)s::text[]) as given (destination)

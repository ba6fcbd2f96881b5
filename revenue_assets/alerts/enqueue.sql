-- The next notice of an alert, once per destination. Only messages for people are bundled.
insert into app.alert_deliveries (alert_id, notice_number, destination, notice, bundle, next_try_at)
select
    %(alert_id)s,
    (select coalesce(max(notice_number), 0) + 1 from app.alert_deliveries where alert_id = %(alert_id)s),
    destination,
    %(notice)s,
    case when split_part(destination, ':', 1) in ('slack', 'email') then %(bundle)s::uuid end,
    %(at)s
from unnest(%(destinations)s::text[]) as given (destination)

-- Takes the delivery that has waited longest, with all that go in the same message. What happened to an alert is told in
-- its order: an all-clear does not overtake the alert that still tries to get through.
with chosen as (
    select due.delivery_id, due.destination, due.bundle
    from app.alert_deliveries as due
    where
        due.state = 'pending'
        and due.next_try_at <= %(at)s
        and split_part(due.destination, ':', 1) <> all(%(failing)s::text[])
        and not exists (
            select from app.alert_deliveries as earlier
            where
                earlier.alert_id = due.alert_id
                and earlier.destination = due.destination
                and earlier.notice_number < due.notice_number
                and earlier.state = 'pending'
        )
    order by due.next_try_at, due.notice_number, due.destination, due.delivery_id
    limit 1
    for update skip locked
)

update app.alert_deliveries as claimed
set tries = claimed.tries + 1, next_try_at = %(claimed_until)s
from chosen
where
    claimed.delivery_id = chosen.delivery_id
    or (
        claimed.bundle = chosen.bundle
        and claimed.destination = chosen.destination
        and claimed.state = 'pending'
        and claimed.next_try_at <= %(at)s
    )
returning claimed.delivery_id, claimed.destination, claimed.notice, claimed.bundle, claimed.tries

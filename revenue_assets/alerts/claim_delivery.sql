-- Takes the delivery that has waited longest. What happened to an alert is told in its order: an all-clear does not
-- overtake the alert that still tries to get through.
update app.alert_deliveries as claimed
set tries = tries + 1, next_try_at = %(claimed_until)s
where
    claimed.delivery_id = (
        select due.delivery_id
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
        order by due.next_try_at, due.notice_number, due.destination
        limit 1
        for update skip locked
    )
returning delivery_id, destination, notice, tries

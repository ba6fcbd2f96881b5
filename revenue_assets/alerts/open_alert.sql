-- A new alert. A mute of the same cause goes on: it was asked for the cause, which may come and go.
insert into app.alerts (kind, cause, organization_id, opened_at, condition, muted_until)
values (
    %(kind)s,
    %(cause)s,
    %(organization_id)s,
    %(at)s,
    %(condition)s,
    (
        select max(muted_until)
        from app.alerts
        where kind = %(kind)s and cause = %(cause)s and muted_until > %(at)s
    )
)
returning alert_id, opened_at, condition, told_at, told_level, told_severity, muted_until

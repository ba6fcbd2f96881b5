-- Alerts, the newest first, with where they were told: a destination is where its last notice is.
with last_of_destination as (
    select distinct on (alert_id, destination) alert_id, destination, state
    from app.alert_deliveries
    order by alert_id, destination, notice_number desc
),

told as (
    select
        alert_id,
        coalesce(array_agg(destination order by destination) filter (where state = 'delivered'), '{}') as reached,
        coalesce(array_agg(destination order by destination) filter (where state = 'pending'), '{}') as waiting,
        coalesce(
            array_agg(destination order by destination) filter (where state in ('tried_out', 'failed')), '{}'
        ) as failed
    from last_of_destination
    group by alert_id
)

select
    alerts.alert_id::text as alert_id,
    alerts.kind,
    alerts.cause,
    alerts.condition ->> 'severity' as severity,
    alerts.organization_id,
    alerts.condition ->> 'title' as title,
    (alerts.condition ->> 'level')::numeric as level,
    alerts.condition ->> 'unit' as unit,
    alerts.opened_at,
    alerts.cleared_at,
    case when alerts.muted_until > %(at)s then alerts.muted_until end as muted_until,
    coalesce(told.reached, '{}') as reached,
    coalesce(told.waiting, '{}') as waiting,
    coalesce(told.failed, '{}') as failed,
    alerts.condition ->> 'link' as link
from app.alerts as alerts
left join told on alerts.alert_id = told.alert_id
where %(also_cleared)s or alerts.cleared_at is null
order by alerts.opened_at desc, alerts.kind, alerts.cause

-- Alerts of a kind that last: all, or those with a cause in the scope.
select alert_id, cause, opened_at, condition, told_at, told_level, told_severity, muted_until
from app.alerts
where
    kind = %(kind)s
    and cleared_at is null
    and (%(scope)s::text[] is null or cause = any(%(scope)s))
order by opened_at, cause

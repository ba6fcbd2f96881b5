-- Rates, with the one before of the same pair when it is of the last seven days.
with
following as (
    select
        *,
        lag(rate) over earlier as earlier_rate,
        lag(day) over earlier as earlier_day
    from fx_rates
    window earlier as (partition by organization_id, base, quote order by day)
)

select
    * exclude (earlier_rate, earlier_day),
    case when day - earlier_day <= 7 then earlier_rate end as rate_before
from following

-- A row is a cohort that at some age has another number of accounts or another start than at its beginning.
with
cohorts as (
    select * from {{ ref('mart_cohort_retention') }}
)

select
    organization_id,
    currency,
    cohort_month,
    min(start_accounts) as fewest_accounts,
    max(start_accounts) as most_accounts
from cohorts
group by
    organization_id, currency, cohort_month
having
    min(start_accounts) <> max(start_accounts)
    or min(start_mrr_amount) <> max(start_mrr_amount)
    or min(age_months) <> 0

{{ config(materialized="table") }}
{%- set amounts = ["start", "new", "expansion", "reactivation", "contraction", "churn", "voluntary_churn",
    "involuntary_churn", "unexplained_churn", "end", "committed"] -%}
{%- set counts = ["start", "new", "expansion", "reactivation", "contraction", "churn", "voluntary_churn",
    "involuntary_churn", "unexplained_churn", "paying"] -%}
{%- set rates = {
    "nrr_rate": ("net_kept_mrr_amount", "start_mrr_amount"),
    "grr_rate": ("gross_kept_mrr_amount", "start_mrr_amount"),
    "revenue_churn_rate": ("churn_mrr_amount", "start_mrr_amount"),
    "voluntary_revenue_churn_rate": ("voluntary_churn_mrr_amount", "start_mrr_amount"),
    "involuntary_revenue_churn_rate": ("involuntary_churn_mrr_amount", "start_mrr_amount"),
    "logo_churn_rate": ("churn_accounts", "start_accounts"),
    "voluntary_logo_churn_rate": ("voluntary_churn_accounts", "start_accounts"),
    "involuntary_logo_churn_rate": ("involuntary_churn_accounts", "start_accounts"),
} -%}

{#- docs/definitions.md#recurring-revenue -#}
with
sums as (
    select
        *,
        churn_accounts - voluntary_churn_accounts - involuntary_churn_accounts as unexplained_churn_accounts,
        churn_mrr_amount - voluntary_churn_mrr_amount - involuntary_churn_mrr_amount as unexplained_churn_mrr_amount
    from {{ ref('int_mrr_sums') }}
),

kept as (
    select * from {{ ref('int_mrr_kept_a_year') }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

used as (
    select
        organization_id,
        currency,
        billing_month,
        sum(usage_mrr_amount) as usage_mrr_amount,
        sum(agreed_mrr_amount) as agreed_mrr_amount,
        sum(yearly_usage_amount) as yearly_usage_amount
    from {{ ref('int_usage_mrr') }}
    group by
        organization_id,
        currency,
        billing_month
),

-- A month that was not closed has no usage that could be 0.
closed as (
    select distinct
        used.organization_id,
        used.billing_month
    from used
    inner join organizations
        on
            organizations.organization_id = used.organization_id
            and organizations.has_usage
),

final as (
    select
        sums.organization_id,
        sums.currency,
        sums.month,
        sums.is_complete,
        sums.is_observed,
        sums.unrated_subscriptions,
        {% for count in ["start", "new", "expansion", "reactivation", "contraction", "churn", "voluntary_churn",
            "involuntary_churn", "unexplained_churn", "paying"] -%}
            sums.{{ count }}_accounts,
        {% endfor -%}
        {% for rate, (part, whole) in rates.items() -%}
            case
                when sums.is_observed then round(sums.{{ part }}::numeric / nullif(sums.{{ whole }}, 0), 12)
            end::numeric(38, 12) as {{ rate }},
        {% endfor -%}
        round(kept.year_net_kept_mrr_amount / kept.year_start_mrr_amount, 12)::numeric(38, 12) as nrr_12_month_rate,
        round(kept.year_gross_kept_mrr_amount / kept.year_start_mrr_amount, 12)::numeric(38, 12) as grr_12_month_rate,
        case
            when sums.is_observed
                then
                    round(
                        (sums.new_mrr_amount + sums.expansion_mrr_amount + sums.reactivation_mrr_amount)
                        / nullif(sums.contraction_mrr_amount + sums.churn_mrr_amount, 0),
                        12
                    )
        end::numeric(38, 12) as quick_ratio,
        {% for amount in amounts -%}
            sums.{{ amount }}_mrr_amount::numeric(38, 12) as {{ amount }}_mrr_amount,
        {% endfor -%}
        -- A twelfth of a yearly fee was rounded: twelve of them are the fee again.
        round(12 * sums.end_mrr_amount, 6)::numeric(38, 12) as arr_amount,
        round(sums.end_mrr_amount / nullif(sums.paying_accounts, 0), 12)::numeric(38, 12) as arpa_amount,
        {% for amount in ["usage_mrr_amount", "agreed_mrr_amount", "yearly_usage_amount"] -%}
            case when closed.billing_month is not null then coalesce(used.{{ amount }}, 0) end::numeric(38, 12)
                as {{ amount }},
        {% endfor -%}
        case
            when closed.billing_month is not null and sums.is_complete
                then sums.end_mrr_amount + coalesce(used.usage_mrr_amount + used.agreed_mrr_amount, 0)
        end::numeric(38, 12) as subscription_and_usage_mrr_amount
    from sums
    left join kept
        on
            kept.organization_id = sums.organization_id
            and kept.currency = sums.currency
            and kept.month = sums.month
    left join closed
        on
            closed.organization_id = sums.organization_id
            and closed.billing_month = sums.month
    left join used
        on
            used.organization_id = sums.organization_id
            and used.currency = sums.currency
            and used.billing_month = sums.month
)

select * from final

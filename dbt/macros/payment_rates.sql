{#- A share of counts or amounts, null where there is nothing to have a share of. -#}
{% macro share_of(part, whole) -%}
    round(({{ part }})::numeric / nullif({{ whole }}, 0), 12)::numeric(38, 12)
{%- endmacro %}

{#- What can be added up over plans, in the order of int_payment_counts. -#}
{% macro payment_counts() -%}
    {{ return([
        "invoices", "answered_invoices", "first_success_invoices", "failed_invoices", "mature_invoices",
        "immature_invoices", "withdrawn_invoices", "mature_failed_invoices", "mature_recovered_invoices",
        "mature_lost_invoices", "held_invoices", "attempts", "failed_attempts", "pending_attempts", "held_attempts",
    ]) }}
{%- endmacro %}

{#- All but `mature_lost_amount`, the last one. -#}
{% macro payment_amounts() -%}
    {{ return([
        "due_amount", "first_attempt_amount", "recovered_amount", "outstanding_amount", "overpaid_amount",
        "refunded_amount", "mature_asked_amount", "mature_first_attempt_amount", "mature_recovered_amount",
        "mature_at_stake_amount",
    ]) }}
{%- endmacro %}

{#- The rates of payment reliability; the same of any sum of the counts: docs/definitions.md#payment-reliability. -#}
{% macro payment_rates(counts) -%}
    {%- set rates = {
        "attempt_failure_rate": ("failed_attempts", "attempts - " ~ counts ~ ".pending_attempts"),
        "invoice_failure_rate": ("failed_invoices", "answered_invoices"),
        "first_attempt_success_rate": ("first_success_invoices", "answered_invoices"),
        "terminal_failure_rate": ("mature_lost_invoices", "mature_invoices"),
        "recovery_rate": ("mature_recovered_invoices", "mature_failed_invoices"),
        "recovery_amount_rate": ("mature_recovered_amount", "mature_at_stake_amount"),
        "net_loss_rate": ("mature_lost_amount", "mature_asked_amount"),
        "retry_share_rate": (
            "mature_recovered_amount", "mature_first_attempt_amount + " ~ counts ~ ".mature_recovered_amount"
        ),
    } -%}
    {%- for rate, (part, whole) in rates.items() %}
        {{ share_of(counts ~ "." ~ part, "(" ~ counts ~ "." ~ whole ~ ")") }} as {{ rate }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

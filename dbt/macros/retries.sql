{#- Until when the next try may still come: vendors space retries by up to a week. docs/definitions.md#payment-reliability -#}
{% macro retry_may_come_until(last_attempted_at) -%}
    {{ last_attempted_at }} + {{ days(8) }}
{%- endmacro %}

{#- After so long an invoice has had its retries; the card networks' caps are by 30 days as well. Always the same time,
    however the invoice ends: else those that are paid at once would be counted before those that are not. -#}
{% macro retries_are_over_at(first_attempted_at) -%}
    {{ first_attempted_at }} + {{ days(30) }}
{%- endmacro %}

{#- Whether a hard decline was of the card that a try is with, which without a fingerprint only the same answer shows. -#}
{% macro is_same_card(declined, one_try) -%}
    coalesce(
        {{ declined }}.card_fingerprint = {{ one_try }}.card_fingerprint,
        {{ declined }}.decline_code = {{ one_try }}.decline_code,
        false
    )
{%- endmacro %}

{#- Whether a decline counts for a card network's cap on a try, as far as card and amount go. -#}
{% macro counts_for_cap(declined, one_try, rule) -%}
    {{ declined }}.organization_id = {{ one_try }}.organization_id
    and coalesce({{ declined }}.card_fingerprint, {{ declined }}.invoice_id)
    = coalesce({{ one_try }}.card_fingerprint, {{ one_try }}.invoice_id)
    and (
        {{ rule }}.scope = 'card'
        or (
            {{ rule }}.scope = 'amount'
            and {{ declined }}.amount = {{ one_try }}.amount
            and {{ declined }}.currency = {{ one_try }}.currency
        )
        or ({{ rule }}.scope = 'invoice' and {{ declined }}.invoice_id = {{ one_try }}.invoice_id)
    )
{%- endmacro %}

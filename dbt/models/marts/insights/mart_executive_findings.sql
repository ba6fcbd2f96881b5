{{ config(materialized="view", post_hook=[]) }}
{%- set columns = [
    "organization_id", "currency", "month", "topic", "subject", "position", "sentence", "source_mart", "source_key",
    "numbers",
] | join(", ") -%}

{#- The month in sentences, each with its numbers and where they are from: docs/definitions.md#monthly-narrative. -#}
with
said as (
    {% for model in ["changes", "leaks", "remedies", "mrr", "outlook", "insights"] -%}
        select {{ columns }} from {{ ref('int_narrative_' ~ model) }}
        {%- if not loop.last %}
            union all
        {% endif -%}
    {% endfor %}
),

topics as (
    select *
    from (
        values
        (1, 'what_changed'), (2, 'where_it_leaks'), (3, 'what_to_do'), (4, 'expected_effect'), (5, 'recurring_revenue'),
        (6, 'customers'), (7, 'insights')
    ) as topics (number, topic)
),

-- The first sentence of every topic comes before the second one of any.
ordered as (
    select
        said.*,
        topics.number,
        row_number() over (
            partition by said.organization_id, said.currency, said.month, said.topic
            order by said.position asc, said.subject asc
        ) as place
    from said
    inner join topics
        on topics.topic = said.topic
),

final as (
    select
        md5(concat_ws('|', organization_id, currency, to_char(month, 'YYYY-MM'), topic, subject))
            as executive_finding_id,
        organization_id,
        currency,
        month,
        row_number() over (
            partition by organization_id, currency, month order by place asc, number asc
        )::integer as rank,
        topic,
        subject,
        sentence,
        source_mart,
        source_key,
        numbers
    from ordered
)

select * from final

{#-
  Failures with the payments that are dealt out to them among those that are alike: the payments of a group go round its
  failures in the order of a hash, each to one, so that a rerun gives the same ones and the work grows with their number.
-#}
{% macro deal_controls(failures, candidates, alike) -%}
    select
        failures.organization_id,
        failures.account_id,
        failures.failed_at,
        candidates.account_id as control_account_id,
        candidates.asked_at as control_asked_at,
        row_number() over (
            partition by failures.organization_id, failures.account_id, failures.failed_at
            order by candidates.place
        ) as nth
    from (
        select
            *,
            row_number() over (partition by {{ alike | join(", ") }} order by md5(account_id), failed_at) as place,
            count(*) over (partition by {{ alike | join(", ") }}) as places
        from {{ failures }}
    ) as failures
    inner join (
        select
            *,
            row_number() over (partition by {{ alike | join(", ") }} order by md5(account_id), asked_at) as place
        from {{ candidates }}
    ) as candidates
        on
            {% for column in alike -%}
                candidates.{{ column }} = failures.{{ column }} and
            {% endfor -%}
            failures.place = (candidates.place - 1) % failures.places + 1
    where failures.account_id <> candidates.account_id
{%- endmacro %}

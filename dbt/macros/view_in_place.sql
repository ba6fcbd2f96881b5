{#-
  A view is replaced in place. dbt's own way makes it beside, renames and drops the old one with all views that read it:
  whoever builds one model alone then loses others, and two threads that drop the same views in another order stop each
  other (deadlock). Only a view of which an earlier version had other columns has to be dropped first.
-#}
{% materialization view, adapter="postgres" %}
    {%- set target = this.incorporate(type="view") -%}
    {%- set existing = load_cached_relation(this) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if existing is not none and existing.type != "view" -%}
        {{ drop_relation_if_exists(existing) }}
    {%- endif -%}
    {% call statement("main") -%}
        do $replacing$
        begin
            execute $defined$create or replace view {{ target }} as (
                {{ sql }}
            )$defined$;
        exception when invalid_table_definition then
            drop view {{ target }} cascade;
            execute $defined$create view {{ target }} as (
                {{ sql }}
            )$defined$;
        end
        $replacing$
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({"relations": [target]}) }}
{% endmaterialization %}

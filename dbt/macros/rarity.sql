{#-
  How rare a count is: a count at least as far from the expected one, on the same side, has a chance of at most
  exp(-rarity), if counts are negative binomial with a variance of `dispersion` (above 1) times the mean. Chernoff's
  bound, which never claims too much: H. Chernoff, A measure of asymptotic efficiency for tests of a hypothesis based on
  the sum of observations, Annals of Mathematical Statistics 23 (1952), 493-507.
-#}
{% macro rarity(seen, expected, dispersion) -%}
    {%- set mixed = "(" ~ expected ~ " + (" ~ dispersion ~ " - 1) * " ~ seen ~ ")::float8" -%}
    (
        case
            when {{ seen }} = 0 then 0
            else {{ seen }} * ln({{ seen }} * {{ dispersion }}::float8 / {{ mixed }})
        end
        + {{ expected }}::float8 / ({{ dispersion }} - 1) * ln({{ expected }} * {{ dispersion }}::float8 / {{ mixed }})
    )
{%- endmacro %}

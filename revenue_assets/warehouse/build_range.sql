-- The months that dbt builds in this session, from the settings that its connection was opened with (PGOPTIONS); all
-- months where nothing is set. Called immutable though they read a setting: it does not change while a session lives,
-- and so the planner puts in the dates themselves and knows how many rows they keep. A call per row costs as much as
-- reading the row, a subquery is guessed to keep one row in two hundred.
create or replace function lake.from_month()
returns date
language sql immutable parallel safe
return coalesce(nullif(current_setting('revenue.from_month', true), '')::date, '-infinity');

create or replace function lake.to_month()
returns date
language sql immutable parallel safe
return coalesce(nullif(current_setting('revenue.to_month', true), '')::date, 'infinity');

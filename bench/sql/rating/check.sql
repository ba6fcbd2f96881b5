-- How many items were rated, and what of the difference between entitled and documented has no cause.
select
    (select count(*) from intermediate.int_rated_items where unrated_reason is null),
    (select sum(entitled_amount - documented_amount) from intermediate.int_ladder)
    - (select sum(leak_amount) from intermediate.int_leak_causes where rung_number <= 5)

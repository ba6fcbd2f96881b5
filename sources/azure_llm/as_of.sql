-- November 2023 is complete.
select timestamptz '2023-12-01 00:00:00+00' as as_of

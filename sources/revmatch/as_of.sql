-- The files hold every event before this instant.
select timestamptz '2026-11-21 00:00:00+00' as as_of

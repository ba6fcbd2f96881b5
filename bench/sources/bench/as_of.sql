select timestamptz '2025-04-10 00:00:00+00' as as_of

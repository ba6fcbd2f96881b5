"""Great Expectations suites as code, one module per raw dataset of the contract, each with `suite()`.

A suite says what a delivered dataset must look like. What the contract declares of it (columns, key, required columns,
accepted values, bounds) is taken from that declaration by `vocabulary.suite_of`; a module adds what rows alone cannot
say: the order of times, what two datasets say of each other, volume, distribution. `severity` decides what a broken
expectation does: `critical` stops the run before anything is computed from the data, `warning` is shown and goes on.

Critical is what makes every number wrong without a trace (a row twice, an unknown status, a column mapped wrongly).
A single odd document is a warning: it exists, the ladder shows it, and it must not keep a company from closing.

Every expectation is judged on all rows: DuckDB counts what breaks it, per organization and month, and Great
Expectations judges these facts (revenue_assets/checks/suite_facts.py). A module may have an .sql file of the same name:
the rows with what other datasets of the same source say of them. Importing a suite imports Great Expectations, which
takes seconds: only the runner's own process does it.
"""

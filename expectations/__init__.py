"""Great Expectations suites as code, one module per raw dataset, each with `suite()`.

A suite says what a delivered dataset must look like beyond what the contract can quarantine row by row: whole-table
facts and relations between columns. `severity` decides what a broken expectation does: `critical` stops the run
before anything is computed from the data, `warning` is shown and goes on. The runner is in revenue_assets/checks;
importing a suite imports Great Expectations, which takes seconds, so only the runner's own process does it.
"""

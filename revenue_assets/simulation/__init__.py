"""A simulated usage-billing company whose leaks are planted, so that their truth is known to the cent.

Nothing here imports the lake, the warehouse or any SQL of the pipeline: what the pipeline finds is scored against it.
Ideas and formulae are explained in docs/simulation.md.
"""

"""Measurements of the lake and of the whole close, beside a floor, PostgreSQL and pandas doing the same work."""

"""Reading the marts for people and programs: findings, the ladder, and how amounts are written.

What a finding is stands in docs/definitions.md; it is computed by dbt and only read here.
"""

"""The control catalogue: which check guards which step of the revenue chain, and how it ended last."""

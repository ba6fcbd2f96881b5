"""The life of findings: what was reported when, what changed, what ended and which document ended it."""

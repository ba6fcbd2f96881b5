"""How right the findings are: what was found beside what was planted, and what a finding's confidence is worth.

Reads the simulation's truth and the warehouse's marts and changes neither. What is planted, and how: `simulation/`.
"""

"""A simulated payments company whose customers have agreements: minimums, maximums, discounts and prepaid balance, and
prices that are a share of every payment. Some of it is billed wrong; how much that loses is known to the minor unit.

It is drawn apart from the other companies because an agreement is about all items of a period at once: what one of them
loses, another may make up for. What is agreed and how often it is billed wrong stands in the profile (`[agreements]`).
Amounts are priced by `revenue_assets/rating/`; nothing here knows how the pipeline looks for leaks.
"""

"""What a quantity costs under a price: the terms, two independent raters, and the published cases both must agree on.

Which price is in force and which quantities are priced is decided elsewhere. The charge models are explained in
docs/definitions.md, "Charge models".
"""

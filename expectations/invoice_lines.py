"""Invoice lines: amounts that follow from units and price where nothing else has a say, one currency per invoice.

Only usage under a plain price per unit obeys amount = units x unit_amount: fees are prorated, tiers, packages and
percentages have no one unit amount, included units are not charged, tax and discounts have no units. A line that is
off is found, priced and explained by the ladder; here only many of them matter: a column is mapped wrongly."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import CRITICAL, WARNING, at_most, no_row


def suite() -> ExpectationSuite:
    """Grain: one row per organization and line."""
    return suite_of(
        "invoice_lines",
        at_most(
            0.02,
            "amount_is_not_units_times_unit_amount",
            "is_plain_usage and abs(amount - units * unit_amount) > minor_unit_amount",
            "amount is units x unit_amount on usage lines under a price per unit without included units, to one minor "
            "unit, but for at most one line in fifty",
            WARNING,
            ("units", "unit_amount", "amount", "currency"),
        ),
        at_most(
            0.02,
            "unit_amount_is_not_the_price",
            "is_plain_usage and unit_amount <> price_unit_amount",
            "unit_amount is that of the price that the line names, but for at most one line in fifty",
            WARNING,
            ("unit_amount", "price_unit_amount"),
        ),
        no_row(
            "not_in_the_currency_of_its_invoice",
            "currency <> invoice_currency",
            "A line is in the currency of its invoice: the two could not be added up",
            CRITICAL,
            ("currency", "invoice_currency"),
        ),
        no_row(
            "usage_of_no_meter",
            "kind = 'usage' and meter_id is null",
            "A usage line names its meter: else nobody can say what was billed",
            WARNING,
            ("amount", "currency"),
        ),
        no_row(
            "discount_that_adds",
            "kind = 'discount' and amount > 0",
            "A discount line takes off",
            WARNING,
            ("amount", "currency"),
        ),
    )

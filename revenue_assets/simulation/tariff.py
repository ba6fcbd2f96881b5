"""What a company's items cost under one of its two price books: what was signed, or what billing has attached."""

from dataclasses import dataclass
from decimal import Decimal

from revenue_assets.simulation.company import Company, ServedPeriod
from revenue_assets.simulation.profile import Meter
from revenue_assets.simulation.rater import Price, PriceBook, rate_recurring, rate_usage


def units_of(milli_units: int, meter: Meter) -> Decimal:
    """Thousandths of event units as units of the meter."""
    return Decimal(int(milli_units)) / 1000 * meter.multiplier


@dataclass(frozen=True)
class Tariff:
    """Amounts of items in major units, as they stand on one invoice line; the price at the period's start counts."""

    company: Company
    book: PriceBook

    def price(self, served: ServedPeriod, meter_id: str | None) -> Price:
        """The price in force for an item (None: the recurring fee) of this period."""
        subscription = self.company.subscriptions[served.subscription]
        start = served.period.start
        return self.book.in_force(subscription.subscription_id, subscription.plan.plan_id, meter_id, start)

    def usage(self, served: ServedPeriod, meter: Meter, units: Decimal) -> Decimal:
        """The amount of so many units of a meter in this period."""
        return self.at_price(self.price(served, meter.meter_id), units)

    def at_price(self, price: Price, units: Decimal) -> Decimal:
        """The amount of so many units at a price."""
        return rate_usage(price, units, self.company.organization.minor_unit)

    def fee(self, served: ServedPeriod) -> Decimal:
        """The recurring fee of this period, prorated by days."""
        period, minor_unit = served.period, self.company.organization.minor_unit
        return rate_recurring(self.price(served, None), period.days_in_service, period.days_in_period, minor_unit)

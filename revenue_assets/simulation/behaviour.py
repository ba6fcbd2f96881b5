"""What customers do: how they come, when they use how much, why payments fail, when they leave, what else they do.

These are tables of a profile ([acquisition], [usage], [declines], [churn], [engagement]); a field's type says which
values it takes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from revenue_assets.simulation.fields import NONE, Described, Factor, Many, Planted, Share, Spread, Weight, refusal


@dataclass(frozen=True)
class Usage(Described):
    """How usage is spread over accounts, months, days and hours (UTC)."""

    account_spread: Spread = 1.1  # the heavy tail: standard deviation of the logarithm of an account's usage
    trend_spread: Share = 0.0  # of an account's own growth per month, beside its organization's
    hours: Annotated[tuple[Weight, ...], Field(min_length=24, max_length=24)] = (
        *(2, 2, 1, 1, 1, 2, 3, 5, 8, 10, 11, 11),
        *(10, 11, 12, 12, 11, 10, 8, 6, 5, 4, 3, 2),
    )
    weekdays: Annotated[tuple[Weight, ...], Field(min_length=7, max_length=7)] = (1, 1, 1, 1, 1, 0.35, 0.35)
    spikes: Planted = NONE  # decoy, of the accounts times the months: days of far more than usual
    spike_factor: Factor = 5.0  # how many times as much
    spike_days: Annotated[int, Field(ge=1, le=28, strict=True)] = 2  # at most so many in a row

    def __post_init__(self) -> None:
        if not sum(self.hours) or not sum(self.weekdays):
            raise ValueError("hours and weekdays should not all be 0")


@dataclass(frozen=True)
class Declines(Described):
    """What a payment whose first try fails is declined for, and how often it is paid in the end."""

    classes: Mapping[str, Weight] = field(default_factory=dict)  # by reason class, in which proportion
    paid_later: Mapping[str, Share] = field(default_factory=dict)  # by reason class; of others all are
    held_back: Share = 0.0  # of such payments: the processor holds back a try

    def __post_init__(self) -> None:
        known = ("hard", "customer_action", "soft", "ambiguous")
        for name in (*self.classes, *self.paid_later):
            if name not in known:
                raise ValueError(refusal(name, known, "is no reason class"))
        if self.classes and not sum(self.classes.values()):
            raise ValueError("classes should not all be 0")


@dataclass(frozen=True)
class Channel(Described):
    """A way to win customers; `cost` is what one costs, in monthly fees of its plan."""

    weight: Weight  # how likely it is beside the other channels, on the lowest plan ...
    cost: Weight
    for_higher_plans: Weight = 1.0  # ... and how many times as likely with every plan above


@dataclass(frozen=True)
class Acquisition(Described):
    """Through which channel customers came, and what that cost."""

    channels: Mapping[str, Channel] = field(default_factory=dict)  # by name; without any nobody knows
    cost_unknown: Share = 0.0  # of the customers

    def __post_init__(self) -> None:
        if self.channels and not any(one.weight and one.for_higher_plans for one in self.channels.values()):
            raise ValueError("the weights of the channels should not all be 0")


@dataclass(frozen=True)
class Churn(Described):
    """Who leaves beside those that `ended` says: a share of the subscriptions per billing period."""

    base_rate: Share = 0.0  # whatever happens
    after_failed_payment: Share = 0.0  # more, where the first try of a payment failed
    lag_days: tuple[Many, Many] = (30, 60)  # from the failed try to the end, at least and at most

    def __post_init__(self) -> None:
        if self.lag_days[1] < self.lag_days[0] + 3:
            raise ValueError("lag_days should be the least and the most days, three apart at least, such as [30, 60]")


@dataclass(frozen=True)
class Engagement(Described):
    """What an average customer does in the product beside what is billed, and how that changes before it leaves."""

    events_per_day: Mapping[str, Weight] = field(default_factory=dict)  # by name
    before_end: Mapping[str, Weight] = field(default_factory=dict)  # by name: how many times as much at the end
    fade_days: Many = 45  # for so long before the end it changes

    def __post_init__(self) -> None:
        for name in self.before_end:
            if name not in self.events_per_day:
                raise ValueError(refusal(name, self.events_per_day, "is in before_end and not in events_per_day"))

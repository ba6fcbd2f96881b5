"""Who is on which plan: the dates in the order of a subscription's life, and what its status says of them."""

from great_expectations import ExpectationSuite

from expectations.declared import suite_of
from expectations.vocabulary import WARNING, in_order, no_row


def suite() -> ExpectationSuite:
    """Grain: one row per organization and subscription."""
    return suite_of(
        "subscriptions",
        *in_order("canceled_at", "started_at"),
        *in_order("trial_end", "started_at"),
        no_row(
            "canceled_without_a_date",
            "status = 'canceled' and ended_at is null and canceled_at is null",
            "A canceled subscription says when it was canceled or ended: else it is billed on",
            WARNING,
            ("status",),
        ),
        no_row(
            "trialing_without_an_end",
            "status = 'trialing' and trial_end is null",
            "A subscription on trial says until when: else it is billed",
            WARNING,
            ("status",),
        ),
        no_row(
            "pause_without_a_start",
            "pause_end is not null and pause_start is null",
            "A pause that ends has a start: else it is not known what was paused",
            WARNING,
            ("pause_end",),
        ),
    )

"""The organization's own accounts, for tests and demonstrations: they use what customers use and are never billed.

Every second one has no subscription at all.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from revenue_assets.simulation.company import Account, Subscription
from revenue_assets.simulation.profile import Organization, Profile

_USES = ("test", "demo", "staging", "load test")


def draw_internal(
    profile: Profile, organization: Organization, customers: Mapping[int, datetime]
) -> tuple[list[Account], list[Subscription]]:
    """Accounts and subscriptions that come after those of the customers, on the first plan since before usage began."""
    accounts: list[Account] = []
    subscriptions: list[Subscription] = []
    created_at = profile.usage_start - timedelta(days=200)
    for number in range(profile.internal_accounts.count(profile.accounts)):
        position = len(customers) + number
        use = _USES[number % len(_USES)]
        accounts.append(
            Account(
                account_id=f"{organization.account_prefix}_{position + 1:05d}",
                name=f"{organization.organization_id} {use} {number + 1}",
                email=f"{use.replace(' ', '-')}-{number + 1}@{organization.organization_id.replace('_', '-')}.example",
                country=organization.countries[0],
                segment="internal",
                created_at=created_at,
                channel="internal",
                acquisition_cost=Decimal(0),
                weight=0.5,
                is_internal=True,
            )
        )
        if number % 2 == 0:
            subscriptions.append(
                Subscription(
                    subscription_id=f"sub_{organization.account_prefix}_{position + 1:05d}",
                    account=position,
                    plan=organization.plans[0],
                    started_at=created_at,
                    ended_at=None,
                    anchor_day=1,
                    time_zone="UTC",
                )
            )
    return accounts, subscriptions

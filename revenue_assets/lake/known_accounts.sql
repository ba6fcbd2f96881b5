-- Accounts that billing knows: by themselves, or by a subscription of theirs.
select
    accounts.organization_id,
    accounts.account_id
from accounts
union
select
    subscriptions.organization_id,
    subscriptions.account_id
from subscriptions

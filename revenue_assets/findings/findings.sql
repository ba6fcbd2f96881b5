-- One row per finding, with what a person needs to read it. The largest of each currency come first, then the second
-- largest: 10,000 JPY are not more than 500 USD, and without a rate there is no order between them. What has no amount
-- comes last.
-- With `as_of` as they were reported just before that instant; `computed_at` is then when each version began.
with
leaks as (
    select mart.*
    from marts.revmatch_leaks as mart
    where %(as_of)s::timestamptz is null
    union all
    select reported.*
    from app.finding_versions as versions
    cross join
        lateral jsonb_populate_record(
            null::marts.revmatch_leaks,
            versions.finding || jsonb_build_object('computed_at', versions.seen_at)
        ) as reported
    where
        versions.seen_at < %(as_of)s::timestamptz
        and coalesce(versions.gone_at >= %(as_of)s::timestamptz, true)
)

select
    leaks.*,
    accounts.name as account_name,
    currencies.minor_unit
from leaks
inner join raw.organizations as organizations
    on organizations.organization_id = leaks.organization_id
left join raw.accounts as accounts
    on
        accounts.organization_id = leaks.organization_id
        and accounts.account_id = leaks.account_id
left join raw.currencies as currencies
    on currencies.currency = leaks.currency
where
    (%(source)s::text is null or organizations.source_name = %(source)s)
    and (%(account)s::text is null or leaks.account_id = %(account)s)
    and (%(month)s::date is null or leaks.billing_month = %(month)s)
    and (%(code)s::text is null or lower(leaks.code) = lower(%(code)s))
    and (%(id_from)s::text is null or starts_with(leaks.finding_id, %(id_from)s))
order by
    leaks.leak_amount = 0,
    row_number() over (partition by leaks.currency order by abs(leaks.leak_amount) desc, leaks.finding_id),
    leaks.currency

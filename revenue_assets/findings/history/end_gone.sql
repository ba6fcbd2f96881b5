-- Ends the versions that no longer hold. A finding is superseded when another one, not known before, says something about
-- the same item of the same period; else it is resolved, by the newest document about the item since it was seen.
with
organizations as (
    select * from raw.organizations
    where source_name = any(%(sources)s)
),

reported as (
    select
        leaks.*,
        to_jsonb(leaks) - 'computed_at' as finding
    from marts.revmatch_leaks as leaks
    inner join organizations
        on organizations.organization_id = leaks.organization_id
    where leaks.billing_month = any(%(months)s)
),

standing as (
    select
        versions.*,
        organizations.as_of,
        versions.finding ->> 'account_id' as account_id,
        versions.finding ->> 'subscription_id' as subscription_id,
        versions.finding ->> 'item' as item,
        versions.finding ->> 'currency' as currency,
        (versions.finding ->> 'period_start')::timestamptz as period_start
    from app.finding_versions as versions
    inner join organizations
        on organizations.organization_id = versions.organization_id
    where versions.gone_at is null and versions.billing_month = any(%(months)s)
),

newcomers as (
    select distinct
        reported.organization_id,
        reported.account_id,
        reported.subscription_id,
        reported.item,
        reported.currency,
        reported.period_start
    from reported
    left join standing
        on standing.finding_id = reported.finding_id
    where standing.finding_id is null
),

documents as (
    select
        organization_id, account_id, subscription_id, item, currency, period_start,
        invoice_id as document_id,
        issued_at as dated_at
    from intermediate.int_billed_lines
    where billing_month = any(%(months)s)
    union all
    select
        lines.organization_id, lines.account_id, lines.subscription_id, lines.item, lines.currency, lines.period_start,
        credit_notes.credit_note_id as document_id,
        credit_notes.created_at as dated_at
    from intermediate.int_billed_lines as lines
    inner join raw.credit_notes as credit_notes
        on
            credit_notes.organization_id = lines.organization_id
            and credit_notes.invoice_id = lines.invoice_id
            and coalesce(credit_notes.invoice_line_id, lines.invoice_line_id) = lines.invoice_line_id
    where lines.billing_month = any(%(months)s)
    union all
    select
        lines.organization_id, lines.account_id, lines.subscription_id, lines.item, lines.currency, lines.period_start,
        attempts.attempt_id as document_id,
        attempts.attempted_at as dated_at
    from intermediate.int_billed_lines as lines
    inner join raw.payment_attempts as attempts
        on
            attempts.organization_id = lines.organization_id
            and attempts.invoice_id = lines.invoice_id
            and attempts.status = 'succeeded'
    where lines.billing_month = any(%(months)s)
),

gone as (
    select
        standing.*,
        reported.finding_id is not null as is_reported,
        newcomers.organization_id is not null as has_newcomer
    from standing
    left join reported
        on reported.finding_id = standing.finding_id
    left join newcomers
        on
            newcomers.organization_id = standing.organization_id
            and newcomers.account_id = standing.account_id
            and newcomers.subscription_id = standing.subscription_id
            and newcomers.item = standing.item
            and newcomers.currency = standing.currency
            and newcomers.period_start = standing.period_start
    where reported.finding is distinct from standing.finding
),

resolving as (
    select distinct on (gone.finding_id)
        gone.finding_id,
        documents.document_id
    from gone
    inner join documents
        using (organization_id, account_id, subscription_id, item, currency, period_start)
    where documents.dated_at > gone.seen_at and documents.dated_at <= gone.as_of
    order by gone.finding_id, documents.dated_at desc, documents.document_id
),

final as (
    select
        gone.finding_id,
        gone.seen_at,
        gone.as_of,
        case
            when gone.is_reported then 'changed'
            when gone.has_newcomer then 'superseded'
            else 'resolved'
        end as ended,
        case when not gone.is_reported and not gone.has_newcomer then resolving.document_id end as resolved_by
    from gone
    left join resolving
        on resolving.finding_id = gone.finding_id
)

update app.finding_versions as versions
set gone_at = final.as_of, ended = final.ended, resolved_by = final.resolved_by
from final
where
    versions.finding_id = final.finding_id
    and versions.seen_at = final.seen_at

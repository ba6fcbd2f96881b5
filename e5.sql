set enable_nestloop=off; set work_mem='64MB'; set revenue.from_month='2025-03-01'; set revenue.to_month='2025-03-01'; set max_parallel_workers_per_gather=0; set log_statement_stats=on; set client_min_messages=log;
create temp table t1 as 
-- Read in `from`, not by CTEs: see rating.fence().
select
    rated.organization_id,
    rated.account_id,
    rated.subscription_id,
    rated.item,
    rated.period_start,
    rated.currency,
    rated.period_end,
    rated.billing_month,
    rated.is_claimed,
    rated.is_after_end,
    rated.is_prorated,
    rated.contract_price_id,
    rated.billing_price_id,
    rated.documented_lines,
    rated.documented_lines_of_period,
    rated.unmeasured_lines,
    rated.units_reported,
    rated.billed_units,
    rated.events,
    rated.first_event_at,
    rated.last_event_at,
    rated.unrated_reason,
    rated.maturity,
    rated.is_due,
    rated.entitled_amount,
    rated.less_rejected_amount,
    rated.less_unreported_amount,
    rated.requantified_amount,
    rated.less_overwritten_amount,
    rated.with_reported_twice_amount,
    rated.metered_amount,
    case when rated.is_free then rated.documented_amount else rated.posted_amount + rated.unmeasured_amount end as posted_once_amount,
    case when rated.is_free then rated.documented_amount else rated.posted_amount + rated.unmeasured_amount + rated.repeated_amount end as posted_amount,
    case
        when rated.is_free then rated.documented_amount
        when rated.item = 'recurring' then case when rated.billed_units > 0 then rated.billing_fee else 0 end + rated.unmeasured_amount + rated.repeated_amount
        when rated.is_billed_as_signed then rated.posted_amount + rated.unmeasured_amount + rated.repeated_amount
        when rated.is_billed_by_event and rated.documented_lines > 0 and rated.billed_units = rated.units_reported
            then round(coalesce(rated.billing_event_amount, 0), rated.minor_unit) + rated.unmeasured_amount + rated.repeated_amount
        when rated.is_billed_by_event then rated.documented_amount
        else round(rating.piece_amount(
        rated.billed_units, rated.billing_piece_terms[width_bucket(-rated.billed_units, rated.billing_piece_ends)][1], rated.billing_piece_terms[width_bucket(-rated.billed_units, rated.billing_piece_ends)][2], rated.billing_piece_terms[width_bucket(-rated.billed_units, rated.billing_piece_ends)][3],
        rated.billing_piece_terms[width_bucket(-rated.billed_units, rated.billing_piece_ends)][4], rated.billing_piece_terms[width_bucket(-rated.billed_units, rated.billing_piece_ends)][5],
        case rated.billing_piece_terms[width_bucket(-rated.billed_units, rated.billing_piece_ends)][6] when 1 then 'up' else 'down' end
    ), rated.minor_unit) + rated.unmeasured_amount + rated.repeated_amount
    end as priced_amount,
    -- Whether any two rungs differ or anything was taken back: of most items nothing, and taking one apart costs ten
    -- times as much as rating it.
    coalesce(
        (
            rated.has_reports and not (
                rated.entitled_amount = rated.less_rejected_amount
                and rated.less_rejected_amount = rated.less_unreported_amount
                and rated.less_unreported_amount = rated.requantified_amount
                and rated.requantified_amount = rated.less_overwritten_amount
                and rated.less_overwritten_amount = rated.with_reported_twice_amount
                and rated.with_reported_twice_amount = rated.metered_amount
            )
        )
        or (
            rated.has_invoices and not (
                case when rated.has_reports then rated.metered_amount else rated.entitled_amount end = case when rated.is_free then rated.documented_amount else rated.posted_amount + rated.unmeasured_amount end
                and rated.repeated_amount = 0
                and case when rated.is_free then rated.documented_amount else rated.posted_amount + rated.unmeasured_amount + rated.repeated_amount end = case
        when rated.is_free then rated.documented_amount
        when rated.item = 'recurring' then case when rated.billed_units > 0 then rated.billing_fee else 0 end + rated.unmeasured_amount + rated.repeated_amount
        when rated.is_billed_as_signed then rated.posted_amount + rated.unmeasured_amount + rated.repeated_amount
        when rated.is_billed_by_event and rated.documented_lines > 0 and rated.billed_units = rated.units_reported
            then round(coalesce(rated.billing_event_amount, 0), rated.minor_unit) + rated.unmeasured_amount + rated.repeated_amount
        when rated.is_billed_by_event then rated.documented_amount
        else round(rating.piece_amount(
        rated.billed_units, rated.billing_piece_terms[width_bucket(-rated.billed_units, rated.billing_piece_ends)][1], rated.billing_piece_terms[width_bucket(-rated.billed_units, rated.billing_piece_ends)][2], rated.billing_piece_terms[width_bucket(-rated.billed_units, rated.billing_piece_ends)][3],
        rated.billing_piece_terms[width_bucket(-rated.billed_units, rated.billing_piece_ends)][4], rated.billing_piece_terms[width_bucket(-rated.billed_units, rated.billing_piece_ends)][5],
        case rated.billing_piece_terms[width_bucket(-rated.billed_units, rated.billing_piece_ends)][6] when 1 then 'up' else 'down' end
    ), rated.minor_unit) + rated.unmeasured_amount + rated.repeated_amount
    end
                and case
        when rated.is_free then rated.documented_amount
        when rated.item = 'recurring' then case when rated.billed_units > 0 then rated.billing_fee else 0 end + rated.unmeasured_amount + rated.repeated_amount
        when rated.is_billed_as_signed then rated.posted_amount + rated.unmeasured_amount + rated.repeated_amount
        when rated.is_billed_by_event and rated.documented_lines > 0 and rated.billed_units = rated.units_reported
            then round(coalesce(rated.billing_event_amount, 0), rated.minor_unit) + rated.unmeasured_amount + rated.repeated_amount
        when rated.is_billed_by_event then rated.documented_amount
        else round(rating.piece_amount(
        rated.billed_units, rated.billing_piece_terms[width_bucket(-rated.billed_units, rated.billing_piece_ends)][1], rated.billing_piece_terms[width_bucket(-rated.billed_units, rated.billing_piece_ends)][2], rated.billing_piece_terms[width_bucket(-rated.billed_units, rated.billing_piece_ends)][3],
        rated.billing_piece_terms[width_bucket(-rated.billed_units, rated.billing_piece_ends)][4], rated.billing_piece_terms[width_bucket(-rated.billed_units, rated.billing_piece_ends)][5],
        case rated.billing_piece_terms[width_bucket(-rated.billed_units, rated.billing_piece_ends)][6] when 1 then 'up' else 'down' end
    ), rated.minor_unit) + rated.unmeasured_amount + rated.repeated_amount
    end = rated.documented_amount
                and rated.documented_amount = rated.invoiced_amount
                and rated.stuck_amount = 0
                and rated.voided_amount = 0
            )
        )
        or rated.credit_amount <> 0
        or rated.prepaid_amount <> 0,
        true
    ) as has_steps,
    rated.documented_amount,
    rated.stuck_amount,
    rated.voided_amount,
    rated.invoiced_amount,
    rated.credit_amount,
    rated.unjustified_credit_amount,
    rated.prepaid_amount,
    rated.unjustified_prepaid_amount,
    rated.cash_amount
from (
    select
        rating.fence() as fence_of_rungs,
        case
        when priced.is_free then 0
        when priced.is_by_event
                then round(coalesce(priced.entitled_event_amount, 0), priced.minor_unit)
        when priced.units_actual = priced.units_actual then priced.actual_amount
        when priced.item = 'recurring'
            then case when priced.units_actual > 0 then priced.contract_fee else 0 end
        else round(rating.piece_amount(
        priced.units_actual, priced.contract_piece_terms[width_bucket(-priced.units_actual, priced.contract_piece_ends)][1], priced.contract_piece_terms[width_bucket(-priced.units_actual, priced.contract_piece_ends)][2], priced.contract_piece_terms[width_bucket(-priced.units_actual, priced.contract_piece_ends)][3],
        priced.contract_piece_terms[width_bucket(-priced.units_actual, priced.contract_piece_ends)][4], priced.contract_piece_terms[width_bucket(-priced.units_actual, priced.contract_piece_ends)][5],
        case priced.contract_piece_terms[width_bucket(-priced.units_actual, priced.contract_piece_ends)][6] when 1 then 'up' else 'down' end
    ), priced.minor_unit)
    end as entitled_amount,
        case
        when priced.is_free then 0
        when priced.is_by_event
                then round(coalesce(priced.less_rejected_event_amount, 0), priced.minor_unit)
        when priced.units_less_rejected = priced.units_actual then priced.actual_amount
        when priced.item = 'recurring'
            then case when priced.units_less_rejected > 0 then priced.contract_fee else 0 end
        else round(rating.piece_amount(
        priced.units_less_rejected, priced.contract_piece_terms[width_bucket(-priced.units_less_rejected, priced.contract_piece_ends)][1], priced.contract_piece_terms[width_bucket(-priced.units_less_rejected, priced.contract_piece_ends)][2], priced.contract_piece_terms[width_bucket(-priced.units_less_rejected, priced.contract_piece_ends)][3],
        priced.contract_piece_terms[width_bucket(-priced.units_less_rejected, priced.contract_piece_ends)][4], priced.contract_piece_terms[width_bucket(-priced.units_less_rejected, priced.contract_piece_ends)][5],
        case priced.contract_piece_terms[width_bucket(-priced.units_less_rejected, priced.contract_piece_ends)][6] when 1 then 'up' else 'down' end
    ), priced.minor_unit)
    end as less_rejected_amount,
        case
        when priced.is_free then 0
        when priced.is_by_event
                then round(coalesce(priced.less_unreported_event_amount, 0), priced.minor_unit)
        when priced.units_less_unreported = priced.units_actual then priced.actual_amount
        when priced.item = 'recurring'
            then case when priced.units_less_unreported > 0 then priced.contract_fee else 0 end
        else round(rating.piece_amount(
        priced.units_less_unreported, priced.contract_piece_terms[width_bucket(-priced.units_less_unreported, priced.contract_piece_ends)][1], priced.contract_piece_terms[width_bucket(-priced.units_less_unreported, priced.contract_piece_ends)][2], priced.contract_piece_terms[width_bucket(-priced.units_less_unreported, priced.contract_piece_ends)][3],
        priced.contract_piece_terms[width_bucket(-priced.units_less_unreported, priced.contract_piece_ends)][4], priced.contract_piece_terms[width_bucket(-priced.units_less_unreported, priced.contract_piece_ends)][5],
        case priced.contract_piece_terms[width_bucket(-priced.units_less_unreported, priced.contract_piece_ends)][6] when 1 then 'up' else 'down' end
    ), priced.minor_unit)
    end as less_unreported_amount,
        case
        when priced.is_free then 0
        when priced.is_by_event
                then round(coalesce(priced.requantified_event_amount, 0), priced.minor_unit)
        when priced.units_requantified = priced.units_actual then priced.actual_amount
        when priced.item = 'recurring'
            then case when priced.units_requantified > 0 then priced.contract_fee else 0 end
        else round(rating.piece_amount(
        priced.units_requantified, priced.contract_piece_terms[width_bucket(-priced.units_requantified, priced.contract_piece_ends)][1], priced.contract_piece_terms[width_bucket(-priced.units_requantified, priced.contract_piece_ends)][2], priced.contract_piece_terms[width_bucket(-priced.units_requantified, priced.contract_piece_ends)][3],
        priced.contract_piece_terms[width_bucket(-priced.units_requantified, priced.contract_piece_ends)][4], priced.contract_piece_terms[width_bucket(-priced.units_requantified, priced.contract_piece_ends)][5],
        case priced.contract_piece_terms[width_bucket(-priced.units_requantified, priced.contract_piece_ends)][6] when 1 then 'up' else 'down' end
    ), priced.minor_unit)
    end as requantified_amount,
        case
        when priced.is_free then 0
        when priced.is_by_event
                then round(coalesce(priced.less_overwritten_event_amount, 0), priced.minor_unit)
        when priced.units_less_overwritten = priced.units_actual then priced.actual_amount
        when priced.item = 'recurring'
            then case when priced.units_less_overwritten > 0 then priced.contract_fee else 0 end
        else round(rating.piece_amount(
        priced.units_less_overwritten, priced.contract_piece_terms[width_bucket(-priced.units_less_overwritten, priced.contract_piece_ends)][1], priced.contract_piece_terms[width_bucket(-priced.units_less_overwritten, priced.contract_piece_ends)][2], priced.contract_piece_terms[width_bucket(-priced.units_less_overwritten, priced.contract_piece_ends)][3],
        priced.contract_piece_terms[width_bucket(-priced.units_less_overwritten, priced.contract_piece_ends)][4], priced.contract_piece_terms[width_bucket(-priced.units_less_overwritten, priced.contract_piece_ends)][5],
        case priced.contract_piece_terms[width_bucket(-priced.units_less_overwritten, priced.contract_piece_ends)][6] when 1 then 'up' else 'down' end
    ), priced.minor_unit)
    end as less_overwritten_amount,
        case
        when priced.is_free then 0
        when priced.is_by_event
                then round(coalesce(priced.with_reported_twice_event_amount, 0), priced.minor_unit)
        when priced.units_with_reported_twice = priced.units_actual then priced.actual_amount
        when priced.item = 'recurring'
            then case when priced.units_with_reported_twice > 0 then priced.contract_fee else 0 end
        else round(rating.piece_amount(
        priced.units_with_reported_twice, priced.contract_piece_terms[width_bucket(-priced.units_with_reported_twice, priced.contract_piece_ends)][1], priced.contract_piece_terms[width_bucket(-priced.units_with_reported_twice, priced.contract_piece_ends)][2], priced.contract_piece_terms[width_bucket(-priced.units_with_reported_twice, priced.contract_piece_ends)][3],
        priced.contract_piece_terms[width_bucket(-priced.units_with_reported_twice, priced.contract_piece_ends)][4], priced.contract_piece_terms[width_bucket(-priced.units_with_reported_twice, priced.contract_piece_ends)][5],
        case priced.contract_piece_terms[width_bucket(-priced.units_with_reported_twice, priced.contract_piece_ends)][6] when 1 then 'up' else 'down' end
    ), priced.minor_unit)
    end as with_reported_twice_amount,
        case
        when priced.is_free then 0
        when priced.is_by_event
                then round(coalesce(priced.metered_event_amount, 0), priced.minor_unit)
        when priced.units_reported = priced.units_actual then priced.actual_amount
        when priced.item = 'recurring'
            then case when priced.units_reported > 0 then priced.contract_fee else 0 end
        else round(rating.piece_amount(
        priced.units_reported, priced.contract_piece_terms[width_bucket(-priced.units_reported, priced.contract_piece_ends)][1], priced.contract_piece_terms[width_bucket(-priced.units_reported, priced.contract_piece_ends)][2], priced.contract_piece_terms[width_bucket(-priced.units_reported, priced.contract_piece_ends)][3],
        priced.contract_piece_terms[width_bucket(-priced.units_reported, priced.contract_piece_ends)][4], priced.contract_piece_terms[width_bucket(-priced.units_reported, priced.contract_piece_ends)][5],
        case priced.contract_piece_terms[width_bucket(-priced.units_reported, priced.contract_piece_ends)][6] when 1 then 'up' else 'down' end
    ), priced.minor_unit)
    end as metered_amount,
        case
        when priced.is_free then 0
        when priced.is_by_event and priced.documented_lines = 0 then 0
            when priced.is_by_event and priced.billed_units = priced.units_reported
                then round(coalesce(priced.metered_event_amount, 0), priced.minor_unit)
            -- No event tells what other units cost: what the lines say stands in.
            when priced.is_by_event
                then priced.documented_amount - priced.unmeasured_amount - priced.repeated_amount
        when priced.billed_units = priced.units_actual then priced.actual_amount
        when priced.item = 'recurring'
            then case when priced.billed_units > 0 then priced.contract_fee else 0 end
        else round(rating.piece_amount(
        priced.billed_units, priced.contract_piece_terms[width_bucket(-priced.billed_units, priced.contract_piece_ends)][1], priced.contract_piece_terms[width_bucket(-priced.billed_units, priced.contract_piece_ends)][2], priced.contract_piece_terms[width_bucket(-priced.billed_units, priced.contract_piece_ends)][3],
        priced.contract_piece_terms[width_bucket(-priced.billed_units, priced.contract_piece_ends)][4], priced.contract_piece_terms[width_bucket(-priced.billed_units, priced.contract_piece_ends)][5],
        case priced.contract_piece_terms[width_bucket(-priced.billed_units, priced.contract_piece_ends)][6] when 1 then 'up' else 'down' end
    ), priced.minor_unit)
    end as posted_amount,
        priced.*
    from "bench_rating"."intermediate"."int_priced_items" as priced
) as rated;select count(*), sum(units_actual), sum(units_less_rejected), sum(units_less_unreported), sum(units_requantified),
    sum(units_less_overwritten), sum(units_with_reported_twice), sum(units_reported), sum(billed_units),
    sum(documented_amount), sum(invoiced_amount), sum(credit_amount), sum(prepaid_amount), sum(cash_amount)
from intermediate.int_items;
begin; delete from intermediate.int_rated_items where billing_month between lake.from_month() and lake.to_month(); insert into intermediate.int_rated_items select * from t1; rollback; analyze intermediate.int_rated_items; create temp table t3 as 
with
ladder as (
    select * from "bench_rating"."intermediate"."int_ladder"
    where billing_month between lake.from_month() and lake.to_month()
),

steps as (
    select * from "bench_rating"."intermediate"."int_ladder_steps"
),

currencies as (
    select * from "bench_rating"."staging"."stg_currencies"
),

codes as (
    select * from "bench_rating"."staging"."leak_codes"
),

-- Few periods have a commitment or discount: only these are looked at closer.
answering as (
    select distinct
        organization_id,
        account_id,
        subscription_id,
        period_start,
        currency
    from steps
    where rung_number <= 4 and is_agreed
),

-- Metering has one code a step; what posting and pricing do to a period has one answer, whatever codes the items have.
places as (
    select
        steps.*,
        case
            when steps.rung_number = 2 then steps.code
            when steps.code = 'B6' then 'B6'
            else steps.rung_number::text
        end as place
    from steps
    inner join answering
        using (organization_id, account_id, subscription_id, period_start, currency)
    where steps.rung_number <= 4
),

answers as (
    select
        organization_id,
        account_id,
        subscription_id,
        period_start,
        currency,
        place,
        sum(leak_amount) filter (where is_agreed) as answer_amount,
        sum(leak_amount) filter (where not is_agreed) as caused_amount
    from places
    group by
        organization_id,
        account_id,
        subscription_id,
        period_start,
        currency,
        place
    having
        -- An answer is of the other sign and not more than what it answers; anything else is a cause of its own.
        sum(leak_amount) filter (where is_agreed) * sum(leak_amount) filter (where not is_agreed) < 0
        and abs(sum(leak_amount) filter (where is_agreed)) <= abs(sum(leak_amount) filter (where not is_agreed))
),

answered as (
    select
        places.*,
        answers.answer_amount,
        answers.caused_amount,
        currencies.minor_unit,
        sum(places.leak_amount) over places_so_far as leak_so_far,
        row_number() over places_so_far = count(*) over places_of_step as is_last
    from places
    inner join answers
        using (organization_id, account_id, subscription_id, period_start, currency, place)
    inner join currencies
        on currencies.currency = places.currency
    window
        places_of_step as (
            partition by
                places.organization_id, places.account_id, places.subscription_id, places.period_start,
                places.currency, places.place, places.is_agreed
        ),
        places_so_far as (
            partition by
                places.organization_id, places.account_id, places.subscription_id, places.period_start,
                places.currency, places.place, places.is_agreed
            order by places.item, places.code
        )
),

absorbed as (
    select
        answered.*,
        case
            when is_agreed then leak_amount
            else
                case
        when caused_amount = 0 then case when is_last then (-answer_amount) else 0 end
        when is_last then
            (-answer_amount)
            - round((-answer_amount) * (leak_so_far - leak_amount) / caused_amount, minor_unit)
        else
            round((-answer_amount) * leak_so_far / caused_amount, minor_unit)
            - round((-answer_amount) * (leak_so_far - leak_amount) / caused_amount, minor_unit)
    end
        end as absorbed_amount
    from answered
),

-- What a customer pays anyway under a minimum, a maximum or a discount is not lost: it leaves the cause, on both sides.
divided as (
    select
        organization_id, account_id, subscription_id, item, period_start, currency, code, period_end, billing_month,
        maturity, rung_number,
        leak_amount - absorbed_amount as leak_amount
    from absorbed
    union all
    select
        organization_id, account_id, subscription_id, item, period_start, currency, 'absorbed' as code, period_end,
        billing_month, maturity, rung_number,
        absorbed_amount as leak_amount
    from absorbed
),

others as (
    select
        steps.organization_id, steps.account_id, steps.subscription_id, steps.item, steps.period_start, steps.currency,
        steps.code, steps.period_end, steps.billing_month, steps.maturity, steps.rung_number, steps.leak_amount
    from steps
    left join absorbed
        on
            absorbed.organization_id = steps.organization_id
            and absorbed.account_id = steps.account_id
            and absorbed.subscription_id = steps.subscription_id
            and absorbed.item = steps.item
            and absorbed.period_start = steps.period_start
            and absorbed.currency = steps.currency
            and absorbed.code = steps.code
            and absorbed.rung_number = steps.rung_number
    where absorbed.organization_id is null
),

-- Of one item each invoice may be unpaid for another reason.
collection as (
    select
        ladder.organization_id, ladder.account_id, ladder.subscription_id, ladder.item, ladder.period_start,
        ladder.currency, causes.code, ladder.period_end, ladder.billing_month, ladder.maturity,
        9 as rung_number,
        causes.leak_amount
    from ladder
    inner join "bench_rating"."intermediate"."int_collection_causes" as causes
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    where ladder.collected_amount is not null
),

causes as (
    select * from divided
    union all
    select * from others
    union all
    select * from collection
),

final as (
    select
        causes.organization_id,
        causes.account_id,
        causes.subscription_id,
        causes.item,
        causes.period_start,
        causes.currency,
        causes.code,
        causes.period_end,
        causes.billing_month,
        causes.maturity,
        causes.rung_number,
        sum(causes.leak_amount)::numeric(38, 12) as leak_amount,
        codes.is_finding
    from causes
    left join codes
        on codes.code = causes.code
    group by
        causes.organization_id, causes.account_id, causes.subscription_id, causes.item, causes.period_start,
        causes.currency, causes.code, causes.period_end, causes.billing_month, causes.maturity, causes.rung_number,
        codes.is_finding
    having sum(causes.leak_amount) <> 0
)

select * from final;

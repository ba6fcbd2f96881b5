{#- The steps that commitments and discounts answer: whatever changes above changes them too. -#}
{%- set answered = "rung_number <= 4" -%}

with
ladder as (
    select * from {{ ref('int_ladder') }}
    where {{ in_build_range('billing_month') }}
),

steps as (
    select * from {{ ref('int_ladder_steps') }}
    where {{ in_build_range('billing_month') }}
),

currencies as (
    select * from {{ ref('stg_currencies') }}
),

codes as (
    select * from {{ ref('leak_codes') }}
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
    where {{ answered }} and is_agreed
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
    where steps.{{ answered }}
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
                {{ allocate('(-answer_amount)', 'leak_amount', 'leak_so_far', 'caused_amount', 'is_last',
                    'minor_unit') }}
        end as absorbed_amount
    from answered
),

-- What a customer pays anyway under a minimum, a maximum or a discount is not lost: it leaves the cause, on both sides.
divided as (
    select
        organization_id, account_id, subscription_id, item, period_start, currency, code, period_end, billing_month,
        maturity, rung_number,
        '' as absorbed_code,
        leak_amount - absorbed_amount as leak_amount
    from absorbed
    union all
    select
        organization_id, account_id, subscription_id, item, period_start, currency, 'absorbed' as code, period_end,
        billing_month, maturity, rung_number,
        case when is_agreed then '' else code end as absorbed_code,
        absorbed_amount as leak_amount
    from absorbed
),

others as (
    select
        steps.organization_id, steps.account_id, steps.subscription_id, steps.item, steps.period_start, steps.currency,
        steps.code, steps.period_end, steps.billing_month, steps.maturity, steps.rung_number, '' as absorbed_code,
        steps.leak_amount
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
        '' as absorbed_code,
        causes.leak_amount
    from ladder
    inner join {{ ref('int_collection_causes') }} as causes
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
        causes.absorbed_code,
        sum(causes.leak_amount)::numeric(38, 12) as leak_amount,
        codes.is_finding
    from causes
    left join codes
        on codes.code = causes.code
    group by
        causes.organization_id, causes.account_id, causes.subscription_id, causes.item, causes.period_start,
        causes.currency, causes.code, causes.period_end, causes.billing_month, causes.maturity, causes.rung_number,
        causes.absorbed_code, codes.is_finding
    having sum(causes.leak_amount) <> 0
)

select * from final

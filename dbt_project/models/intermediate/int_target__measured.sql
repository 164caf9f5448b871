-- The value of each target at each month for which one is known, with the window (whole, or the year, quarter or month
-- of a recurring target) in which it counts. Main values and, where a document leaves two readings open, alternatives.
with plan as (

    select * from {{ ref('int_target__plan') }}
    where kind <> 'rule'

),

-- What was reported for a target always counts; what is computed counts before it.
sources as (

    select
        target_id,
        'main' as basis,
        9 as preference,
        concat_ws('', 'reported:', target_id) as series,
        cast(null as string) as minus_series,
        cast(null as string) as minus_area_code,
        cast(null as string) as basis_note
    from (select distinct target_id from plan) as targets

    union all

    select
        target_id,
        basis,
        preference,
        case when series = 'work_plan' then concat_ws('', 'work_plan:', target_id) else series end as series,
        minus_series,
        minus_area_code,
        basis_note
    from {{ parameter('target_source') }}

),

observed as (

    select
        *,
        {{ month_number(last_month('period')) }} as month_number
    from {{ ref('int_target__observed') }}

),

candidates as (

    select
        plan.target_id,
        plan.area_code,
        sources.basis,
        sources.preference,
        sources.basis_note,
        observed.series,
        observed.period,
        observed.month_number,
        case
            when sources.minus_series is null then observed.observed_value
            else cast(observed.observed_value - deducted.observed_value as decimal(38, 12))
        end as observed_value,
        observed.observed_on,
        observed.own_path,
        observed.origin,
        (observed.is_simulated or coalesce(deducted.is_simulated, false)) as is_simulated,
        -- A unit is never guessed: a value reported in another unit does not count.
        (
            sources.preference < 9
            or plan.kind = 'deadline'
            or observed.unit = plan.unit
            or observed.unit = split_part(plan.unit, '/', 1)
        ) as is_unit_right,
        observed.unit
    from plan
    inner join sources
        on plan.target_id = sources.target_id
    inner join observed
        on sources.series = observed.series and plan.area_code = observed.area_code
    left join observed as deducted
        on
            sources.minus_series = deducted.series
            and coalesce(sources.minus_area_code, plan.area_code) = deducted.area_code
            and observed.period = deducted.period
    where
        (sources.minus_series is null or deducted.observed_value is not null)
        and (
            plan.kind <> 'deadline'
            or observed.observed_on is not null
            -- A plan's report after the deadline that still does not call the item done.
            or (observed.series like 'work_plan:%' and observed.month_number > plan.last_month_number)
        )

),

chosen as (

    select *
    from candidates
    qualify
        row_number() over (
            partition by target_id, area_code, basis, month_number
            order by is_unit_right desc, is_simulated asc, preference asc, length(period) asc, period desc, series asc
        ) = 1

),

bases as (

    select
        plan.target_id,
        plan.area_code,
        max(chosen.observed_value) as baseline_found
    from plan
    inner join chosen
        on
            plan.target_id = chosen.target_id
            and plan.area_code = chosen.area_code
            and plan.baseline_month_number = chosen.month_number
    where chosen.basis = 'main' and chosen.is_unit_right
    group by plan.target_id, plan.area_code

),

windowed as (

    select
        chosen.*,
        plan.path,
        plan.progress_basis,
        plan.target_value,
        plan.half_share,
        cast(coalesce(plan.baseline_value, bases.baseline_found) as decimal(38, 12)) as baseline,
        case plan.recurs
            when 'year' then 12 * cast(floor(chosen.month_number / 12) as int)
            when 'quarter' then 3 * cast(floor(chosen.month_number / 3) as int)
            when 'month' then chosen.month_number
            else plan.first_month_number
        end as from_number,
        case plan.recurs
            when 'year' then 12 * cast(floor(chosen.month_number / 12) as int) + 11
            when 'quarter' then 3 * cast(floor(chosen.month_number / 3) as int) + 2
            when 'month' then chosen.month_number
            else plan.last_month_number
        end as to_number
    from chosen
    inner join plan
        on chosen.target_id = plan.target_id and chosen.area_code = plan.area_code
    left join bases
        on chosen.target_id = bases.target_id and chosen.area_code = bases.area_code
    where
        chosen.month_number >= plan.first_month_number
        and (
            plan.last_month_number is null
            or chosen.month_number <= plan.last_month_number
            -- A date may well lie after its deadline; a plan's report does so as a rule.
            or plan.kind = 'deadline'
        )

),

-- The last milestone that the same document set for the same indicator up to then.
milestones as (

    select
        windowed.target_id,
        windowed.area_code,
        windowed.month_number,
        max(other.target_value) as milestone_value
    from windowed
    inner join plan
        on windowed.target_id = plan.target_id and windowed.area_code = plan.area_code
    inner join plan as other
        on
            plan.indicator = other.indicator
            and plan.source_doc = other.source_doc
            and plan.area_code = other.area_code
            and other.path = 'milestone'
            and other.last_month_number <= windowed.month_number
    where windowed.path = 'milestone'
    group by windowed.target_id, windowed.area_code, windowed.month_number

),

elapsed as (

    select
        windowed.*,
        milestones.milestone_value,
        cast(windowed.month_number - windowed.from_number + 1 as double)
        / (windowed.to_number - windowed.from_number + 1) as elapsed_share
    from windowed
    left join milestones
        on
            windowed.target_id = milestones.target_id
            and windowed.area_code = milestones.area_code
            and windowed.month_number = milestones.month_number

),

expected as (

    select
        *,
        case path
            when 'direct' then cast(target_value as double)
            when 'at_end' then case when month_number >= to_number then target_value end
            when 'milestone' then coalesce(milestone_value, 0)
            -- The doubling's own path: it has a clock for each of its measures.
            when 'geometric' then own_path
            when 'whole' then floor(cast(target_value as double) * elapsed_share)
            when 'half_rule'
                then cast(target_value as double) * greatest(
                    elapsed_share, case when elapsed_share >= 0.5 then cast(half_share as double) else 0 end
                )
            when 'linear'
                then case
                    -- A flow starts from nothing; a stock or a share from where it stood, if that is known.
                    when progress_basis = 'cumulative_flow' then cast(target_value as double) * elapsed_share
                    else cast(baseline as double)
                        + (cast(target_value as double) - cast(baseline as double)) * elapsed_share
                end
        end as expected
    from elapsed

)

select
    target_id,
    area_code,
    basis,
    basis_note,
    period,
    month_number,
    to_number,
    is_unit_right,
    unit as reported_unit,
    cast(observed_value as decimal(38, 12)) as observed_value,
    observed_on,
    origin,
    month_number >= to_number as is_final,
    {{ to_decimal('expected', 'decimal(24, 8)') }} as expected_value,
    is_simulated
from expected

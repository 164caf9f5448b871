-- Every target of the documents with what was expected by then, what is known, and its light; or why it has none.
with plan as (

    select
        plan.*,
        -- 左右 looks downwards only.
        case
            when plan.compared_as = 'about' then cast(plan.target_value * (100 - coalesce(rule.rule_value, 0)) * 0.01 as decimal(38, 12))
            else plan.target_value
        end as least_value
    from {{ ref('int_target__plan') }} as plan
    left join {{ parameter('target_rule') }} as rule
        on rule.rule_id = 'about_tolerance_pct' and {{ in_force('rule', year_of('plan.window_from')) }}

),

measured as (

    select * from {{ ref('int_target__measured') }}

),

main as (

    select * from measured
    where basis = 'main' and is_unit_right

),

alternatives as (

    select * from measured
    where basis = 'alternative' and is_unit_right

),

wrong_units as (

    select
        target_id,
        area_code,
        min(reported_unit) as reported_unit
    from measured
    where not is_unit_right
    group by target_id, area_code

),

joined as (

    select
        plan.*,
        -- Without any value a target stands in the period in which it is (first) due.
        coalesce(
            main.period,
            case
                when plan.recurs = 'month' then plan.window_from
                when plan.recurs = 'quarter' then {{ quarter_of('plan.window_from') }}
                when plan.recurs = 'year' then substring(plan.window_from, 1, 4)
                when substring(plan.window_to, 6, 2) = '12' then substring(plan.window_to, 1, 4)
                else plan.window_to
            end
        ) as period,
        coalesce(main.month_number, -1) as month_number,
        main.to_number,
        main.observed_value,
        main.observed_on,
        main.expected_value,
        main.is_final,
        main.origin,
        main.basis_note,
        alternatives.observed_value as alternative_value,
        alternatives.basis_note as alternative_basis,
        wrong_units.reported_unit,
        coalesce(main.is_simulated, false) or coalesce(alternatives.is_simulated, false) as is_simulated
    from plan
    left join main
        on plan.target_id = main.target_id and plan.area_code = main.area_code
    left join alternatives
        on
            main.target_id = alternatives.target_id
            and main.area_code = alternatives.area_code
            and main.month_number = alternatives.month_number
    left join wrong_units
        on plan.target_id = wrong_units.target_id and plan.area_code = wrong_units.area_code

),

compared as (

    select
        *,
        case
            when kind = 'deadline'
                then case when month_number >= 0 then coalesce(observed_on <= target_date, false) end
            else case compared_as
                when '>' then observed_value > target_value
                when '>=' then observed_value >= target_value
                when 'about' then observed_value >= least_value
                when '<' then observed_value < target_value
                when '<=' then observed_value <= target_value
            end
        end as is_reached,
        -- What was reached may be lost again before the end: growth, shares, and what has to stay low.
        (progress_basis = 'rate' and path <> 'geometric') or compared_as in ('<', '<=') as is_reversible
    from joined

),

judged as (

    select
        *,
        case
            when kind = 'rule' then 'rule'
            when is_reached is null then 'no_data'
            when kind = 'deadline' then case when is_reached then 'met' else 'missed' end
            when is_reached and (is_final or not is_reversible) then 'met'
            when is_reached then 'on_track'
            when is_final then 'missed'
            when path = 'at_end' then 'on_track'
            when expected_value is null or path = 'direct' then 'behind'
            when observed_value >= expected_value then 'on_track'
            else 'behind'
        end as status
    from compared

)

select
    judged.target_id,
    judged.area_code,
    area.area_name,
    judged.period,
    judged.kind,
    judged.progress_basis,
    judged.programme,
    judged.indicator,
    judged.comparator,
    judged.target_value,
    judged.target_upper,
    judged.target_date,
    judged.unit,
    judged.compared_as,
    judged.expected_value,
    cast(case when judged.kind <> 'deadline' then judged.observed_value end as decimal(24, 8)) as actual_value,
    judged.observed_on as actual_on,
    case
        when judged.kind <> 'deadline' and judged.compared_as not in ('<', '<=')
            then {{ safe_divide('100 * judged.observed_value', 'judged.target_value', 'decimal(24, 8)') }}
    end as achieved_pct,
    cast(judged.alternative_value as decimal(24, 8)) as alternative_value,
    judged.alternative_basis,
    -- What each remaining year has to bring where the way is longer than one.
    case
        when judged.status in ('on_track', 'behind') and judged.path = 'linear' and judged.recurs is null
            and judged.to_number - judged.month_number >= 12
            then {{ safe_divide(
                '12 * (judged.target_value - judged.observed_value)', 'judged.to_number - judged.month_number',
                'decimal(24, 8)'
            ) }}
    end as required_per_year,
    judged.status,
    nullif(
        concat_ws(
            '；',
            case
                when judged.status = 'rule' then judged.no_data_reason
                when judged.status = 'no_data' and judged.reported_unit is not null
                    then concat_ws('', '报送的单位“', judged.reported_unit, '”与目标单位“', judged.unit, '”不一致，未采用')
                when judged.status = 'no_data' then judged.no_data_reason
                when judged.status = 'on_track' and judged.path = 'at_end' and not judged.is_reached then '未到期限'
                when judged.status = 'behind' and judged.expected_value is null then '缺少基期数，按目标值直接比较'
                when judged.status = 'behind' and judged.path = 'direct' then '文件未写进度，按目标值直接比较'
            end,
            -- A light on figures that stand for nobody is a demonstration.
            case
                when judged.is_simulated and judged.status not in ('rule', 'no_data') then '实际值为模拟数据，仅供演示'
            end
        ),
        ''
    ) as status_reason,
    judged.origin as actual_source,
    judged.basis_note as actual_basis,
    judged.oddity,
    judged.set_by,
    judged.set_note,
    row_number() over (
        partition by judged.target_id, judged.area_code order by judged.month_number desc
    ) = 1 as is_latest,
    judged.source_doc,
    judged.source_clause,
    judged.is_simulated
from judged
left join {{ ref('dim_area') }} as area
    on judged.area_code = area.area_code

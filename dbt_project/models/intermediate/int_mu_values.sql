-- Indicator values of every member: numerator ÷ denominator, missing where a part is, or where the denominator is
-- not positive.
with wanted as (

    select
        members.scheme,
        members.scheme_group,
        members.year_offset,
        members.data_year,
        members.unit_id,
        members.area_code,
        members.industry_group,
        members.rank_scope,
        uses.indicator
    from {{ ref('int_mu_members') }} as members
    inner join {{ parameter('scheme_indicator') }} as uses
        on
            members.scheme = uses.scheme
            and members.scheme_group = uses.scheme_group
            and (members.year_offset = 0 or members.year_offset = uses.base_year_offset)

),

needed_parts as (

    select distinct
        uses.scheme,
        part.indicator,
        part.side,
        part.measure,
        part.sign
    from {{ parameter('scheme_indicator') }} as uses
    inner join {{ parameter('evaluation_indicator_part') }} as part
        on uses.indicator = part.indicator

),

sides as (

    select
        figure.scheme,
        figure.data_year,
        figure.unit_id,
        part.indicator,
        sum(case when part.side = 'numerator' then part.sign * figure.measure_value end) as numerator,
        sum(case when part.side = 'denominator' then part.sign * figure.measure_value end) as denominator,
        sum(case when part.side = 'numerator' then 1 else 0 end) as numerator_parts,
        sum(case when part.side = 'denominator' then 1 else 0 end) as denominator_parts,
        bool_or(figure.is_simulated) as is_simulated
    from {{ ref('int_mu_measures') }} as figure
    inner join needed_parts as part
        on figure.scheme = part.scheme and figure.measure = part.measure
    group by figure.scheme, figure.data_year, figure.unit_id, part.indicator

),

complete as (

    select
        sides.scheme,
        sides.data_year,
        sides.unit_id,
        sides.indicator,
        case when sides.numerator_parts = indicator.numerator_parts then sides.numerator end as numerator,
        case
            when indicator.denominator_parts = 0 then 1
            when sides.denominator_parts = indicator.denominator_parts then sides.denominator
        end as denominator,
        sides.is_simulated
    from sides
    inner join {{ parameter('evaluation_indicator') }} as indicator
        on sides.indicator = indicator.indicator

)

select
    wanted.*,
    cast(complete.numerator as decimal(24, 8)) as numerator,
    cast(complete.denominator as decimal(24, 8)) as denominator,
    case
        when complete.denominator > 0
            then cast(complete.numerator as double) / nullif(cast(complete.denominator as double), cast(0 as double))
    end as indicator_value,
    coalesce(complete.is_simulated, false) as is_simulated
from wanted
left join complete
    on
        wanted.scheme = complete.scheme
        and wanted.data_year = complete.data_year
        and wanted.unit_id = complete.unit_id
        and wanted.indicator = complete.indicator

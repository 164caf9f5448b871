{# Pieces of the evaluation that several models share. #}

{# How many numbers the firms of one scheme, year and pass have among them; by as many lie a firm's numbers in the two
   passes apart. With 31 bits of the scheme and 4 of the year that makes 63. #}
{% macro firms_in_all() -%}
134217728
{%- endmacro %}

{# The number of the scope over which a base is drawn, for a member's row. #}
{% macro base_no(uses, member) -%}
case {{ uses }}.base_over
    when 'rank_scope' then {{ member }}.scope_no
    when 'area' then {{ member }}.area_no
    when 'industry_group' then {{ member }}.industry_group_no
    else 0
end
{%- endmacro %}

{# What an item is compared with: the number that the scheme gives, or the statistic. #}
{% macro base_value_of(uses, bases) -%}
case
    when {{ uses }}.given_base is not null then {{ uses }}.given_base
    when {{ uses }}.score_kind <> 'minmax' then {{ bases }}.base_value
end
{%- endmacro %}

{# Part of its weight that an item scores, but for bands: x ÷ base within its bounds; 2 − x ÷ mean; or the place between
   the worst of the scope and the best, all equal counting as best. A null value gives null or is not asked. #}
{% macro score_ratio(item, uses, bases) -%}
  {%- set base = fuyou.base_value_of(uses, bases) -%}
  {%- set quotient -%}
    case when {{ base }} > 0 then {{ item }}.indicator_value / nullif({{ base }}, cast(0 as double)) end
  {%- endset -%}
  {%- set span = 'nullif(' ~ bases ~ '.max_value - ' ~ bases ~ '.min_value, cast(0 as double))' -%}
case
    when {{ uses }}.score_kind = 'ratio' then case
        when {{ quotient }} < {{ uses }}.floor_ratio then {{ uses }}.floor_ratio
        when {{ quotient }} > {{ uses }}.cap_ratio then {{ uses }}.cap_ratio
        else {{ quotient }}
    end
    when {{ uses }}.score_kind = 'ratio_to_max' then {{ quotient }}
    when {{ uses }}.score_kind = 'inverse_mean'
        then case when {{ quotient }} < 2 then 2 - {{ quotient }} else 0 * {{ quotient }} end
    when {{ uses }}.score_kind = 'minmax'
        then (
            {{ uses }}.low_score + ({{ uses }}.high_score - {{ uses }}.low_score) * case
                when {{ bases }}.max_value = {{ bases }}.min_value then cast(1 as double)
                when {{ uses }}.better = 'lower' then ({{ bases }}.max_value - {{ item }}.indicator_value) / {{ span }}
                else ({{ item }}.indicator_value - {{ bases }}.min_value) / {{ span }}
            end
        ) / 100
end
{%- endmacro %}

{# A score as decimal(24,9). The clamp keeps a freak quotient (land of a millionth 亩) from overflowing the type;
   greatest and least pass over nulls, so a missing score is kept apart from it. #}
{% macro to_score(score) -%}
case
    when {{ score }} is not null
        then {{ fuyou.to_decimal(
            'greatest(least(' ~ score ~ ', cast(1e14 as double)), cast(-1e14 as double))', 'decimal(24, 9)'
        ) }}
end
{%- endmacro %}

{# Rounds half away from zero to a number of decimals that differs by row (an engine's round wants a constant). #}
{% macro round_by(value, decimals) -%}
case {{ decimals }}
    {%- for places in range(0, 6) %}
    when {{ places }} then cast(round({{ value }}, {{ places }}) as decimal(24, 6))
    {%- endfor %}
    else cast(round({{ value }}, 6) as decimal(24, 6))
end
{%- endmacro %}

{% macro compares(left, op, right) -%}
case {{ op }}
    when '<' then {{ left }} < {{ right }}
    when '<=' then {{ left }} <= {{ right }}
    when '>' then {{ left }} > {{ right }}
    when '>=' then {{ left }} >= {{ right }}
    when '==' then {{ left }} = {{ right }}
    when '!=' then {{ left }} <> {{ right }}
end
{%- endmacro %}

{# Places and tiers of the rows of `relation` (group_no, scope_no, unit_no, total_score), with the columns of `bounds`:
   group_no, tie, tier_no, above_hundredths, upto_hundredths.
   The firm at position p of n is in the first tier with p ≤ ⌈n × upto⌉, that is (p − 1) × 10000 < n × upto in
   hundredths of a percent: whole numbers throughout. #}
{% macro tiered(relation, bounds) -%}
(
    with placed as (

        select
            group_no,
            scope_no,
            unit_no,
            rank() over (partition by group_no, scope_no order by total_score desc nulls last) as place,
            rank() over (partition by group_no, scope_no order by total_score asc nulls first) as place_from_below,
            count(*) over (partition by group_no, scope_no) as participants
        from {{ relation }}

    ),

    positioned as (

        -- The last place of those with equal totals is n less the number of those below them.
        select
            placed.*,
            case when ties.tie = 'worse' then participants - place_from_below + 1 else place end as position
        from placed
        inner join (select distinct group_no, tie from {{ bounds }}) as ties
            on placed.group_no = ties.group_no

    )

    select
        positioned.group_no,
        positioned.scope_no,
        positioned.unit_no,
        positioned.place,
        positioned.participants,
        tier.tier_no
    from positioned
    inner join {{ bounds }} as tier
        on
            positioned.group_no = tier.group_no
            and (positioned.position - 1) * 10000 < positioned.participants * tier.upto_hundredths
            and (positioned.position - 1) * 10000 >= positioned.participants * tier.above_hundredths
)
{%- endmacro %}

{# The rules of int_mu_rules__met applied in order: each narrows the tier to [best_tier, worst_tier]. Only the units that
   meet a rule come out. `relation` has unit_no and tier_no; 16 is MAX_RULES of fuyou_pipeline.evaluation.scheme. #}
{% macro ruled(relation) -%}
(
    with met as (

        select
            unit_no,
            rule_no,
            best_tier,
            worst_tier,
            rule_reason
        from {{ ref('int_mu_rules__met') }}
        where rule_kind = 'rule'

    ),

    ruled_0 as (

        select
            affected.unit_no,
            affected.tier_no as ruled_tier_no,
            '' as rule_reason
        from {{ relation }} as affected
        inner join (select distinct unit_no from met) as subject
            on affected.unit_no = subject.unit_no

    )
    {%- for n in range(1, 17) %},

    ruled_{{ n }} as (

        select
            before.unit_no,
            greatest(
                coalesce(met.best_tier, before.ruled_tier_no),
                least(coalesce(met.worst_tier, before.ruled_tier_no), before.ruled_tier_no)
            ) as ruled_tier_no,
            case
                when before.ruled_tier_no between met.best_tier and met.worst_tier then before.rule_reason
                when before.rule_reason = '' then coalesce(met.rule_reason, '')
                else concat_ws('；', before.rule_reason, met.rule_reason)
            end as rule_reason
        from ruled_{{ n - 1 }} as before
        left join met
            on before.unit_no = met.unit_no and met.rule_no = {{ n }}

    )
    {%- endfor %}

    select * from ruled_16
)
{%- endmacro %}

{# Every figure that a scheme may choose from: of firms, and of areas themselves. #}
{% macro given_figures() -%}
(
    select
        enterprise_id,
        data_year,
        measure,
        figure_source,
        measure_method,
        method_rank,
        measure_value,
        data_use,
        is_simulated
    from {{ ref('int_enterprise_measures') }}

    union all

    select
        area_code as enterprise_id,
        data_year,
        measure,
        figure_source,
        measure_method,
        method_rank,
        measure_value,
        data_use,
        is_simulated
    from {{ ref('int_area_measures') }}
)
{%- endmacro %}

{# The figures of firms with what moves inside their unit, as they add up to those of the unit. #}
{% macro unit_figures() -%}
(
    select scheme_key, unit_no, measure_key, measure_value from {{ ref('int_mu_figures') }}
    union all
    select scheme_key, unit_no, measure_key, measure_value from {{ ref('int_mu_land__inside') }}
)
{%- endmacro %}

{# The indicators in use and what they are made of, read when a statement runs: indicator → (numerators, denominators),
   each a list of (measure_key, sign). #}
{% macro indicators_in_use() -%}
  {%- set found = {} -%}
  {%- if execute -%}
    {%- set rows = run_query(
        "select part.indicator, part.side, part.sign, measure.measure_key from "
        ~ fuyou.parameter_file('evaluation_indicator_part') ~ " as part inner join "
        ~ fuyou.parameter_file('evaluation_measure') ~ " as measure on part.measure = measure.measure"
        ~ " where part.indicator in (select indicator from " ~ fuyou.parameter_file('scheme_indicator') ~ ")"
        ~ " order by part.indicator, part.side, measure.measure_key"
    ).rows -%}
    {%- for row in rows -%}
      {%- if row['indicator'] not in found -%}
        {%- do found.update({row['indicator']: {'numerator': [], 'denominator': []}}) -%}
      {%- endif -%}
      {%- do found[row['indicator']][row['side']].append((row['measure_key'] | int, row['sign'] | int)) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(found) }}
{%- endmacro %}

{# tce per unit of each medium in each of `years` (a relation with data_year): of several entries the last before it. #}
{% macro energy_factors(years) -%}
select
    years.data_year,
    factors.medium,
    factors.energy_basis,
    factors.kgce_per_unit
from {{ years }} as years
inner join {{ fuyou.parameter('energy_factors') }} as factors
    on factors.from_year <= years.data_year
qualify
    row_number() over (
        partition by years.data_year, factors.medium, factors.energy_basis order by factors.from_year desc
    ) = 1
{%- endmacro %}

{# The measures that power meters show (columns of int_electricity__yearly), and the method of those that are estimates. #}
{% macro metered_measures() -%}
  {{ return({
      'electricity_wan_kwh': none,
      'energy_tce_equivalent': 'from_meters',
      'energy_tce_calorific': 'from_meters',
  }) }}
{%- endmacro %}

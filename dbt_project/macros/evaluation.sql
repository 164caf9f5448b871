{# Pieces of the evaluation that several models share. #}

{# The scope over which a base is drawn, as the key of a member's row. #}
{% macro base_scope(uses, member) -%}
case {{ uses }}.base_over
    when 'rank_scope' then {{ member }}.rank_scope
    when 'area' then coalesce({{ member }}.area_code, '')
    when 'industry_group' then {{ member }}.industry_group
    else ''
end
{%- endmacro %}

{# A score as decimal(24,9). The clamp keeps a freak quotient (land of a millionth 亩) from overflowing the type;
   greatest and least pass over nulls, so a missing score is kept apart from it. #}
{% macro to_score(score) -%}
case
    when {{ score }} is not null
        then cast(greatest(least({{ score }}, cast(1e14 as double)), cast(-1e14 as double)) as decimal(24, 9))
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

{# Places and initial tiers of the rows of `relation` (scheme, scheme_group, rank_scope, unit_id, total_score).
   The firm at position p of n is in the first tier with p ≤ ⌈n × upto⌉, that is (p − 1) × 10000 < n × upto in
   hundredths of a percent: whole numbers throughout. #}
{% macro tiered(relation) -%}
(
    with placed as (

        select
            *,
            rank() over (partition by scheme, scheme_group, rank_scope order by total_score desc nulls last) as place,
            count(*) over (partition by scheme, scheme_group, rank_scope) as participants,
            count(*) over (partition by scheme, scheme_group, rank_scope, total_score) as ties
        from {{ relation }}

    ),

    positioned as (

        select
            placed.*,
            case when groups.tie = 'worse' then placed.place + placed.ties - 1 else placed.place end as position
        from placed
        inner join {{ fuyou.parameter('scheme_group') }} as groups
            on placed.scheme = groups.scheme and placed.scheme_group = groups.scheme_group

    )

    select
        positioned.scheme,
        positioned.scheme_group,
        positioned.unit_id,
        max(positioned.place) as place,
        max(positioned.participants) as participants,
        min(tier.tier_no) as tier_no
    from positioned
    inner join {{ fuyou.parameter('scheme_tier') }} as tier
        on
            positioned.scheme = tier.scheme
            and positioned.scheme_group = tier.scheme_group
            and (positioned.position - 1) * 10000 < positioned.participants * tier.upto_hundredths
    group by positioned.scheme, positioned.scheme_group, positioned.unit_id
)
{%- endmacro %}

{# The rules of int_mu_rules__met applied in order: each narrows the tier to [best_tier, worst_tier].
   `relation` has scheme, scheme_group, unit_id and tier_no; 16 is MAX_RULES of fuyou_pipeline.evaluation.scheme. #}
{% macro ruled(relation) -%}
(
    with ruled_0 as (

        select
            scheme,
            scheme_group,
            unit_id,
            tier_no as ruled_tier_no,
            '' as rule_reason
        from {{ relation }}

    )
    {%- for n in range(1, 17) %},

    ruled_{{ n }} as (

        select
            before.scheme,
            before.scheme_group,
            before.unit_id,
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
        left join {{ ref('int_mu_rules__met') }} as met
            on
                before.scheme = met.scheme
                and before.scheme_group = met.scheme_group
                and before.unit_id = met.unit_id
                and met.rule_kind = 'rule'
                and met.rule_no = {{ n }}

    )
    {%- endfor %}

    select * from ruled_16
)
{%- endmacro %}

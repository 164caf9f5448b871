-- The rules and the grounds for not being graded that each unit meets.
{{ config(meta={'by_scheme': 'scheme_key'}) }}
with flags as (

    select
        unit_no,
        adjustment_flag as flag
    from {{ ref('int_mu_adjustments') }}
    where adjustment_kind = 'flag'

    union

    -- What the register says needs no entry by the bureau.
    select
        unit_no,
        'public_utility' as flag
    from {{ ref('int_mu_members') }}
    where year_offset = 0 and is_public_utility

    union

    select
        unit_no,
        'stopped' as flag
    from {{ ref('int_mu_members') }}
    where year_offset = 0 and operating_status = '停产'

),

rules as (

    select
        groups.scheme_key,
        groups.group_no,
        rule.*,
        measure.measure_key,
        groups.item_order
    from {{ parameter('scheme_rule') }} as rule
    inner join (
        select scheme_key, group_no, scheme, scheme_group, indicator, item_order from {{ ref('int_mu_uses') }}
        where {{ is_made('scheme_key') }}
    ) as groups
        on
            rule.scheme = groups.scheme
            and rule.scheme_group = groups.scheme_group
            and (rule.when_indicator = groups.indicator or (rule.when_indicator is null and groups.item_order = 1))
    left join {{ parameter('evaluation_measure') }} as measure
        on rule.when_measure = measure.measure

),

figures as (

    select
        figure.unit_no,
        figure.measure_key,
        cast(sum(figure.measure_value) as decimal(24, 8)) as measure_value
    from {{ unit_figures() }} as figure
    where figure.measure_key in (select measure_key from rules where measure_key is not null)
    group by figure.unit_no, figure.measure_key

),

subjects as (

    select
        members.unit_no,
        members.group_no,
        rules.rule_kind,
        rules.rule_no
    from flags
    inner join {{ ref('int_mu_members') }} as members
        on flags.unit_no = members.unit_no and members.year_offset = 0
    inner join rules
        on members.group_no = rules.group_no and flags.flag = rules.when_flag

    union all

    select
        observed.unit_no,
        observed.group_no,
        rules.rule_kind,
        rules.rule_no
    from {{ ref('int_mu_values') }} as observed
    inner join rules
        on
            observed.group_no = rules.group_no
            and observed.item_order = rules.item_order
            and rules.when_indicator is not null
    where
        observed.year_offset = 0
        and {{ compares('observed.indicator_value', 'rules.when_op', 'cast(rules.when_value as double)') }}

    union all

    select
        members.unit_no,
        members.group_no,
        rules.rule_kind,
        rules.rule_no
    from figures
    inner join {{ ref('int_mu_members') }} as members
        on figures.unit_no = members.unit_no and members.year_offset = 0
    inner join rules
        on members.group_no = rules.group_no and figures.measure_key = rules.measure_key
    where {{ compares('figures.measure_value', 'rules.when_op', 'rules.when_value') }}

)

select
    rules.scheme_key,
    subjects.group_no,
    subjects.unit_no,
    subjects.rule_kind,
    subjects.rule_no,
    rules.best_tier,
    rules.worst_tier,
    rules.ungraded_class,
    rules.managed_as,
    rules.rule_reason
from subjects
inner join rules
    on
        subjects.group_no = rules.group_no
        and subjects.rule_kind = rules.rule_kind
        and subjects.rule_no = rules.rule_no

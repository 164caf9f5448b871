-- The rules and the grounds for not being graded that each unit meets.
with flags as (

    select
        scheme,
        unit_id,
        adjustment_flag as flag
    from {{ ref('int_mu_adjustments') }}
    where adjustment_kind = 'flag'

    union

    -- What the register says needs no entry by the bureau.
    select
        scheme,
        unit_id,
        'public_utility' as flag
    from {{ ref('int_mu_members') }}
    where year_offset = 0 and is_public_utility

    union

    select
        scheme,
        unit_id,
        'stopped' as flag
    from {{ ref('int_mu_members') }}
    where year_offset = 0 and operating_status = '停产'

),

subjects as (

    select
        flags.scheme,
        members.scheme_group,
        flags.unit_id,
        rule.rule_kind,
        rule.rule_no
    from flags
    inner join {{ ref('int_mu_members') }} as members
        on flags.scheme = members.scheme and flags.unit_id = members.unit_id and members.year_offset = 0
    inner join {{ parameter('scheme_rule') }} as rule
        on
            members.scheme = rule.scheme
            and members.scheme_group = rule.scheme_group
            and flags.flag = rule.when_flag

    union all

    select
        observed.scheme,
        observed.scheme_group,
        observed.unit_id,
        rule.rule_kind,
        rule.rule_no
    from {{ ref('int_mu_values') }} as observed
    inner join {{ parameter('scheme_rule') }} as rule
        on
            observed.scheme = rule.scheme
            and observed.scheme_group = rule.scheme_group
            and observed.indicator = rule.when_indicator
    where
        observed.year_offset = 0
        and {{ compares('observed.indicator_value', 'rule.when_op', 'cast(rule.when_value as double)') }}

    union all

    select
        members.scheme,
        members.scheme_group,
        members.unit_id,
        rule.rule_kind,
        rule.rule_no
    from {{ ref('int_mu_members') }} as members
    inner join {{ parameter('scheme_rule') }} as rule
        on members.scheme = rule.scheme and members.scheme_group = rule.scheme_group
    inner join {{ ref('int_mu_measures') }} as figure
        on
            members.scheme = figure.scheme
            and members.data_year = figure.data_year
            and members.unit_id = figure.unit_id
            and rule.when_measure = figure.measure
    where
        members.year_offset = 0
        and {{ compares('figure.measure_value', 'rule.when_op', 'rule.when_value') }}

)

select
    subjects.scheme,
    subjects.scheme_group,
    subjects.unit_id,
    subjects.rule_kind,
    subjects.rule_no,
    rule.best_tier,
    rule.worst_tier,
    rule.ungraded_class,
    rule.managed_as,
    rule.rule_reason
from subjects
inner join {{ parameter('scheme_rule') }} as rule
    on
        subjects.scheme = rule.scheme
        and subjects.scheme_group = rule.scheme_group
        and subjects.rule_kind = rule.rule_kind
        and subjects.rule_no = rule.rule_no

-- The kinds of figures that a year has, numbered: one number in place of four texts on every figure. Even numbers are
-- real figures, the odd ones beside them simulated; 0 and 1 are decided after an objection.
with kinds as (

    select distinct
        given.data_year,
        given.measure,
        given.figure_source,
        given.measure_method,
        given.method_rank,
        given.data_use
    from {{ given_figures() }} as given

),

numbered as (

    select
        kinds.*,
        2 * row_number() over (
            partition by data_year order by figure_source, measure_method, method_rank, data_use, measure
        ) as origin_no
    from kinds

    union all

    select distinct
        data_year,
        cast(null as string) as measure,
        'objection' as figure_source,
        'decided' as measure_method,
        0 as method_rank,
        'administrative' as data_use,
        0 as origin_no
    from {{ parameter('scheme_year') }}

)

select
    numbered.data_year,
    cast(numbered.origin_no + marks.mark as int) as origin_no,
    numbered.measure,
    numbered.figure_source,
    numbered.measure_method,
    numbered.method_rank,
    numbered.data_use,
    marks.mark = 1 as is_simulated
from numbered
cross join (
    select 0 as mark
    union all
    select 1 as mark
) as marks

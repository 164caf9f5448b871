-- Which firm each listed name means: by code, former code, decision, then a present or former name that exactly one firm
-- in the place has. Nothing is guessed: what is left has no firm and waits for a decision.
with listed as (

    select * from {{ ref('int_identity__listed') }}

),

registered as (

    select distinct enterprise_id
    from {{ ref('int_registry__monthly') }}

),

decisions as (

    select
        listed.dataset,
        listed.firm_role,
        listed.given_id,
        listed.plain_name,
        listed.given_area,
        decided.enterprise_id as decided_id
    from listed
    inner join {{ parameter('identity_decisions') }} as decided
        on
            listed.plain_name = {{ plain_text('decided.name') }}
            and decided.dataset in (listed.dataset, '*')
            and (decided.area_code is null or decided.area_code in (listed.given_area, listed.match_area_code))
    {%- if as_of() | trim %}
    where decided.decided_on <= cast('{{ as_of() | trim }}' as date)
    {%- endif %}
    -- The decision about this dataset before one about all, about this place before one about any.
    qualify
        row_number() over (
            partition by listed.dataset, listed.firm_role, listed.given_id, listed.plain_name, listed.given_area
            order by
                case when decided.dataset = '*' then 1 else 0 end,
                case when decided.area_code is null then 1 else 0 end,
                decided.decided_on desc,
                decided.decision_row desc
        ) = 1

),

bearers as (

    select
        listed.dataset,
        listed.firm_role,
        listed.given_id,
        listed.plain_name,
        listed.given_area,
        count(distinct names.enterprise_id) as firms_anywhere,
        count(
            distinct case when {{ is_in_area('names.area_code', 'listed.match_area_code') }} then names.enterprise_id end
        ) as firms_here,
        min(case when {{ is_in_area('names.area_code', 'listed.match_area_code') }} then names.enterprise_id end)
            as first_here_id,
        bool_or(names.is_present and {{ is_in_area('names.area_code', 'listed.match_area_code') }}) as is_present_name
    from listed
    inner join {{ ref('int_identity__names') }} as names
        on listed.plain_name = names.plain_name
    group by listed.dataset, listed.firm_role, listed.given_id, listed.plain_name, listed.given_area

),

judged as (

    select
        listed.*,
        codes.enterprise_id as successor_id,
        decisions.decided_id,
        bearers.first_here_id,
        coalesce(bearers.firms_here, 0) as firms_here,
        coalesce(bearers.firms_anywhere, 0) as firms_anywhere,
        case
            when registered.enterprise_id is not null then 'code'
            when codes.enterprise_id is not null then 'former_code'
            when decisions.decided_id is not null then 'decision'
            when listed.given_id <> '' then 'unregistered_code'
            when bearers.firms_here = 1 and bearers.is_present_name then 'name'
            when bearers.firms_here = 1 then 'former_name'
            when bearers.firms_here > 1 then 'ambiguous'
            else 'unmatched'
        end as match_method
    from listed
    left join registered
        on listed.given_id = registered.enterprise_id
    left join {{ ref('int_identity__codes') }} as codes
        on listed.given_id = codes.former_id
    left join decisions
        on
            listed.dataset = decisions.dataset
            and listed.firm_role = decisions.firm_role
            and listed.given_id = decisions.given_id
            and listed.plain_name = decisions.plain_name
            and listed.given_area = decisions.given_area
    left join bearers
        on
            listed.dataset = bearers.dataset
            and listed.firm_role = bearers.firm_role
            and listed.given_id = bearers.given_id
            and listed.plain_name = bearers.plain_name
            and listed.given_area = bearers.given_area

)

select
    dataset,
    firm_role,
    given_id,
    plain_name,
    given_area,
    match_area_code,
    enterprise_name,
    case match_method
        when 'former_code' then successor_id
        when 'decision' then coalesce(nullif(decided_id, 'none'), nullif(given_id, ''))
        when 'name' then first_here_id
        when 'former_name' then first_here_id
        else nullif(given_id, '')
    end as enterprise_id,
    match_method,
    case
        when match_method = 'ambiguous' then '重名'
        when match_method = 'unregistered_code' and firms_here > 0 then '代码与名录不符'
        when match_method = 'unmatched' and firms_anywhere > 0 then '异地同名'
        when match_method = 'unmatched' then '名录中没有'
    end as review_reason,
    rows_listed,
    first_period,
    last_period,
    is_simulated
from judged

-- Registered firms whose names resemble a waiting name: the share of characters and pairs of characters in common (Dice).
-- What more than 500 names contain distinguishes none and is not compared (本项目默认值). Suggestions match nobody by
-- themselves.
{% set generic = '有限责任公司|股份有限公司|有限公司|公司$' %}
with waiting as (

    select distinct
        plain_name,
        match_area_code
    from {{ ref('int_identity__matched') }}
    where review_reason is not null and plain_name <> ''

),

compared as (

    select
        'waiting' as side,
        plain_name,
        coalesce(nullif({{ replace_all('plain_name', generic, '') }}, ''), plain_name) as core
    from (select distinct plain_name from waiting) as waiting_names

    union all

    select
        'register' as side,
        plain_name,
        coalesce(nullif({{ replace_all('plain_name', generic, '') }}, ''), plain_name) as core
    from (select distinct plain_name from {{ ref('int_identity__names') }}) as register_names

),

pieces as (

    select distinct
        compared.side,
        compared.plain_name,
        substring(compared.core, places.place, lengths.size) as piece
    from compared
    cross join (
        {% for place in range(1, 61) -%}
        select {{ place }} as place {{ 'union all' if not loop.last }}
        {% endfor %}
    ) as places
    cross join (select 1 as size union all select 2 as size) as lengths
    where places.place + lengths.size - 1 <= length(compared.core)

),

counted as (

    select
        side,
        plain_name,
        count(*) as pieces
    from pieces
    group by side, plain_name

),

telling as (

    select piece
    from pieces
    where side = 'register'
    group by piece
    having count(*) <= 500

),

shared as (

    select
        mine.plain_name as waiting_name,
        theirs.plain_name as register_name,
        count(*) as pieces
    from pieces as mine
    inner join telling
        on mine.piece = telling.piece
    inner join pieces as theirs
        on mine.piece = theirs.piece and theirs.side = 'register'
    where mine.side = 'waiting'
    group by mine.plain_name, theirs.plain_name

),

alike as (

    select
        shared.waiting_name,
        shared.register_name,
        {{ pct('2 * shared.pieces', '(mine.pieces + theirs.pieces)') }} as similarity_pct
    from shared
    inner join counted as mine
        on shared.waiting_name = mine.plain_name and mine.side = 'waiting'
    inner join counted as theirs
        on shared.register_name = theirs.plain_name and theirs.side = 'register'

),

per_firm as (

    select
        waiting.plain_name,
        coalesce(waiting.match_area_code, '') as match_area_code,
        names.enterprise_id,
        names.known_name,
        names.area_code,
        alike.similarity_pct,
        {{ is_in_area('names.area_code', 'waiting.match_area_code') }} as is_same_area
    from waiting
    inner join alike
        on waiting.plain_name = alike.waiting_name
    inner join {{ ref('int_identity__names') }} as names
        on alike.register_name = names.plain_name
    where alike.similarity_pct >= 30
    qualify
        row_number() over (
            partition by waiting.plain_name, waiting.match_area_code, names.enterprise_id
            order by
                alike.similarity_pct desc,
                {{ is_in_area('names.area_code', 'waiting.match_area_code') }} desc,
                names.is_present desc,
                names.known_name asc,
                names.area_code asc
        ) = 1

)

select
    plain_name,
    match_area_code,
    cast(
        row_number() over (
            partition by plain_name, match_area_code
            order by similarity_pct desc, is_same_area desc, enterprise_id asc
        ) as int
    ) as suggestion_no,
    enterprise_id,
    known_name,
    area_code,
    similarity_pct,
    is_same_area
from per_firm
qualify
    row_number() over (
        partition by plain_name, match_area_code
        order by similarity_pct desc, is_same_area desc, enterprise_id asc
    ) <= 3

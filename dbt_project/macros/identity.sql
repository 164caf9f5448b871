{# Which firm a row means, where the sender may leave the code empty. #}

{# Where contracts let the code of a firm be empty: the columns that name it and the place to look in.
   A county's list that names no place is about the county that sends it. #}
{% macro firm_references() -%}
  {{ return([
      {'dataset': 'cultivation_list', 'staging': 'stg_county__cultivation_list', 'role': 'enterprise',
       'id': 'enterprise_id', 'name': 'enterprise_name', 'area': 'coalesce(reporting_unit_code, _sender)'},
      {'dataset': 'distress_lists', 'staging': 'stg_bureau__distress_lists', 'role': 'enterprise',
       'id': 'enterprise_id', 'name': 'enterprise_name', 'area': '_sender'},
      {'dataset': 'honours', 'staging': 'stg_bureau__honours', 'role': 'enterprise',
       'id': 'enterprise_id', 'name': 'enterprise_name', 'area': 'coalesce(area_code, _sender)'},
      {'dataset': 'investment_projects', 'staging': 'stg_bureau__investment_projects', 'role': 'enterprise',
       'id': 'enterprise_id', 'name': 'enterprise_name', 'area': 'coalesce(area_code, _sender)'},
      {'dataset': 'issue_ledger', 'staging': 'stg_county__issue_ledger', 'role': 'enterprise',
       'id': 'enterprise_id', 'name': 'enterprise_name', 'area': 'coalesce(area_name, _sender)'},
      {'dataset': 'land_parcels', 'staging': 'stg_land__land_parcels', 'role': 'enterprise',
       'id': 'enterprise_id', 'name': 'enterprise_name', 'area': 'coalesce(area_code, _sender)'},
      {'dataset': 'land_parcels', 'staging': 'stg_land__land_parcels', 'role': 'holder',
       'id': 'holder_id', 'name': 'holder_name', 'area': 'coalesce(area_code, _sender)'},
      {'dataset': 'plant_leases', 'staging': 'stg_county__plant_leases', 'role': 'tenant',
       'id': 'tenant_id', 'name': 'tenant_name', 'area': '_sender'},
      {'dataset': 'plant_leases', 'staging': 'stg_county__plant_leases', 'role': 'landlord',
       'id': 'landlord_id', 'name': 'landlord_name', 'area': '_sender'},
      {'dataset': 'support_assignments', 'staging': 'stg_bureau__support_assignments', 'role': 'enterprise',
       'id': 'enterprise_id', 'name': 'enterprise_name', 'area': 'coalesce(reporting_unit_code, _sender)'},
  ]) }}
{%- endmacro %}

{# The rows in force of a dataset of firm_references, its codes as int_identity__matched has them: for a ref() to the
   staging model write `{{ identified('issue_ledger') }}`. Null where no firm is known (yet). #}
{% macro identified(dataset) -%}
  {%- set own = fuyou.firm_references() | selectattr('dataset', 'equalto', dataset) | list -%}
  {%- set staging = ref(own[0]['staging']) -%}
  {%- set matched = ref('int_identity__matched') -%}
  {%- set ids = own | map(attribute='id') | list -%}
(
    select
        {%- if execute %}
        {%- for node in graph.nodes.values() if node.name == own[0]['staging'] and node.resource_type == 'model' %}
        {%- for column in node.columns if column not in ids %}
        listed.{{ column }},
        {%- endfor %}
        {%- endfor %}
        {%- endif %}
        {%- for reference in own %}
        {{ reference['role'] }}.{{ reference['role'] }}_known_id as {{ reference['id'] }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            *
            {%- for reference in own %},
            coalesce({{ reference['id'] }}, '') as {{ reference['role'] }}_given_id,
            coalesce({{ fuyou.plain_text(reference['name']) }}, '') as {{ reference['role'] }}_plain_name,
            coalesce({{ reference['area'] }}, '') as {{ reference['role'] }}_given_area
            {%- endfor %}
        from {{ staging }}
    ) as listed
    {%- for reference in own %}
    left join (
        select
            given_id,
            plain_name,
            given_area,
            enterprise_id as {{ reference['role'] }}_known_id
        from {{ matched }}
        where dataset = '{{ dataset }}' and firm_role = '{{ reference['role'] }}'
    ) as {{ reference['role'] }}
        on
            listed.{{ reference['role'] }}_given_id = {{ reference['role'] }}.given_id
            and listed.{{ reference['role'] }}_plain_name = {{ reference['role'] }}.plain_name
            and listed.{{ reference['role'] }}_given_area = {{ reference['role'] }}.given_area
    {%- endfor %}
)
{%- endmacro %}

{# Several values in one cell, one row each: columns `keep` and `part` of the rows of `relation` with a value.
   16 is more than any register has; a cell with more fails the test beside this macro's models. #}
{% macro parts_of(relation, keep, column) -%}
(
    select
        {{ keep | join(', ') }},
        trim(split_part(parts_text, '；', place)) as part
    from (
        select
            {{ keep | join(', ') }},
            {{ fuyou.replace_all(column, '[;；、,，|\\n]+', '；') }} as parts_text
        from (select distinct {{ keep | join(', ') }}, {{ column }} from {{ relation }} where {{ column }} is not null) as told
    ) as unified
    cross join (
        {% for place in range(1, 17) -%}
        select {{ place }} as place {{ 'union all' if not loop.last }}
        {% endfor %}
    ) as places
    where trim(split_part(parts_text, '；', place)) <> ''
)
{%- endmacro %}

{# Whether a firm registered in county `area` is in the place `wanted`: a county, a city (…00) or, if null, anywhere. #}
{% macro is_in_area(area, wanted) -%}
(
    {{ wanted }} is null
    or {{ area }} = {{ wanted }}
    or ({{ wanted }} like '%00' and substring({{ area }}, 1, 4) = substring({{ wanted }}, 1, 4))
)
{%- endmacro %}

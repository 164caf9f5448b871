-- What each power meter shows of a firm's year: one row per reading that counts, with the three measures that follow from
-- it. The energy is that of power from the grid.
{{ config(meta={'by_period': {'column': 'data_year', 'follows': 'year', 'unless_moved': true}}) }}
-- depends_on: {{ ref('int_identity__moved') }}
with read as (

    select * from {{ yearly_rows(ref('stg_power__electricity'), ['enterprise_id', 'meter_no'],
        ['grid_kwh', 'own_generation_kwh']) }} as yearly
    where enterprise_id is not null

),

-- The best of its methods, by a join: a window would sort every reading of every meter.
readings as (

    select read.*
    from read
    inner join (
        select
            enterprise_id,
            data_year,
            min(method_rank) as method_rank
        from read
        group by enterprise_id, data_year
    ) as best
        on
            read.enterprise_id = best.enterprise_id
            and read.data_year = best.data_year
            and read.method_rank = best.method_rank

),

factors as (

    select
        data_year,
        max(case when energy_basis = 'equivalent' then kgce_per_unit end) as equivalent,
        max(case when energy_basis = 'calorific' then kgce_per_unit end) as calorific
    from ({{ energy_factors('(select distinct data_year from readings)') }}) as in_force
    where medium = 'electricity'
    group by data_year

)

select
    readings.enterprise_id,
    readings.data_year,
    readings.meter_no,
    {{ to_decimal(
        'cast(readings.grid_kwh + coalesce(readings.own_generation_kwh, 0) as double) / 10000', 'decimal(24, 8)'
    ) }} as electricity_wan_kwh,
    {% for basis in ['equivalent', 'calorific'] -%}
    {{ times('readings.grid_kwh', 'cast(factors.' ~ basis ~ ' as double) / 1000') }} as energy_tce_{{ basis }},
    {% endfor -%}
    readings.measure_method,
    readings.method_rank,
    readings.file_id,
    readings.file_name,
    readings.sheet,
    readings.row,
    readings.is_simulated
from readings
left join factors
    on readings.data_year = factors.data_year
where readings.grid_kwh is not null

-- Land by enterprise, parcel and tenure in a year; who holds the parcel where the source says so.
select
    enterprise_id,
    enterprise_name,
    data_year,
    parcel_no,
    tenure,
    holder_id,
    area_mu,
    measure_method,
    method_rank,
    file_id,
    file_name,
    sheet,
    row,
    is_simulated
from {{ yearly_rows(
    ref('int_land__holders'),
    ['parcel_no', 'enterprise_name', 'tenure'],
    ['enterprise_id', 'holder_id', 'area_mu']
) }} as yearly
where enterprise_id is not null

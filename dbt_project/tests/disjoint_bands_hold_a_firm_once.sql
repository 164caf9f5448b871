-- Bands that are called disjoint must be: no firm (or group) has a revenue that lies in two of them.
select
    revenue.data_year,
    revenue.member_id,
    count(*) as bands
from {{ ref('int_revenue__entities') }} as revenue
inner join {{ parameter('scale_band') }} as bands
    on
        bands.band_set = 'disjoint'
        and {{ in_force('bands', 'revenue.data_year') }}
        and (bands.lower_yi is null or revenue.revenue_wan > 10000 * bands.lower_yi)
        and (bands.upper_yi is null or revenue.revenue_wan <= 10000 * bands.upper_yi)
group by revenue.data_year, revenue.member_id
having count(*) > 1

-- What the steps of dictionary/traces may call: where firms belong, periods, groups of firms, targets.
create temp table place_of as
    select a.area_code as code, unnest([a.parent_area_code, p.parent_area_code]) as place
    from marts.dim_area a left join marts.dim_area p on a.parent_area_code = p.area_code;
alter table place_of add column is_city boolean;
insert into place_of select area_code, area_code, null from marts.dim_area;
delete from place_of where place is null;
update place_of set is_city = exists (
    select 1 from marts.dim_area d where d.area_code = place_of.place and d.area_level = 'city');
-- A firm counts for its reporting unit (属管, net of zones) and for its city.
create temp table firm_place as
    select distinct d.enterprise_id, p.place, d.industry_code, d.valid_from_month as from_month,
        coalesce(d.valid_to_month, '9999-12') as until_month
    from marts.dim_enterprise d
    join place_of p on p.code = d.reporting_unit_code and (p.place = p.code or p.is_city);
-- Whose figures an evaluation adds up: the firm itself, members evaluated together, all firms of an area.
create temp table evaluated_firm as
    select scheme, data_year, evaluated_as, enterprise_id from marts.mart_mu_score
    union select scheme, data_year, evaluated_as, evaluated_as from marts.mart_mu_measure
    union select m.scheme, m.data_year, m.evaluated_as, w.enterprise_id
        from (select distinct scheme, data_year, evaluated_as from marts.mart_mu_measure) m
        join firm_place w on w.place = m.evaluated_as;
create temp table firm_name as
    select enterprise_name, min(enterprise_id) as enterprise_id from marts.dim_enterprise
    where enterprise_name is not null group by enterprise_name having count(distinct enterprise_id) = 1;

create temp macro year_of(p) as cast(substr(p, 1, 4) as int);
create temp macro period_end(p) as case
    when length(p) = 4 then concat(p, '-12')
    when substr(p, 5, 1) = 'Q' 
        then concat(substr(p, 1, 4), '-', lpad(cast(3 * cast(substr(p, 6, 1) as int) as varchar), 2, '0'))
    else p end;
create temp macro quarter_of(p) as concat(
    substr(p, 1, 4), 'Q', cast((cast(substr(period_end(p), 6, 2) as int) + 2) // 3 as varchar));
create temp macro back(p, n) as concat(cast(year_of(p) - n as varchar), substr(p, 5));
create temp macro month_before(p) as
    strftime(strptime(concat(p, '-01'), '%Y-%m-%d') - interval 1 month, '%Y-%m');
create temp macro statistical_month_before(p) as case
    when length(p) = 4 then back(p, 1)
    when substr(p, 6, 2) in ('01', '02') then concat(cast(year_of(p) - 1 as varchar), '-12')
    else month_before(p) end;
create temp macro newest(p_dataset, p_period) as (
    select max(n.period) from in_force n where n.dataset = p_dataset and n.period <= p_period);
create temp macro city_of(p_code) as coalesce(
    (select c.place from place_of c where c.code = p_code and c.is_city order by c.place limit 1), p_code);
create temp macro in_place(p_code, p_place) as p_code = p_place or city_of(p_code) = p_place;
create temp macro known(p_id, p_month) as exists (
    select 1 from firm_place k
    where k.enterprise_id = p_id and k.from_month <= p_month and p_month < k.until_month);
create temp macro counts_unmatched(p_code, p_breakdown) as
    p_code = 'unmatched' or (p_breakdown = 'total' and p_code = city_of(p_code));
create temp macro is_manufacturing(p_code) as exists (
    select 1 from marts.dim_industry d where d.industry_code = substr(p_code, 1, 2) and d.is_manufacturing);
create temp macro in_group(p_breakdown, p_group, p_code) as p_breakdown = 'total'
    or (p_breakdown = 'industry' and substr(p_code, 1, 2) = p_group)
    or (p_breakdown = 'chain' and exists (select 1 from parameters.industry_chain h
        where h.chain_code = p_group and starts_with(p_code, h.industry_prefix)));
create temp macro measured_by(p_target, p_series) as exists (
    select 1 from parameters.target_source t where t.target_id = p_target and t.series like p_series);

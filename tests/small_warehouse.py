"""A warehouse of a few rows, as a finished build leaves it, for tests of checks and releases."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import duckdb

from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse.build import Build

BUILD = "20221121T093000-0000abcd"
CONTRACTS = {"tax_paid": SimpleNamespace(dataset="tax_paid", provider="tax", key=("enterprise_id",))}

TAX_ROWS = """
('A1', 10.00000000::decimal(24,8), 1.0::decimal(24,8), '2021', 'tax', 'f1', '税收2021.xlsx', 'Sheet1', 4),
('B2', -3.00000000::decimal(24,8), 1.0::decimal(24,8), '2021', 'tax', 'f1', '税收2021.xlsx', 'Sheet1', 5),
('A1', 12.00000000::decimal(24,8), 1.0::decimal(24,8), '2022', 'tax', 'f2', '税收2022.xlsx', 'Sheet1', 4),
('B2', 5.00000000::decimal(24,8), null, '2022', 'tax', 'f2', '税收2022.xlsx', 'Sheet1', 5)
"""


def make_warehouse(settings: Settings, build_id: str = BUILD, as_of: str | None = "2022-11-20") -> None:
    """Write warehouse.duckdb, build.json and dbt's results, all good."""
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    settings.warehouse_file.unlink(missing_ok=True)
    with duckdb.connect(str(settings.warehouse_file)) as con:
        con.execute("create schema staging; create schema intermediate; create schema marts")
        con.execute(
            "create table staging.stg_tax__tax_paid as"
            " select *, timestamp '2022-11-20 10:00:00' as _received_at"
            f" from (values {TAX_ROWS}) t(enterprise_id, tax_paid_wan, arrears_wan, _period, _sender,"
            " _file_id, _file_name, _sheet, _row)"
        )
        con.execute(
            "create table marts.mart_mu_class_count as select *, cast(null as decimal(24, 8)) as land_mu,"
            " cast(null as decimal(24, 8)) as tax_paid_wan, cast(null as decimal(24, 8)) as energy_tce"
            " from (values"
            " ('s', 2022, 'above_scale', '341621', 'B', 3::bigint, 60.0000::decimal(9,4)),"
            " ('s', 2022, 'above_scale', '341621', 'A', 2::bigint, 40.0000::decimal(9,4)))"
            " t(scheme, data_year, scheme_group, area_code, class, enterprises, share_pct)"
        )
        con.execute(
            "create table marts.mart_undescribed as select 2 as n, '二' as word union all select 1, '一'"
        )
    write_build(settings, build_id, as_of)
    write_dbt_results(settings, {"test.fuyou.grain_mart_mu_class_count": "pass"})


def add_areas(settings: Settings) -> None:
    """A city and one reporting unit, without which no pack can be written."""
    with duckdb.connect(str(settings.warehouse_file)) as con:
        con.execute(
            "create table marts.dim_area as select * from (values"
            " ('341600', '亳州市', '亳州', null, 20, false, false),"
            " ('341621', '涡阳县', '涡阳', '341600', 22, true, false))"
            " t(area_code, area_name, area_short_name, parent_area_code, display_order, is_reporting_unit,"
            " is_fictitious)"
        )


def write_build(
    settings: Settings, build_id: str = BUILD, as_of: str | None = "2022-11-20", **changes: object
) -> None:
    build = Build(
        build_id=build_id,
        as_of=as_of,
        is_as_of_build=False,
        code_version="0.1.0+test",
        inputs="digest",
        finished="2022-11-21T09:30:00+08:00",
    )
    record = {**asdict(build), **changes}
    (settings.warehouse_dir / "build.json").write_text(json.dumps(record), encoding="utf-8")


def write_dbt_results(settings: Settings, statuses: dict[str, str]) -> None:
    """run_results.json and the manifest it refers to; a failing test has three failures."""
    settings.dbt_target.mkdir(parents=True, exist_ok=True)
    nodes: dict[str, object] = {"model.fuyou.m": {"resource_type": "model", "name": "mart_mu_class_count"}}
    for test in statuses:
        nodes[test] = {
            "resource_type": "test",
            "name": test.rsplit(".", 1)[-1],
            "attached_node": "model.fuyou.m",
            "config": {"severity": "ERROR", "meta": {}},
        }
    results = [
        {"unique_id": test, "status": status, "failures": 0 if status == "pass" else 3}
        for test, status in statuses.items()
    ]
    manifest_file(settings).write_text(json.dumps({"nodes": nodes}), encoding="utf-8")
    (settings.dbt_target / "run_results.json").write_text(json.dumps({"results": results}), encoding="utf-8")


def manifest_file(settings: Settings) -> Path:
    return settings.dbt_target / "manifest.json"


SUITE = """
suite: tax_paid
title: 入库税收
dataset: tax_paid
owner: 市税务局
checks:
  - check: tax_paid_not_negative
    title: 入库税收不为负
    expectation: expect_column_values_to_be_between
    kwargs: {column: tax_paid_wan, min_value: 0}
    severity: critical
    class: source
    reason: 退税应填在退税列
    since: 2022-11-01
    todo: 请核对该企业入库税收并重新报送
  - check: tax_paid_arrears_within_tax
    title: 查补往年不超过入库税收
    expectation: expect_column_pair_values_a_to_be_greater_than_b
    kwargs:
      {column_A: tax_paid_wan, column_B: arrears_wan, or_equal: true, ignore_row_if: either_value_is_missing}
    where: tax_paid_wan > 0
    severity: warning
    class: source
    reason: 查补是入库的一部分
    since: 2022-11-01
    todo: 请核对查补往年
  - check: tax_paid_firms
    title: 每期至少三户
    expectation: expect_table_row_count_to_be_between
    kwargs: {min_value: 2, max_value: 5}
    severity: info
    class: source
    reason: 户数骤变说明漏报
    since: 2022-11-01
    todo: 请核对是否漏报
  - check: tax_paid_growth
    title: 税收增减不超过一倍
    query: >
      select now.enterprise_id, now._period as period, now._file_id, now._row,
      100 * (now.tax_paid_wan - before.tax_paid_wan) / before.tax_paid_wan as growth_pct
      from staging.stg_tax__tax_paid as now
      inner join staging.stg_tax__tax_paid as before
      on now.enterprise_id = before.enterprise_id and now._period = '2022' and before._period = '2021'
    key: [enterprise_id]
    period: period
    expectation: expect_column_values_to_be_between
    kwargs: {column: growth_pct, min_value: -100, max_value: 100}
    severity: critical
    class: reviewer
    reason: 超过一倍多为口径或单位变化
    since: 2022-11-01
    todo: 请复核后签字
"""


def write_suite(settings: Settings, text: str = SUITE, name: str = "tax_paid.yaml") -> None:
    folder = settings.office_reference / "expectations"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def write_known_issues(settings: Settings, text: str) -> None:
    write_suite(settings, text, "known_issues.yml")

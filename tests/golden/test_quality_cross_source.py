"""Each check between sources finds its planted fault and leaves what lies within the tolerance alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.quality import load_suites
from fuyou_pipeline.quality.batches import read_batch, target_of
from fuyou_pipeline.quality.expectations import Validator
from fuyou_pipeline.settings import PROJECT_ROOT, Settings
from tests import empty_warehouse

SETTINGS = Settings(data_dir=PROJECT_ROOT / "no-office")
COUNTIES = ("341602", "341621", "341622", "341623")
Rows = list[tuple[str, dict[str, Any]]]


def accounts(firm: str, month: str, revenue: float, **more: float) -> tuple[str, dict[str, Any]]:
    return "financials", {"enterprise_id": firm, "_period": month, "revenue_ytd_wan": revenue, **more}


def output(firm: str, month: str, alone: float | None, until: float) -> tuple[str, dict[str, Any]]:
    figures = {"output_month_wan": alone, "output_ytd_wan": until}
    return "industrial_output", {"enterprise_id": firm, "_period": month, **figures}


def published(month: str, yi: float) -> tuple[str, dict[str, Any]]:
    figure = {"indicator": "规模以上工业营业收入", "kind": "level", "unit": "亿元", "value": yi}
    period = {"period": month.replace("-", ""), "period_kind": "cumulative", "_period": month}
    return "published_figures", {"area_code": "341600", **figure, **period}


def gdp(area: str, quarter: str, wan: float) -> tuple[str, dict[str, Any]]:
    return "gdp_accounts", {"area_code": area, "_period": quarter, "gdp_wan": wan}


def firm(dataset: str, name: str, period: str, **figures: Any) -> tuple[str, dict[str, Any]]:
    return dataset, {"enterprise_id": name, "_period": period, **figures}


# check → rows, and the keys (first key column) of the rows that it must find; all others must pass.
FAULTS: dict[str, tuple[Rows, set[str]]] = {
    "revenue_ytd_not_falling": (
        [
            accounts("A", "2022-08", 100),
            accounts("A", "2022-09", 90),
            accounts("B", "2022-08", 100),
            accounts("B", "2022-09", 99.95),
        ],
        {"A"},
    ),
    "output_ytd_not_falling": (
        [
            output("A", "2022-08", 10, 100),
            output("A", "2022-09", 10, 90),
            output("B", "2022-08", 10, 100),
            output("B", "2022-09", 10, 110),
        ],
        {"A"},
    ),
    "sales_ytd_not_falling": (
        [
            firm("tax_sales", "A", "2022-08", sales_ytd_wan=100),
            firm("tax_sales", "A", "2022-09", sales_ytd_wan=90),
            firm("tax_sales", "B", "2022-11", sales_ytd_wan=90),
            firm("tax_sales", "B", "2022-12", sales_ytd_wan=100),
            firm("tax_sales", "B", "2023-01", sales_ytd_wan=9),
        ],
        {"A"},
    ),
    "gdp_cumulative_not_falling": (
        [
            gdp("341602", "2022Q1", 100),
            gdp("341602", "2022Q2", 99),
            gdp("341621", "2022Q3", 80),
            gdp("341621", "2022Q4", 100),
            gdp("341621", "2023Q1", 30),
        ],
        {"341602"},
    ),
    "output_month_is_difference": (
        [
            output("A", "2022-08", 100, 1000),
            output("A", "2022-09", 300, 1200),
            output("B", "2022-08", 100, 1000),
            output("B", "2022-09", 204, 1200),
        ],
        {"A"},
    ),
    "revenue_firms_add_up_to_published": (
        [
            accounts("A", "2022-09", 88000),
            published("2022-09", 10),
            accounts("A", "2022-08", 91000),
            published("2022-08", 10),
        ],
        {"341600"},
    ),
    "gdp_counties_add_up_to_city": (
        [
            gdp("341600", "2022Q1", 1000),
            *(gdp(area, "2022Q1", 240) for area in COUNTIES),
            gdp("341600", "2022Q2", 1000),
            *(gdp(area, "2022Q2", 245) for area in COUNTIES),
        ],
        {"341600"},
    ),
    "tax_paid_against_revenue": (
        [firm("annual_financials", name, "2022", revenue_wan=3000) for name in "AB"]
        + [
            firm("tax_paid", "A", "2022", tax_paid_wan=1900),
            firm("tax_paid", "B", "2022", tax_paid_wan=1200),
        ],
        {"A"},
    ),
    "sales_against_revenue": (
        [firm("annual_financials", name, "2022", revenue_wan=3000) for name in "AB"]
        + [firm("tax_sales", "A", "2022-12", sales_ytd_wan=1400)]
        + [firm("tax_sales", "B", "2022-12", sales_ytd_wan=1600)],
        {"A"},
    ),
    "electricity_zero_with_output": (
        [output("A", "2022-09", 200, 900), output("B", "2022-09", 200, 900), output("C", "2022-09", 50, 90)]
        + [firm("electricity", name, "2022-09", grid_kwh=0) for name in "AC"]
        + [firm("electricity", "B", "2022-09", grid_kwh=0, own_generation_kwh=500)],
        {"A"},
    ),
    "energy_electricity_against_grid": (
        [
            firm("electricity", name, f"2022-{month:02d}", grid_kwh=20_000)
            for name in "AB"
            for month in range(1, 13)
        ]
        + [firm("energy_consumption", "A", "2022", electricity_used_kwh=24_000)]
        + [firm("energy_consumption", "B", "2022", electricity_used_kwh=260_000)],
        {"A"},
    ),
    "land_missing_for_producer": (
        [firm("annual_financials", name, "2022", revenue_wan=3000) for name in "ABC"]
        + [firm("land_parcels", "B", "2022", area_mu=12, tenure="own")]
        + [("plant_leases", {"tenant_id": "C", "_period": "2022"})],
        {"A"},
    ),
    "land_firm_in_registry": (
        [firm("land_parcels", name, "2022", area_mu=12, tenure="own") for name in "AB"]
        + [firm("enterprise_registry", "B", "2022-12")],
        {"A"},
    ),
    "headcount_between_sources": (
        [accounts(name, "2022-12", 1000, employees_average=100) for name in "AB"]
        + [firm("employment", "A", "2022", employees_insured=20)]
        + [firm("employment", "B", "2022", employees_insured=60)],
        {"A"},
    ),
}


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        empty_warehouse.create(connection, load_contracts(SETTINGS))
        areas = [("341600", "city", None, False), *((area, "county", "341600", True) for area in COUNTIES)]
        for code, level, parent, is_unit in areas:
            row = {"area_code": code, "area_level": level, "parent_area_code": parent}
            empty_warehouse.insert(connection, "marts.dim_area", {**row, "is_reporting_unit": is_unit})
        yield connection


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator()


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_planted_fault_is_found_and_what_is_within_the_tolerance_is_not(
    con: duckdb.DuckDBPyConnection, validator: Validator, name: str
) -> None:
    contracts = load_contracts(SETTINGS)
    rows, wanted = FAULTS[name]
    con.execute("begin")
    try:
        for number, (dataset, row) in enumerate(rows, start=5):
            placed = {
                **row,
                "_file_id": "f1",
                "_file_name": f"{dataset}.xlsx",
                "_sheet": "Sheet1",
                "_row": number,
            }
            empty_warehouse.insert(
                con, empty_warehouse.staging(contracts[dataset]), {"_sender": "s", **placed}
            )
        known = load_suites(SETTINGS).check(name)
        assert known is not None
        suite, check = known
        batch = read_batch(con, target_of(suite, check, contracts), [check])
        [finding] = validator.validate(batch.frame, [check], batch.index)
    finally:
        con.execute("rollback")
    key = batch.target.key[0]
    assert finding.error is None
    assert {row[key] for row in finding.failing} == wanted
    assert len(batch.frame) > len(finding.failing)
    assert all(row["_file_name"] and row["_row"] >= 5 for row in finding.failing)
    assert check.since and len(check.reason) >= 4

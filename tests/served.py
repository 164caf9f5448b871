"""A release with a few dozen firms, and a PostgreSQL server of the test's own, for tests of serving."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.quality.results import CheckResult, FailingRow, store
from fuyou_pipeline.release import Release, make_release
from fuyou_pipeline.settings import Settings
from tests.small_warehouse import manifest_file, write_build, write_dbt_results

UNITS = ("341602", "341621", "341622", "341623", "341600-GXQ", "341600-BWMI")
INDUSTRIES = ("06", "13", "15", "18", "27", "30", "39", "44")
YEARS = (2021, 2022)
BINDING, TRIAL = "binding-2022", "trial-2022"
REFERENCE = Path(__file__).resolve().parents[1] / "data" / "reference"
_SQL_TYPES = {"string": "varchar", "decimal(24,9)": "decimal(24,9)"}


def firms(count: int = 60, seed: int = 7) -> list[dict[str, Any]]:
    """Firm-years with some small industries, some giants, some missing figures."""
    rng = random.Random(seed)
    found = []
    for number in range(count):
        unit = rng.choice(UNITS)
        industry = rng.choices(INDUSTRIES, weights=(1, 9, 2, 8, 3, 9, 1, 2))[0]
        scale = 100 if rng.random() < 0.08 else 1
        for year in YEARS:
            revenue = Decimal(rng.randrange(2000, 90000) * scale)
            found.append(
                {
                    "enterprise_id": f"91341600MA{number:06}XX",
                    "enterprise_name": f"亳州虚构{number:03}有限公司",
                    "data_year": year,
                    "area_code": "341602" if unit.startswith("341600-") else unit,
                    "reporting_unit_code": unit,
                    "industry_code": industry + "10",
                    "is_manufacturing": "13" <= industry <= "43",
                    "scale": "above" if number % 10 else "below",
                    "operating_status": "正常",
                    "revenue_wan": revenue,
                    "value_added_wan": None if number % 7 == 0 else revenue / 4,
                    "tax_paid_wan": revenue / 20,
                    "land_own_mu": None if number % 5 == 0 else Decimal(rng.randrange(5, 300)),
                    "is_simulated": True,
                }
            )
    return found


def make_served(
    settings: Settings,
    rows: list[dict[str, Any]] | None = None,
    number: int = 0,
    *,
    has_all_marts: bool = False,
    **changes: Any,
) -> Release:
    """Write a warehouse with a few marts (or all there are, the others empty), and release it."""
    rows = firms() if rows is None else rows
    build_id = f"20221121T0930{number:02}-0000abcd"
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    settings.warehouse_file.unlink(missing_ok=True)
    with duckdb.connect(str(settings.warehouse_file)) as con:
        con.execute("create schema staging; create schema intermediate; create schema marts")
        content = _marts(rows)
        others = [t.name for t in load_dictionary().layer("marts") if has_all_marts and t.name not in content]
        for name in [*content, *others]:
            write_mart(con, name, content.get(name, []))
    write_build(settings, build_id, **changes)
    _write_schemes(settings)
    write_dbt_results(settings, {"test.fuyou.grain": "pass"})
    store(settings, build_id, [_RESULT], [_ROW])
    return make_release(settings, build_id)


def _write_schemes(settings: Settings) -> None:
    """Both publish by their own rule; only one is binding."""
    settings.parameters.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute(
            "copy (select * from (values"
            f" ('{BINDING}', true, 'enterprise_name,final_class'),"
            f" ('{TRIAL}', false, 'enterprise_name,final_class,total_score')"
            ") t(scheme, is_binding, published_columns))"
            f" to '{settings.parameters / 'scheme.parquet'}' (format parquet)"
        )


def write_mart(con: duckdb.DuckDBPyConnection, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """A mart with the columns and types of the dictionary; what a row does not say is NULL."""
    columns = load_dictionary().columns_of(name)
    typed = ", ".join(f'"{field.name}" {_SQL_TYPES.get(field.type, field.type)}' for field in columns)
    con.execute(f"create table marts.{name} ({typed})")
    # Row by row would take seconds.
    values = pa.Table.from_pylist([{field.name: row.get(field.name) for field in columns} for row in rows])
    if values.num_rows:
        con.register("given_rows", values)
        con.execute(f"insert into marts.{name} select * from given_rows")
        con.unregister("given_rows")


def _marts(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    current = {row["enterprise_id"]: row for row in rows}
    graded = [row for row in rows if row["data_year"] == YEARS[-1] and row["scale"] == "above"]
    return {
        "dim_area": _csv("area.csv"),
        "dim_industry": _csv("industry.csv"),
        "dim_enterprise": [
            {**row, "valid_from_month": "2021-01", "is_current": True, "is_in_library": True}
            for row in current.values()
        ],
        "fct_enterprise_year": rows,
        "mart_measure_source": [
            {
                "enterprise_id": row["enterprise_id"],
                "data_year": row["data_year"],
                "measure": "revenue_wan",
                "contribution": row["revenue_wan"],
                "unit": "万元",
                "dataset": "financials",
                "figure_source": "statistics",
                "measure_method": "annual",
                "file_id": "f1",
                "file_name": '年报,"2021"\n.xlsx',
                "sheet": "",
                "row": 7,
                "is_simulated": True,
            }
            for row in rows
        ],
        "mart_mu_score": [
            {
                **row,
                "scheme": scheme,
                "scheme_group": "above_scale",
                "final_class": "ABCD"[index % 4],
                "initial_class": "ABCD"[index % 4],
                "total_score": Decimal(100 - index),
                "rank": index + 1,
                "evaluated_as": row["enterprise_id"],
                "scheme_status": "placeholder",
                "is_binding": scheme == BINDING,
                "score_status": "graded",
            }
            for scheme in (BINDING, TRIAL)
            for index, row in enumerate(graded)
        ],
        "mart_target_progress": targets(),
        "mart_scale_pool": [
            {
                **row,
                "month": "2022-11",
                "pool": "near_exit" if index % 3 else "leading",
                "member_id": row["enterprise_id"],
            }
            for index, row in enumerate(graded)
        ],
        "mart_support_enterprise": [
            {
                **row,
                "month": "2022-11",
                "member_id": row["enterprise_id"],
                "is_covered": index % 9 > 0,
            }
            for index, row in enumerate(graded)
        ],
        "mart_manufacturing_share": [
            {
                "area_code": "341600",
                "area_name": "亳州市",
                "frequency": "year",
                "period": str(year),
                "share_pct": Decimal("26.9612"),
                "status": "computed",
                "is_simulated": True,
            }
            for year in YEARS
        ],
        "mart_doubling": [
            {
                "area_code": "341600",
                "area_name": "亳州市",
                "indicator": indicator,
                "scope": "全部",
                "price_basis": "nominal",
                "measure": "ytd",
                "period": "2022",
                "status": "behind",
                "is_simulated": True,
            }
            for indicator in ("manufacturing_revenue", "manufacturing_value_added")
        ],
    }


def targets() -> list[dict[str, Any]]:
    """Counts of many firms, of few and of none; a ratio of firms' figures; something else."""
    return [
        {
            "target_id": f"T00{number}",
            "area_code": "341600",
            "area_name": "亳州市",
            "period": "2022",
            "kind": "target",
            "indicator": f"目标{number}",
            "unit": unit,
            "actual_value": value,
            "achieved_pct": value,
            "status": "behind",
            "actual_source": source,
            "is_latest": True,
            "is_simulated": True,
        }
        for number, (unit, value, source) in enumerate(
            [
                ("家", Decimal(700), "企业名录计数"),
                ("家", Decimal(2), "企业营业收入分档"),
                ("家", Decimal(0), "企业营业收入分档"),
                ("倍", Decimal("1.25"), "制造业五年倍增表"),
                ("件", Decimal(1), "包保企业问题清单"),
            ]
        )
    ]


def _csv(name: str) -> list[dict[str, Any]]:
    with (REFERENCE / name).open(encoding="utf-8") as handle:
        return [
            {key: None if value == "" else value for key, value in row.items()}
            for row in csv.DictReader(handle)
        ]


_RESULT = CheckResult(
    check="tax_paid_not_negative",
    title="入库税收不为负",
    class_="source",
    owner="市税务局",
    dataset="tax_paid",
    period=None,
    severity="warning",
    outcome="failed",
    failed_rows=1,
    known_issue=None,
    message="1 行不符",
)
_ROW = FailingRow(
    check="tax_paid_not_negative",
    dataset="tax_paid",
    period="2021",
    key='{"enterprise_id": "91341600MA000001XX"}',
    value='{"tax_paid_wan": -3.0}',
    sender="tax",
    file_id="f1",
    file_name="税收2021.xlsx",
    sheet="Sheet1",
    row=5,
    known_issue=None,
)

__all__ = ["firms", "make_served", "manifest_file", "write_mart"]

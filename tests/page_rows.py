"""A few rows of every mart that the leaders' page reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fuyou_pipeline.dictionary import load_dictionary

Rows = Sequence[Mapping[str, Any]]
UNITS = ("341602", "341621", "341622", "341623", "341600-GXQ", "341600-BWMI")
HOSTILE = '<script>alert("x")</script>&\u2028有限公司'
FIRM = "绝密机械有限公司"
AREAS = (
    ("341600", "亳州市", "亳州", "340000", 20, False),
    ("341602", "谯城区", "谯城", "341600", 21, True),
    ("341621", "涡阳县", "涡阳", "341600", 22, True),
    ("341622", "蒙城县", "蒙城", "341600", 23, True),
    ("341623", "利辛县", "利辛", "341600", 24, True),
    ("341600-GXQ", "亳州高新技术产业开发区", "亳州高新区", "341602", 25, True),
    ("341600-BWMI", "亳芜现代产业园区", "亳芜园区", "341602", 26, True),
)


def _areas() -> list[dict[str, Any]]:
    names = (
        "area_code",
        "area_name",
        "area_short_name",
        "parent_area_code",
        "display_order",
        "is_reporting_unit",
    )
    return [{**dict(zip(names, row, strict=True)), "is_fictitious": False} for row in AREAS]


def _listed(common: Mapping[str, Any], columns: str, *values: Sequence[Any]) -> list[dict[str, Any]]:
    """One row for each of ``values``, which stand in the order of ``columns``."""
    return [{**common, **dict(zip(columns.split(), row, strict=True))} for row in values]


def _targets() -> list[dict[str, Any]]:
    common = {
        "area_code": "341600",
        "area_name": "亳州市",
        "period": "2022",
        "kind": "target",
        "programme": "扶优育规",
        "comparator": ">=",
        "source_clause": "一、总体要求",
        "is_latest": True,
        "is_simulated": False,
    }
    columns = "target_id indicator unit target_value expected_value actual_value status oddity"
    overall = _listed(
        common,
        columns,
        ("T001", "规上企业数", "家", 1200, 772, 700, "behind", None),
        ("T002", "亿元企业数", "家", 400, 80, 91, "on_track", "口径未写明"),
        ("T003", HOSTILE, "家", 2, None, 3, "met", None),
        ("T008", "制造业占比", "%", 27, None, 26.96, "behind", None),
    )
    county = {
        "area_code": "341621",
        "area_name": "涡阳县",
        "source_clause": "三",
        "status_reason": "尚未报送",
    }
    unknown = {"target_id": "T015", "indicator": "培训", "target_value": 100, "status": "no_data"}
    return [*overall, {**common, **county, **unknown}]


def _shares() -> list[dict[str, Any]]:
    common = {
        "area_code": "341600",
        "area_name": "亳州市",
        "frequency": "year",
        "source_kind": "accounts",
        "maturity": "最终核实",
        "target_pct": 27,
        "target_comparator": ">",
        "target_year": 2026,
        "is_target_met": False,
        "status": "computed",
        "is_simulated": False,
    }
    return _listed(
        common,
        "period gdp_yi industry_yi share_pct industry_share_pct yoy_pp gap_pp",
        ("2021", 1972.68, 497.1, 26.1, 27.9, None, -0.9),
        ("2022", 2101.5, 529.6, 26.96, 28.3, 0.86, -0.04),
    )


def _doubling() -> list[dict[str, Any]]:
    common = {
        "area_code": "341600",
        "area_name": "亳州市",
        "indicator": "manufacturing_revenue",
        "scope": "规上",
        "base_value_yi": 100,
        "base_year": 2021,
        "end_year": 2026,
        "set_by": "本项目默认值",
        "is_simulated": False,
    }
    behind = {
        "price_basis": "nominal",
        "measure": "ytd",
        "period": "2022",
        "elapsed_years": 1,
        "value_yi": 110,
        "multiple": 1.1,
        "geometric_path": 1.1487,
        "linear_path": 1.2,
        "gap_to_path": -0.0487,
        "required_cagr_pct": 16.1,
        "status": "behind",
    }
    real = {
        "price_basis": "real",
        "measure": "ytd",
        "period": "2022",
        "elapsed_years": 1,
        "status": "not_applicable",
        "status_reason": "营业收入没有可比价序列",
    }
    return [{**common, **behind}, {**common, **real}]


def _classes() -> list[dict[str, Any]]:
    common = {
        "scheme": "own-2022",
        "data_year": 2022,
        "scheme_group": "above_scale",
        "scheme_status": "placeholder",
        "is_simulated": True,
    }
    counts = {"341600": {"A": 2, "B": 3, "D": 1}, "341602": {"A": 2}, "341621": {"B": 3, "D": 1}}
    return [
        {
            **common,
            "area_code": area,
            "class": class_,
            "enterprises": n,
            "share_pct": 100 * n / sum(found.values()),
        }
        for area, found in counts.items()
        for class_, n in found.items()
    ]


def _scores() -> list[dict[str, Any]]:
    common = {
        "scheme": "own-2022",
        "data_year": 2022,
        "scheme_group": "above_scale",
        "rank": 1,
        "participants": 6,
        "reporting_unit_code": "341621",
        "is_simulated": True,
    }
    classes = ("A", "A", "B", "B", "B", "D")
    return [
        {
            **common,
            "enterprise_id": f"E{i}",
            "evaluated_as": f"E{i}",
            "enterprise_name": FIRM if c == "D" else f"企业{i}",
            "industry_code": "2710" if i % 2 else "1520",
            "final_class": c,
            "total_score": 90 - i,
        }
        for i, c in enumerate(classes)
    ]


def _pools() -> list[dict[str, Any]]:
    common = {
        "reason": "销售收入临近标准",
        "evidence": "1600万元",
        "since_month": "2022-10",
        "is_simulated": False,
    }
    return _listed(
        common,
        "month pool member_id enterprise_name reporting_unit_code",
        ("2022-11", "near_entry", "N1", FIRM, "341621"),
        ("2022-11", "near_exit", "X1", HOSTILE, "341602"),
        ("2022-11", "near_exit", "X2", "临退乙", "341602"),
        ("2022-10", "exited", "O1", "旧月份", "341602"),
    )


def _by_unit(base: Mapping[str, Any], **values: Sequence[Any]) -> list[dict[str, Any]]:
    """One row for the city and each unit; ``values`` in that order."""
    rows = []
    for index, (code, name, *_) in enumerate(AREAS):
        own = {column: given[index] for column, given in values.items()}
        rows.append(
            {**base, "reporting_unit_code": code, "reporting_unit_name": name, "is_simulated": False, **own}
        )
    return rows


def _operation() -> list[dict[str, Any]]:
    base = {
        "period": "2022-11",
        "period_kind": "cumulative",
        "breakdown": "total",
        "breakdown_code": "total",
        "output_wan": 1234567,
        "figure_basis": "本部门监测数",
    }
    growth = (9.6, 8.1, -3.25, 12.04, None, 7.7, 6.6)
    return _by_unit(base, output_growth_pct=growth)


def _ranking() -> list[dict[str, Any]]:
    common = {
        "period": "2022-11",
        "period_kind": "cumulative",
        "indicator": "规模以上工业总产值",
        "aspect": "速度",
        "rank_scope": "全市",
        "unit": "%",
        "source_kind": "monitored",
        "is_tied": False,
        "is_simulated": False,
    }
    return [
        {**common, "area_code": unit, "area_name": unit, "value": 10 - i, "rank": i + 1, "rank_change": i - 2}
        for i, unit in enumerate(UNITS)
    ]


def _duties() -> list[dict[str, Any]]:
    common = {
        "reporting_unit_code": "341602",
        "reporting_unit_name": "谯城区",
        "frequency": "month",
        "obligation_id": "O",
        "obligation": "企业家沙龙",
        "required": 1,
        "held": 0,
        "is_simulated": False,
    }
    return [
        {**common, "period": "2022-10", "light": "red"},
        {**common, "period": "2022-11", "light": "yellow"},
    ]


def _quality() -> list[dict[str, Any]]:
    common = {
        "release_id": "R",
        "class": "source",
        "dataset": "tax_paid",
        "period": "2022",
        "owner": "市税务局",
        "severity": "critical",
    }
    return [
        {
            **common,
            "check": "a",
            "check_title": "税收不为负",
            "outcome": "failed",
            "failed_rows": 2,
            "finding": "有2行为负",
        },
        {**common, "check": "b", "check_title": "税收有数", "outcome": "passed", "failed_rows": 0},
    ]


def internal() -> dict[str, Rows]:
    """Every mart of the internal page."""
    issues = {
        "month": "2022-11",
        "opened": 3,
        "closed": 2,
        "open_at_end": 5,
        "open_over_3_months": 1,
        "opened_total": 50,
        "closed_total": 45,
    }
    cover = {"month": "2022-11", "in_scope": 10, "covered": 9, "uncovered": 1, "coverage_pct": 90}
    growth = {
        "data_year": 2022,
        "newest_month": "2022-11",
        "stock": 700,
        "planned_stock": 1200,
        "path_stock": 772,
        "gap_to_path_firms": -72,
        "status": "behind",
    }
    reward = {
        "enterprise_id": "E1",
        "library_entry_month": "2022-03",
        "reward_kind": "city",
        "enterprise_name": FIRM,
        "reporting_unit_code": "341621",
        "reward_state": "overdue",
        "reward_wan": 15,
        "due_month": "2022-04",
        "is_simulated": False,
    }
    industries = [
        {"industry_code": "27", "industry_name": "医药制造业"},
        {"industry_code": "15", "industry_name": "酒、饮料和精制茶制造业"},
    ]
    return {
        "dim_area": _areas(),
        "dim_industry": industries,
        "mart_target_progress": _targets(),
        "mart_manufacturing_share": _shares(),
        "mart_doubling": _doubling(),
        "mart_mu_class_count": _classes(),
        "mart_mu_score": _scores(),
        "mart_scale_pool": _pools(),
        "mart_library_growth": _by_unit(growth),
        "mart_entry_reward": [reward],
        "mart_operation_monthly": _operation(),
        "mart_area_ranking": _ranking(),
        "mart_support_coverage": _by_unit(cover),
        "mart_issue_summary": _by_unit(
            issues, overdue=(6, 1, 1, 1, 1, 1, 1), closure_rate_pct=(90, 80, 95.5, 100, 70, 60, None)
        ),
        "mart_obligation": _duties(),
        "mart_data_quality": _quality(),
    }


def _public_targets() -> list[dict[str, Any]]:
    """The internal page's, one of them hidden."""
    promised = set(load_dictionary().tables["mart_public_target"].columns)
    hidden = {"actual_value": None, "status": None, "is_suppressed": True}
    return [
        {
            **{column: value for column, value in row.items() if column in promised},
            "is_suppressed": False,
            **(hidden if row["target_id"] == "T003" else {}),
        }
        for row in _targets()
    ]


def public() -> dict[str, Rows]:
    """Every table of the public page; the second cell is suppressed."""
    cell = {"data_year": 2022, "public_area": "341602", "is_simulated": False}
    month = {"month": "2022-11", "public_area": "341602", "is_simulated": False}
    return {
        "dim_area": _areas(),
        "dim_industry": [{"industry_code": "27", "industry_name": "医药制造业"}],
        "mart_manufacturing_share": _shares(),
        "mart_doubling": _doubling(),
        "mart_public_industry": [
            {
                **cell,
                "public_industry": "全部",
                "public_area": "全部",
                "public_enterprises": 30,
                "revenue_wan_total": 1234.5,
                "is_suppressed": False,
            },
            {**cell, "public_industry": "27", "public_area": "全部", "is_suppressed": True},
        ],
        "mart_public_target": _public_targets(),
        "mart_public_pool": [
            {**month, "public_pool": "near_entry", "public_enterprises": 7, "is_suppressed": False},
            {**month, "public_pool": "near_exit", "is_suppressed": True},
            {**month, "month": "2022-10", "public_pool": "exited", "public_enterprises": 9},
        ],
        "mart_public_support": [
            {**month, "public_support": "已包保", "public_enterprises": 12, "is_suppressed": False},
        ],
        "mart_public_mu_class": [
            {
                "scheme": "own-2022",
                **cell,
                "public_class": "A",
                "public_enterprises": 5,
                "is_suppressed": False,
            },
            {"scheme": "own-2022", **cell, "public_class": "D", "is_suppressed": True},
        ],
    }

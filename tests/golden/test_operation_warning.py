"""Warnings, projects, energy, sample points, R&D, private economy and revisions, worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from fuyou_pipeline.settings import Settings
from tests import lake

pytestmark = pytest.mark.thorough


def register(settings: Settings, month: str, **firms: dict) -> None:
    rows = [
        {
            "enterprise_id": firm, "enterprise_name": f"{firm}公司", "area_code": "341602",
            "reporting_unit_code": "341602", "industry_code": "1512", "library_entry_month": "2020-01",
            "operating_status": "正常", **own,
        }
        for firm, own in firms.items()
    ]  # fmt: skip
    lake.land(settings, "enterprise_registry", rows, period=month)


def revenue(settings: Settings, month: str, **firms: tuple) -> None:
    """firm=(year to date, last year's, profit, last year's profit)."""
    rows = [
        {
            "enterprise_id": firm, "revenue_ytd_wan": now, "revenue_ytd_last_year_wan": last,
            "profit_ytd_wan": profit, "profit_ytd_last_year_wan": profit_before,
        }
        for firm, (now, last, profit, profit_before) in firms.items()
    ]  # fmt: skip
    lake.land(settings, "financials", rows, period=month)


def test_warnings_have_evidence_and_silence_is_not_zero(settings: Settings) -> None:
    lake.empty_lake(settings)
    for month in ("2022-02", "2022-03", "2022-04"):
        register(
            settings, month, A={}, B={}, C={"operating_status": "半停产"}, N={"library_entry_month": None}
        )
    # A: 90 of 100, then 40 of 50, then 45 of 50: three periods below last year. B rises on all three.
    revenue(settings, "2022-02", A=(90, 100, 3, 2), B=(100, 50, -1, -2), C=(10, 10, 1, 1))
    revenue(settings, "2022-03", A=(130, 150, 3, 2), B=(150, 75, -1, 2))
    revenue(settings, "2022-04", A=(175, 200, 3, 2), B=(200, 100, 1, 1))
    meters = [
        ("2021-01", 40),
        ("2021-02", 60),
        ("2022-01", 60),
        ("2022-02", 40),
        ("2021-03", 50),
        ("2022-03", 80),
    ]
    for month, kwh in meters:
        rows = [
            {
                "enterprise_id": "B",
                "meter_no": "0000000000001",
                "grid_kwh": kwh - 10,
                "own_generation_kwh": 10,
            },
            {"enterprise_id": "A", "meter_no": "0000000000002", "grid_kwh": 70},
        ]
        lake.land(settings, "electricity", rows, period=month, sender="power")
    for period, paid in (("2021Q1", 100), ("2022Q1", 165)):
        lake.land(
            settings, "tax_paid", [{"enterprise_id": "B", "tax_paid_wan": paid}], period=period, sender="tax"
        )
    listed = {"enterprise_name": "C公司", "enterprise_id": "C", "listed_on": date(2022, 3, 12)}
    left = {**listed, "distress_kind": "困难企业诊断", "delisted_on": date(2022, 4, 1)}
    lake.land(settings, "distress_lists", [left, {**listed, "distress_kind": "僵尸企业"}], period="2022")
    lake.build(settings, "mart_early_warning")

    found = {
        (row["month"], row["enterprise_id"], row["signal"]): row
        for row in lake.rows(settings, "select * from marts.mart_early_warning")
    }
    falling = {key[0]: row for key, row in found.items() if key[2] == "revenue_falling"}
    assert list(falling) == ["2022-04"] and falling["2022-04"]["measured_value"] == 3
    assert falling["2022-04"]["enterprise_id"] == "A" and falling["2022-04"]["set_by"] == "本项目默认值"

    # January and February added up: electricity 100 against 100 while revenue doubled.
    gap = found["2022-02", "B", "electricity_gap"]
    assert gap["measured_value"] == 100 and gap["evidence"] == "营业收入增速100.0%，用电增速0.0%"
    # 180 against 150 is +20 %: 80 points below.
    assert found["2022-03", "B", "electricity_gap"]["measured_value"] == 80
    assert ("2022-04", "B", "electricity_gap") not in found  # April's meters are missing, so nothing is said
    assert found["2022-03", "B", "tax_gap"]["measured_value"] == 35  # +100 % against +65 %

    assert found["2022-02", "B", "loss"]["warning_level"] == "橙"  # a loss also last year
    assert found["2022-03", "B", "loss"]["warning_level"] == "黄"
    assert ("2022-04", "B", "loss") not in found
    silent = {key for key in found if key[2] == "silent"}
    assert silent == {("2022-04", "C", "silent")}  # two periods; N is outside the library
    assert found["2022-02", "C", "stopped"]["warning_level"] == "橙"
    assert {key[0] for key in found if key[2] == "diagnosis"} == {"2022-03"}
    assert {key[0] for key in found if key[2] == "zombie"} == {"2022-03", "2022-04"}


def test_projects_energy_sample_points_and_research(settings: Settings) -> None:
    lake.empty_lake(settings)
    register(settings, "2022-12", A={}, B={}, Z={}, S={"library_entry_month": None, "is_sample_point": True})
    project = {
        "project_name": "项目", "area_code": "341602", "reporting_unit_code": "341602", "is_industrial": True,
        "is_tech_upgrade": False, "statistic_basis": "经信口径", "planned_wan": 10_000,
        "invested_total_wan": 2500,
    }  # fmt: skip
    rows = [
        {**project, "project_no": "1", "stage": "签约", "signed_on": date(2022, 6, 30)},
        {**project, "project_no": "2", "stage": "签约", "signed_on": date(2022, 5, 1)},
        {
            **project,
            "project_no": "3",
            "stage": "投产",
            "produced_on": date(2022, 11, 1),
            "planned_wan": 9999,
        },
        {
            **project,
            "project_no": "4",
            "stage": "投产",
            "produced_on": date(2022, 11, 1),
            "enterprise_id": "A",
        },
        {**project, "project_no": "5", "stage": "开工"},
        {**project, "project_no": "6", "stage": "签约", "is_industrial": False},
    ]
    rows.append({**rows[0], "statistic_basis": "统计口径", "stage": "开工", "started_on": date(2022, 12, 1)})
    lake.land(settings, "investment_projects", rows, period="2022-12", sender="bureau")

    energy = [
        {"enterprise_id": "A", "energy_tce_equivalent": 63, "energy_tce_equivalent_last_year": 60},
        {"enterprise_id": "B", "energy_tce_equivalent": 40},
        {"enterprise_id": "Z", "energy_tce_equivalent": 500},
    ]
    lake.land(settings, "energy_consumption", energy, period="2022")
    lake.land(
        settings, "energy_consumption", [{"enterprise_id": "B", "energy_tce_equivalent": 40}], period="2021"
    )
    growth = {
        "area_code": "341600", "indicator": "规模以上工业增加值", "period_kind": "cumulative",
        "growth_pct": 9.6, "rank_scope": "无", "_period_kind": "cumulative",
    }  # fmt: skip
    lake.land(settings, "industry_growth", [growth], period="2022-12")

    for month, sales, basis in (
        ("2021-05", 40, "declared"),
        ("2022-05", 50, "declared"),
        ("2022-08", 90, "invoiced"),
    ):
        sold = {"enterprise_id": "S", "sales_ytd_wan": sales, "sales_basis": basis}
        lake.land(settings, "tax_sales", [sold], period=month, sender="tax")

    spent = [{"enterprise_id": "A", "rd_wan": 0}, {"enterprise_id": "B", "rd_wan": 30}]
    lake.land(settings, "research_development", spent, period="2022")
    lake.land(settings, "annual_financials", [{"enterprise_id": "B", "revenue_wan": 1000}], period="2022")
    honours = [
        ("A", date(2020, 5, 1), date(2023, 5, 1)), ("B", date(2022, 5, 1), date(2025, 5, 1)),
        ("Z", date(2018, 5, 1), date(2021, 5, 1)), ("Y", date(2019, 6, 1), date(2022, 6, 1)),
        ("X", date(2020, 1, 1), date(2022, 12, 31)),
    ]  # fmt: skip
    granted = [
        {"enterprise_id": firm, "enterprise_name": f"{firm}公司", "honour": "专精特新",
         "honour_level": "省级", "granted_on": day, "valid_until_on": until}
        for firm, day, until in honours
    ]  # fmt: skip
    lake.land(settings, "honours", granted, period="2022")
    told = {
        "area_code": "341600", "period": "2021", "period_kind": "year", "indicator": "累计登云企业",
        "value": 1275, "unit": "家", "kind": "count", "vintage": "新闻", "source": "报纸",
    }  # fmt: skip
    lake.land(settings, "published_figures", [told], period="2021", sender="public")
    fund = {"target_id": "T128", "area_code": "341600", "actual_value": 1, "unit": "亿元"}
    lake.land(settings, "target_actuals", [fund], period="2022-12", sender="bureau")
    lake.build(
        settings, "mart_project_pipeline", "mart_energy_intensity", "mart_sample_point", "mart_rd_zero",
        "mart_private_economy",
    )  # fmt: skip

    pipeline = {
        (row["project_no"], row["statistic_basis"]): row
        for row in lake.rows(settings, "select * from marts.mart_project_pipeline")
    }
    assert len(pipeline) == 6  # the one that is not industrial is not there
    first, second = pipeline["1", "经信口径"], pipeline["2", "经信口径"]
    assert (first["months_in_stage"], first["is_stalled"]) == (6, False)  # more than six months
    assert (second["months_in_stage"], second["is_stalled"]) == (7, True)
    assert pipeline["1", "统计口径"]["stage"] == "开工"  # the two lists are kept apart
    assert pipeline["3", "经信口径"]["is_handed_over"] and not pipeline["3", "经信口径"]["is_large"]
    assert not pipeline["4", "经信口径"]["is_handed_over"] and pipeline["4", "经信口径"]["is_large"]
    assert pipeline["5", "经信口径"]["is_stalled"] is None  # no date, no verdict
    assert first["invested_pct"] == 25

    (city,) = lake.rows(
        settings, "select * from marts.mart_energy_intensity where area_code = '341600' and period = '2022'"
    )
    # A by its own figure of last year, B by last year's form: 103 against 100; Z has no last year.
    assert (city["compared_enterprises"], city["energy_growth_pct"]) == (2, 3)
    assert round(city["intensity_change_pct"], 2) == Decimal("-6.02")  # 1.03 ÷ 1.096 − 1
    (unit,) = lake.rows(
        settings, "select * from marts.mart_energy_intensity where area_code = '341602' and period = '2022'"
    )
    assert (unit["status"], unit["intensity_change_pct"]) == ("no_data", None)

    points = {
        row["report_month"]: row for row in lake.rows(settings, "select * from marts.mart_sample_point")
    }
    covered = {month: row["covered_month"] for month, row in points.items()}
    assert covered == {
        "2022-03": "2022-02", "2022-06": "2022-05", "2022-09": "2022-08", "2022-12": "2022-11",
    }  # fmt: skip
    assert (points["2022-06"]["sales_ytd_growth_pct"], points["2022-06"]["feeds"]) == (25, "上半年核算")
    assert (points["2022-09"]["status"], points["2022-09"]["sales_ytd_growth_pct"]) == ("ready", None)
    assert points["2022-03"]["status"] == "no_data"

    research = {
        (row["list_kind"], row["enterprise_id"]): row
        for row in lake.rows(settings, "select * from marts.mart_rd_zero")
    }
    assert {firm: row["rd_state"] for (kind, firm), row in research.items() if kind == "zero"} == {
        "A": "zero", "Z": "not_reported",
    }  # fmt: skip
    assert research["top_intensity", "B"]["rd_intensity_pct"] == 3 and ("top_amount", "A") not in research

    private = {
        (row["period"], row["value_kind"]): row["value"]
        for row in lake.rows(
            settings, "select * from marts.mart_private_economy where item_name = '省级专精特新中小企业'"
        )
    }
    # B new; A, B and X (to the year's last day) valid at the end of 2022; Y lapsed in June, Z in 2021.
    assert (private["2022", "granted"], private["2022", "held"]) == (1, 3)
    assert (private["2020", "granted"], private["2020", "held"]) == (2, 4)  # A and X new; Y and Z still valid
    others = lake.rows(
        settings,
        "select item_name, period, value_kind, value, source from marts.mart_private_economy"
        " where value_kind in ('published', 'reported') order by value_kind",
    )
    assert [tuple(row.values()) for row in others] == [
        ("累计登云企业", "2021", "published", 1275, "报纸"),
        ("民营经济发展专项基金", "2022-12", "reported", 1, "牵头单位报送"),
    ]


HEAT = """
dataset: heat_use
title: 企业用热
provider: utilities
cadence: year
semantics: snapshot
use: administrative
key: [enterprise_name]
columns:
  - {name: enterprise_name, labels: [企业名称], type: text, required: true}
  - {name: heat_gj, labels: [热量], type: decimal, unit: GJ}
"""


def test_revisions_keep_what_was_replaced(settings: Settings) -> None:
    own = settings.office_reference / "contracts"
    own.mkdir(parents=True)
    (own / "heat_use.yaml").write_text(HEAT, encoding="utf-8")
    lake.empty_lake(settings)
    # Two files received at one moment: which counts is a rule, so that it is told.
    heat = [
        lake.land(settings, "heat_use", [{"enterprise_name": "甲", "heat_gj": gj}], period="2022")
        for gj in (3, 4)
    ]
    first = [
        {"area_code": "990000", "gdp_wan": 100, "manufacturing_wan": 30},
        {"area_code": "340700", "gdp_wan": 100, "manufacturing_wan": 20},
    ]
    second = [{"area_code": "990000", "gdp_wan": 100, "manufacturing_wan": 35}]
    third = [
        {"area_code": "990000", "gdp_wan": 100, "manufacturing_wan": 36},
        {"area_code": "340300", "gdp_wan": 5},
    ]
    files = [
        lake.land(settings, "gdp_accounts", rows, period="2022", received=day)
        for rows, day in ((first, "2023-02-01"), (second, "2023-06-01"), (third, "2024-01-01"))
    ]
    # Another sender's file of the same period replaces nothing.
    lake.land(settings, "gdp_accounts", [{"area_code": "341000", "gdp_wan": 1}], period="2022", sender="黄山")
    key = {
        "enterprise_name": "甲",
        "honour": "专精特新",
        "honour_level": "省级",
        "granted_on": date(2022, 5, 1),
    }
    lake.land(
        settings,
        "honours",
        [{**key, "valid_until_on": date(2024, 5, 1)}],
        period="2022",
        received="2023-01-01",
    )
    lake.land(
        settings,
        "honours",
        [{**key, "valid_until_on": date(2025, 5, 1)}],
        period="2022",
        received="2023-03-01",
    )
    lake.build(settings, "mart_revision")

    query = (
        "select record_key, changed_column, old_value, new_value, old_file_id, new_file_id, changed_on"
        " from marts.mart_revision where dataset = 'gdp_accounts'"
        " order by changed_on, record_key, changed_column"
    )
    changes = [
        ("340700", "整行", "有", None, *files[:2], date(2023, 6, 1)),
        ("990000", "manufacturing_wan", "30.00000000", "35.00000000", *files[:2], date(2023, 6, 1)),
        ("340300", "整行", None, "有", *files[1:], date(2024, 1, 1)),
        ("990000", "manufacturing_wan", "35.00000000", "36.00000000", *files[1:], date(2024, 1, 1)),
    ]
    assert [tuple(row.values()) for row in lake.rows(settings, query)] == changes
    (honour,) = lake.rows(settings, "select * from marts.mart_revision where dataset = 'honours'")
    assert (honour["changed_column"], honour["old_value"], honour["new_value"]) == (
        "valid_until_on", "2024-05-01", "2025-05-01",
    )  # fmt: skip
    (tied,) = lake.rows(settings, "select * from marts.mart_revision where is_receipt_tied")
    assert (tied["dataset"], tied["changed_column"]) == ("heat_use", "heat_gj")
    assert [tied["old_file_id"], tied["new_file_id"]] == sorted(heat)

    as_of = Settings(data_dir=settings.data_dir, as_of="2023-12-31")
    lake.build(as_of, "mart_revision")
    assert [tuple(row.values()) for row in lake.rows(settings, query)] == changes[:2]

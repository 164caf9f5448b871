"""Monthly operation and ranking against sums worked out by hand over a handful of firms."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fuyou_pipeline.settings import Settings
from tests import lake

pytestmark = pytest.mark.thorough

FIRMS = {  # firm: (unit, county, industry)
    "A": ("341602", "341602", "1512"),
    "B": ("341600-GXQ", "341602", "2730"),
    "C": ("341621", "341621", "1310"),
}


def land_register(settings: Settings, month: str, stopped: str = "") -> None:
    rows = [
        {
            "enterprise_id": firm, "enterprise_name": f"{firm}公司", "area_code": county,
            "reporting_unit_code": unit, "industry_code": industry, "library_entry_month": "2020-01",
            "operating_status": "停产" if firm in stopped else "正常",
        }
        for firm, (unit, county, industry) in FIRMS.items()
    ]  # fmt: skip
    lake.land(settings, "enterprise_registry", rows, period=month)


def land_month(settings: Settings, month: str, output: dict, profit: dict | None = None) -> None:
    """firm → (month, year to date, last year's); and firm → (profit, last year's), both cumulative."""
    rows = [
        {"enterprise_id": f, "output_month_wan": m, "output_ytd_wan": now, "output_ytd_last_year_wan": last}
        for f, (m, now, last) in output.items()
    ]
    lake.land(settings, "industrial_output", rows, period=month)
    money = [
        {
            "enterprise_id": f, "revenue_ytd_wan": now * 2, "revenue_ytd_last_year_wan": last and last * 2,
            "profit_ytd_wan": (profit or {}).get(f, (None, None))[0],
            "profit_ytd_last_year_wan": (profit or {}).get(f, (None, None))[1],
        }
        for f, (_, now, last) in output.items()
    ]  # fmt: skip
    lake.land(settings, "financials", money, period=month)


def operation(
    settings: Settings, unit: str, period: str, kind: str = "cumulative", code: str = "all"
) -> dict:
    (row,) = lake.rows(
        settings,
        "select * from marts.mart_operation_monthly"
        f" where reporting_unit_code = '{unit}' and period = '{period}' and period_kind = '{kind}'"
        f" and breakdown_code = '{code}'",
    )
    return row


def ranks(settings: Settings, indicator: str, aspect: str, period: str, source: str = "monitored") -> dict:
    found = lake.rows(
        settings,
        "select * from marts.mart_area_ranking"
        f" where indicator = '{indicator}' and aspect = '{aspect}' and period = '{period}'"
        f" and period_kind = 'cumulative' and source_kind = '{source}'",
    )
    return {(row["area_code"], row["rank_scope"]): row for row in found}


def test_operation_and_ranking(settings: Settings) -> None:
    lake.empty_lake(settings)
    land_register(settings, "2022-02")
    land_register(settings, "2022-03", stopped="C")
    february = {"A": (None, 100, 80), "B": (None, 100, 100), "C": (None, 40, None)}
    march = {"A": (60, 160, 120), "B": (40, 140, 150), "C": (20, 60, 30), "D": (5, 5, 5)}
    land_month(settings, "2022-02", february, {"A": (5, -3), "B": (-9, -4), "C": (-1, None)})
    land_month(settings, "2022-03", march, {"A": (-2, -3), "B": (4, 8), "C": (-1, 2), "D": (None, None)})
    forecasts = {
        "reporting_unit_code": "341602", "forecast_output_wan": 168, "forecast_output_growth_pct": 30,
        "forecast_value_added_growth_pct": 9,
    }  # fmt: skip
    lake.land(settings, "county_forecast", [forecasts], period="2022Q1", sender="341602")
    published = {
        "_period_kind": "cumulative", "indicator": "规模以上工业增加值", "period_kind": "cumulative",
    }  # fmt: skip
    growth = [
        {**published, "area_code": "341600", "growth_pct": 9.6, "rank": 10, "rank_scope": "全省"},
        {**published, "area_code": "341600", "growth_pct": 9.6, "rank": 2, "rank_scope": "皖北"},
        {
            **published,
            "area_code": "341602",
            "growth_pct": 8.0,
            "rank": 3,
            "rank_scope": "全市",
            "is_tied": True,
        },
    ]
    lake.land(settings, "industry_growth", growth, period="2022-03")
    lake.land(settings, "industry_growth", [{**growth[0], "rank": 12}], period="2022-02")
    lake.build(settings, "mart_operation_monthly", "mart_area_ranking")

    city = operation(settings, "341600", "2022-03")
    # Four firms: 160 + 140 + 60 + 5 against 120 + 150 + 30 + 5.
    assert (city["reporting_enterprises"], city["output_wan"], city["output_last_year_wan"]) == (4, 365, 305)
    assert round(city["output_growth_pct"], 4) == Decimal("19.6721")  # 365 ÷ 305 − 1
    assert city["output_pull_pp"] == city["output_growth_pct"]
    qiaocheng = operation(settings, "341602", "2022-03")
    assert round(qiaocheng["output_pull_pp"], 4) == Decimal("13.1148")  # 40 ÷ 305
    # The units' pulls add up to the city's growth, a firm without register among them.
    units = ("341602", "341600-GXQ", "341621", "unmatched")
    pulls = sum(operation(settings, unit, "2022-03")["output_pull_pp"] for unit in units)
    assert round(pulls, 6) == round(city["output_growth_pct"], 6)
    assert (city["growing_pct"], city["declining_pct"]) == (50, 25)  # A, C up · B down · D level
    # A and C of the three that gave a profit.
    assert (city["loss_enterprises"], city["loss_pct"]) == (2, Decimal("66.6667"))
    assert city["stopped_enterprises"] == 1
    assert (city["pulling_up"], city["pulling_down"]) == ("A公司、C公司", "B公司")
    assert (city["value_added_growth_pct"], city["figure_basis"]) == (Decimal("9.6"), "本部门监测数")
    assert operation(settings, "341600-GXQ", "2022-03")["value_added_growth_pct"] is None

    # February is January and February together; C gave no figure of last year, so it is out of the growth.
    february_city = operation(settings, "341600", "2022-02")
    assert (february_city["output_wan"], february_city["output_compared_wan"]) == (240, 200)
    assert round(february_city["output_growth_pct"], 4) == Decimal("11.1111")  # 200 ÷ 180 − 1
    # Over a loss there is no percentage: A turned, B grew worse; March: A's loss shrank.
    assert (operation(settings, "341602", "2022-02")["profit_change"]) == "扭亏"
    assert operation(settings, "341600-GXQ", "2022-02")["profit_change"] == "增亏"
    assert qiaocheng["profit_change"] == "减亏" and qiaocheng["profit_growth_pct"] is None
    assert operation(settings, "341621", "2022-03")["profit_change"] == "转亏"
    assert operation(settings, "341600-GXQ", "2022-03")["profit_growth_pct"] == -50  # 4 against 8

    # The month alone: output as reported, last year's as the difference of two cumulative figures.
    march_only = operation(settings, "341602", "2022-03", "month")
    assert (march_only["output_wan"], march_only["output_last_year_wan"]) == (60, 40)
    assert (march_only["revenue_wan"], march_only["output_growth_pct"]) == (120, 50)
    kinds = lake.rows(
        settings, "select distinct period_kind from marts.mart_operation_monthly where period = '2022-02'"
    )
    assert [row["period_kind"] for row in kinds] == ["cumulative"]

    liquor = operation(settings, "341600", "2022-03", code="liquor")
    assert (liquor["output_wan"], liquor["set_by"]) == (160, "产业链对应：本项目默认值")
    assert city["set_by"] is None
    assert operation(settings, "341600", "2022-03", code="13")["breakdown_name"] == "农副食品加工业"

    volume = ranks(settings, "规模以上工业总产值", "总量", "2022-03")
    order = {area: row["rank"] for (area, _), row in volume.items()}
    assert order == {"341602": 1, "341600-GXQ": 2, "341621": 3}
    assert volume[("341602", "全市")]["rank_change"] == 0  # February: 100 and 100 share the first place
    assert volume[("341600-GXQ", "全市")]["rank_change"] == -1
    assert ranks(settings, "规模以上工业总产值", "总量", "2022-02")[("341602", "全市")]["is_tied"]
    # Forecast 168 against 160: 5 % too high.
    assert volume[("341602", "全市")]["forecast_error_pct"] == 5
    speed = ranks(settings, "规模以上工业总产值", "速度", "2022-03")[("341602", "全市")]
    assert (round(speed["value"], 4), round(speed["forecast_gap"], 4)) == (
        Decimal("33.3333"),
        Decimal("3.3333"),
    )

    official = ranks(settings, "规模以上工业增加值", "速度", "2022-03", "published")
    assert official[("341600", "全省")]["rank"] == 10 and official[("341600", "皖北")]["rank"] == 2
    assert official[("341600", "全省")]["rank_change"] == 2  # 12th in February
    county = official[("341602", "全市")]
    assert (county["rank"], county["is_tied"], county["forecast_gap"]) == (3, True, -1)


def test_a_missing_month_and_a_firm_that_changes_its_unit(settings: Settings) -> None:
    lake.empty_lake(settings)
    land_register(settings, "2022-02")
    moved = {**FIRMS, "A": ("341600-GXQ", "341602", "1512")}
    rows = [
        {
            "enterprise_id": firm, "enterprise_name": f"{firm}公司", "area_code": county,
            "reporting_unit_code": unit, "industry_code": industry, "library_entry_month": "2020-01",
            "operating_status": "正常",
        }
        for firm, (unit, county, industry) in moved.items()
    ]  # fmt: skip
    lake.land(settings, "enterprise_registry", rows, period="2022-05")
    # Below last year in every month there is; April never came.
    for month, now, last in (
        ("2022-02", 20, 30),
        ("2022-03", 30, 45),
        ("2022-05", 50, 75),
        ("2022-06", 60, 90),
    ):
        land_month(settings, month, {"A": (10, now, last), "B": (10, 2 * now, 2 * now)})
    lake.build(settings, "mart_operation_monthly", "mart_early_warning")

    # From May on the whole firm counts for its new unit, last year's figure with it; March stays as it was.
    march = {unit: operation(settings, unit, "2022-03")["output_wan"] for unit in ("341602", "341600-GXQ")}
    assert march == {"341602": 30, "341600-GXQ": 60}
    zone = operation(settings, "341600-GXQ", "2022-05")
    assert (zone["output_wan"], zone["output_last_year_wan"]) == (150, 175)
    assert not lake.rows(
        settings,
        "select * from marts.mart_operation_monthly where reporting_unit_code = '341602'"
        " and period = '2022-05'",
    )
    assert operation(settings, "341600", "2022-05")["output_wan"] == 150

    # Without April, May alone is not known; June is again.
    assert operation(settings, "341600", "2022-05", "month")["revenue_wan"] is None
    assert operation(settings, "341600", "2022-06", "month")["revenue_wan"] == 60  # 2 × (10 + 20)
    falling = lake.rows(settings, "select * from marts.mart_early_warning where signal = 'revenue_falling'")
    assert falling == []  # two periods, a gap, and one: never three in a row


def test_monthly_manufacturing_revenue_has_its_own_clocks(settings: Settings) -> None:
    lake.empty_lake(settings)
    rows = [
        {
            "enterprise_id": firm, "enterprise_name": f"{firm}公司", "area_code": "341602",
            "reporting_unit_code": "341602", "industry_code": industry, "library_entry_month": "2020-01",
            "operating_status": "正常",
        }
        for firm, industry in (("A", "1512"), ("W", "4610"))
    ]  # fmt: skip
    lake.land(settings, "enterprise_registry", rows, period="2021-01")
    # Cumulative revenue of one manufacturer in 亿元; the waterworks is industry, not manufacturing.
    for month, value in (
        ("2021-02", 10),
        ("2021-06", 40),
        ("2021-12", 100),
        ("2022-02", 12),
        ("2022-06", 55),
    ):
        forms = [{"enterprise_id": "A", "revenue_ytd_wan": value * 10_000}]
        forms.append({"enterprise_id": "W", "revenue_ytd_wan": 999_999})
        lake.land(settings, "financials", forms, period=month)
    lake.build(settings, "mart_target_progress")

    def doubling(period: str, measure: str) -> dict:
        (row,) = lake.rows(
            settings,
            "select * from marts.mart_doubling where area_code = '341600' and price_basis = 'nominal'"
            f" and indicator = 'manufacturing_revenue' and period = '{period}' and measure = '{measure}'",
        )
        return row

    february = doubling("2022-02", "ytd")
    # 12 ÷ 10 one year on: above 2^(1/5) = 1.1487 and at 1 + 1/5.
    assert (february["multiple"], february["elapsed_years"], february["status"]) == (
        Decimal("1.2"),
        1,
        "ahead",
    )
    trailing = doubling("2022-02", "ttm")
    assert trailing["value_yi"] == 102  # 12 + 100 − 10
    assert trailing["elapsed_years"] == Decimal("0.1667")  # two months of twelve
    assert doubling("2022-06", "ytd")["multiple"] == doubling("2022Q2", "ytd")["multiple"] == Decimal("1.375")
    assert (
        doubling("2022Q2", "ttm")["elapsed_years"]
        == doubling("2022-06", "ttm")["elapsed_years"]
        == Decimal("0.5")
    )
    assert doubling("2022Q2", "ttm")["value_yi"] == 115  # 55 + 100 − 40
    (target,) = lake.rows(
        settings, "select * from marts.mart_target_progress where target_id = 'T006' and is_latest"
    )
    assert (target["actual_value"], target["status"]) == (Decimal("1.375"), "on_track")
    assert round(target["expected_value"], 4) == Decimal("1.1487")
    assert target["oddity"]  # neither scope nor price basis is named

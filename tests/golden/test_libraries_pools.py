"""Who belongs to which library, by hand: sales, lists, revenue, forecast, bands, ladder."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from fuyou_pipeline.settings import Settings
from tests import lake
from tests.golden.test_libraries_movement import firm, inside, one

pytestmark = pytest.mark.thorough


def pools(settings: Settings, month: str, number: int) -> dict[str, dict]:
    found = lake.rows(
        settings,
        f"select * from marts.mart_scale_pool where month = '{month}'"
        f" and enterprise_id = '{firm(number)['enterprise_id']}'",
    )
    return {row["pool"]: row for row in found}


def sales(number: int, ytd: object, **more: object) -> dict[str, object]:
    return {
        "enterprise_id": firm(number)["enterprise_id"],
        "industry_code": "1511",
        "sales_ytd_wan": ytd,
        "sales_basis": "declared",
        **more,
    }


def test_pools_of_firms_outside_the_library(settings: Settings) -> None:
    lake.empty_lake(settings)
    trader = {**firm(7), "enterprise_id": "92341600MN00000007"}
    outside = [firm(n) for n in (1, 2, 3, 4, 6)] + [{**firm(5), "industry_code": "5111"}, trader]
    for month in ("2022-05", "2022-06", "2022-07"):
        lake.land(settings, "enterprise_registry", [*outside, inside(8, "2020-01")], period=month)
    # (2020 whole, 2020 to June, 2021 to June, 2021 whole, 2022 to June): twelve months = last − 2nd + 3rd …
    figures = {
        1: (
            900,
            400,
            500,
            1100,
            1000,
        ),  # 1000 + 1100 − 500 = 1600: near; before it 500 + 900 − 400 = 1000: +60 %
        2: (2000, 900, 1000, 2000, 1000),  # 2000 exactly: 应入未入
        3: (1999, 999, 999, 1998, 500),  # 500 + 1998 − 999 = 1499: below the floor
        4: (1600, 800, 900, 1700, 1000),  # 1800; before it 1700: +5.88 %
        5: (1600, 800, 900, 1700, 1000),  # a wholesaler's industry code
        8: (1600, 800, 900, 1700, 1000),  # in the library
    }
    months = ("2020-12", "2020-06", "2021-06", "2021-12", "2022-06")
    for position, month in enumerate(months):
        rows = [sales(n, values[position]) for n, values in figures.items()]
        rows.append({**sales(7, figures[4][position]), "enterprise_id": "92341600MN00000007"})
        lake.land(settings, "tax_sales", rows, period=month, sender="tax")
    listed = {"cultivation_kind": "拟入规", "reporting_unit_code": "341621", "project_name": "无"}
    pending = {**listed, "cultivation_kind": "已落地即将投产", "is_landed": True}
    lake.land(
        settings,
        "cultivation_list",
        [
            # Named, not coded: matched by its name, blanks and brackets aside.
            {**listed, "enterprise_name": "示例 00006 有限公司", "expected_revenue_wan": 2100},
            {**pending, "enterprise_name": "（筹）甲项目业主", "project_no": "P1", "project_name": "甲项目",
             "expected_production_on": date(2023, 6, 30)},
            {**pending, "enterprise_name": "（筹）乙项目业主", "project_no": "P2", "project_name": "乙项目",
             "expected_production_on": date(2023, 7, 1)},
        ],
        period="2022-06",
        sender="341621",
        is_simulated=True,
    )  # fmt: skip
    lake.build(settings, "mart_scale_pool")

    june = pools(settings, "2022-06", 1)
    assert set(june) == {"near_entry", "high_growth"}
    near = june["near_entry"]
    assert (near["reason"], near["decisive_wan"], near["since_month"]) == ("临近入规", 1600, "2022-06")
    assert near["evidence"] == "截至2022-06近12个月销售收入1600.00万元（申报）"
    assert near["set_by"] == "国家统计局规模标准；本项目默认值" and near["is_simulated"] is False
    assert "比前12个月增长60.0%" in june["high_growth"]["evidence"]
    # July has no sales yet: June's serve, and the stay goes on.
    assert pools(settings, "2022-07", 1)["near_entry"]["since_month"] == "2022-06"
    assert pools(settings, "2022-06", 2)["near_entry"]["reason"] == "应入未入"
    assert pools(settings, "2022-06", 3) == {}
    assert set(pools(settings, "2022-06", 4)) == {"near_entry"}
    assert pools(settings, "2022-06", 5) == {} and pools(settings, "2022-06", 8) == {}
    assert not lake.rows(settings, "select * from marts.mart_scale_pool where enterprise_id like '92%'")
    by_list = pools(settings, "2022-06", 6)["near_entry"]
    assert (by_list["reason"], by_list["is_simulated"]) == ("列入拟入规名单", True)
    assert "2100.00万元" in by_list["evidence"]
    # Due 2023-06 is twelve months on, 2023-07 is thirteen (and within twelve from July on).
    pending_rows = lake.rows(
        settings,
        "select month, member_id, enterprise_id from marts.mart_scale_pool where pool = 'pending_production'",
    )
    assert {(row["month"], row["member_id"]) for row in pending_rows} == {
        ("2022-06", "项目:P1"), ("2022-07", "项目:P1"), ("2022-07", "项目:P2"),
    }  # fmt: skip
    assert {row["enterprise_id"] for row in pending_rows} == {None}


def test_near_exit_exited_forecast_and_its_back_test(settings: Settings) -> None:
    lake.empty_lake(settings)
    steady, falling, stopped, gone = (inside(n, "2018-01") for n in (1, 2, 3, 4))
    out = {"library_exit_month": "2021-02", "library_exit_reason": "规模不达标"}
    for month in ("2020-12", "2021-12", "2022-06", "2023-01", "2023-02"):
        left = {**gone, **out} if month > "2021-02" else gone
        status = {"operating_status": "停产"} if month >= "2022-06" else {}
        rows = [steady, falling, {**stopped, **status}, left]
        lake.land(settings, "enterprise_registry", rows, period=month)
    halves = {  # year → (to June, whole year)
        1: {2019: (4000, 10000), 2020: (5000, 10000), 2021: (4500, 10000), 2022: (5400, None)},
        2: {2019: (1300, 2600), 2020: (1200, 2500), 2021: (1000, 2399), 2022: (900, None)},
        3: {2021: (1500, 3000), 2022: (1500, None)},
    }
    for year in (2019, 2020, 2021, 2022):
        for part, month in enumerate(("06", "12")):
            rows = [
                {"enterprise_id": firm(n)["enterprise_id"], "revenue_ytd_wan": years[year][part]}
                for n, years in halves.items()
                if year in years and years[year][part] is not None
            ]
            if rows:
                lake.land(settings, "financials", rows, period=f"{year}-{month}")
    for month, ytd in (
        ("2021-06", 500),
        ("2021-12", 1000),
        ("2022-06", 600),
        ("2020-06", 450),
        ("2020-12", 900),
    ):
        lake.land(settings, "tax_sales", [sales(4, ytd)], period=month, sender="tax")
    lake.land(
        settings,
        "distress_lists",
        [
            {"enterprise_id": firm(3)["enterprise_id"], "enterprise_name": "丙", "distress_kind": kind,
             "listed_on": date(2022, 3, 1)}
            for kind in ("困难企业诊断", "僵尸企业")
        ],
        period="2022",
        sender="bureau",
    )  # fmt: skip
    lake.build(settings, "mart_scale_pool", "mart_revenue_forecast", "mart_revenue_forecast_error")

    def forecast(number: int, month: str) -> dict:
        return one(
            settings,
            f"select * from marts.mart_revenue_forecast where month = '{month}' and enterprise_id = "
            f"'{firm(number)['enterprise_id']}'",
        )

    now = forecast(1, "2022-06")
    # Shares to June 0.40, 0.50, 0.45: median 0.45; 5400 ÷ 0.45 = 12000.
    assert (now["forecast_method"], now["seasonal_share"], now["forecast_wan"]) == (
        "seasonal",
        Decimal("0.45"),
        12000,
    )
    assert now["seasonal_years"] == 3 and now["actual_wan"] is None and now["forecast_deviation_pct"] is None
    # June 2021 had two years: medians 0.45 and 0.49; 4500 ÷ 0.45 = 10000 (exact),
    # 1000 ÷ 0.49 = 2040.82 against 2399.
    assert forecast(1, "2021-06")["forecast_wan"] == 10000
    past = forecast(2, "2021-06")
    assert (past["forecast_wan"], past["forecast_deviation_pct"]) == (Decimal("2040.82"), Decimal("-14.9304"))
    # 358.18 ÷ 12399 = 2.8888 %.
    assert (now["backtest_error_pct"], now["backtest_cases"]) == (Decimal("2.8888"), 2)
    # One year of history is too little: straight line, 1500 ÷ 6 × 12; nothing to test it on but 2019–2021's.
    linear = forecast(3, "2022-06")
    assert (linear["forecast_method"], linear["forecast_wan"]) == ("linear", 3000)
    # Straight-line forecasts before 2022 against what came: 8000/10000, 2600/2600 (2019);
    # 10000/10000, 2400/2500 (2020); 3000/3000 (2021).
    assert (linear["backtest_cases"], linear["backtest_error_pct"]) == (5, Decimal("7.4733"))
    tested = one(
        settings,
        "select * from marts.mart_revenue_forecast_error"
        " where forecast_method = 'seasonal' and data_year = 2021",
    )
    assert (tested["mean_error_pct"], tested["bias_pct"], tested["cases"]) == (
        Decimal("2.8888"), Decimal("-2.8888"), 2,
    )  # fmt: skip

    assert "near_exit" not in pools(settings, "2022-06", 1)
    exit_row = pools(settings, "2022-06", 2)["near_exit"]
    # 2399 < 2400; shares 0.5, 0.48, 0.41684: median 0.48; 900 ÷ 0.48 = 1875 < 2000.
    assert exit_row["reason"] == "上年营业收入临近退规；预计当年营业收入跌破规模标准"
    assert exit_row["forecast_wan"] == 1875
    assert "近三年营业收入：2019年2600.00万元、2020年2500.00万元、2021年2399.00万元" in exit_row["evidence"]
    assert "往年同月预计平均误差2.9%" in exit_row["evidence"]
    assert "本项目默认值" in exit_row["set_by"]
    dead = pools(settings, "2022-06", 3)["near_exit"]
    assert (dead["reason"], dead["distress_kind"]) == ("停产", "僵尸企业")

    left = pools(settings, "2022-06", 4)["exited"]
    # 600 + 1000 − 500 = 1100 against 500 + 900 − 450 = 950.
    assert (left["is_recovering"], left["decisive_wan"], left["reason"]) == (True, 1100, "退规：规模不达标")
    # Left in 2021-02: the twenty-fourth month is 2023-01.
    assert "exited" in pools(settings, "2023-01", 4)
    assert pools(settings, "2023-02", 4) == {}


def test_bands_leading_firms_and_groups(settings: Settings) -> None:
    lake.empty_lake(settings)
    revenue_yi = {1: 130, 2: 100, 3: 60, 4: 50, 5: Decimal("10.0001"), 6: 1, 7: Decimal("0.3")}
    for month in ("2021-12", "2022-06"):
        lake.land(settings, "enterprise_registry", [inside(n, "2018-01") for n in revenue_yi], period=month)
    annual = [
        {"enterprise_id": firm(n)["enterprise_id"], "revenue_wan": 10000 * yi} for n, yi in revenue_yi.items()
    ]
    lake.land(settings, "annual_financials", annual, period="2021")
    group = {"group_code": "JT1", "group_name": "示例集团", "member_from_on": date(2015, 1, 1)}
    lake.land(
        settings,
        "enterprise_groups",
        [{**group, "enterprise_id": firm(n)["enterprise_id"], "group_role": role}
         for n, role in ((1, "parent"), (2, "member"))],
        period="2021",
        sender="bureau",
    )  # fmt: skip
    lake.build(settings, "mart_scale_band", "mart_scale_pool")
    rows = lake.rows(settings, "select * from marts.mart_scale_band where data_year = 2021")
    city = {
        (row["entity"], row["band"]): row["enterprises"]
        for row in rows
        if row["reporting_unit_code"] == "341600"
    }
    # 超: strictly more; exactly 100, 50 and 1 亿元 are not above.
    person = {band: city["legal_person", band] for entity, band in city if entity == "legal_person"}
    assert person == {
        "over_200": 0, "over_100": 1, "from_50_to_100": 2, "over_1": 5,
        "d_200": 0, "d_100_200": 1, "d_50_100": 2, "d_10_50": 2, "d_1_10": 0, "d_0_1": 2,
    }  # fmt: skip
    # Disjoint: each firm in one band exactly. No legal person passes 200, the group of 130 + 100 does.
    assert sum(count for band, count in person.items() if band.startswith("d_")) == len(revenue_yi)
    assert (city["group", "over_200"], city["group", "d_200"]) == (1, 1)
    target = next(r for r in rows if r["reporting_unit_code"] == "341600" and r["band"] == "from_50_to_100")
    assert (target["target_id"], target["target_value"], target["target_upper"]) == ("T004", 30, 50)

    leading = {
        row["member_id"]: row
        for row in lake.rows(
            settings, "select * from marts.mart_scale_pool where pool = 'leading' and month = '2022-06'"
        )
    }
    assert len(leading) == 6
    assert leading[firm(1)["enterprise_id"]]["reason"] == "营业收入超100亿元"
    assert leading[firm(2)["enterprise_id"]]["reason"] == "营业收入超50亿元"
    assert leading[firm(5)["enterprise_id"]]["reason"] == "营业收入超10亿元"
    together = leading["集团:JT1"]
    assert (together["entity"], together["reason"]) == ("group", "营业收入超200亿元")
    assert "未抵消内部交易" in together["evidence"]


def test_bands_and_exit_reasons_hold_in_their_years(settings: Settings) -> None:
    lake.empty_lake(settings)
    settings.office_reference.mkdir(parents=True)
    (settings.office_reference / "scale_band.csv").write_text(
        "from_year,band_set,band,band_title,lower_yi,upper_yi,target_id,band_order,set_by,set_note\n"
        "2021,document,over_1,超亿元,1,,T005,1,甲局,\n2022,document,over_1,超2亿元,2,,T005,1,乙局,\n",
        encoding="utf-8",
    )
    (settings.office_reference / "exit_reason.csv").write_text(
        "from_year,to_year,keyword,exit_class,is_decision_needed,match_order,set_by\n"
        "2021,2021,搬走,moved_out,true,1,甲局\n2022,,搬走,closed,false,1,乙局\n",
        encoding="utf-8",
    )
    firms = {n: inside(n, "2018-01") for n in (1, 2, 3, 4)}
    lake.land(settings, "enterprise_registry", firms.values(), period="2021-10")
    left = {3: "2021-12", 4: "2022-12"}
    for month in ("2021-12", "2022-12"):
        rows = [
            {**row, "library_exit_month": left[n], "library_exit_reason": "搬走"}
            if left.get(n, "9999") <= month
            else row
            for n, row in firms.items()
        ]
        lake.land(settings, "enterprise_registry", rows, period=month)
    for year in ("2021", "2022"):
        revenue = [
            {"enterprise_id": firm(1)["enterprise_id"], "revenue_wan": 15_000},
            {"enterprise_id": firm(2)["enterprise_id"], "revenue_wan": 25_000},
        ]
        lake.land(settings, "annual_financials", revenue, period=year)
    lake.build(settings, "mart_scale_band", "mart_library_movement")
    bands = lake.rows(
        settings,
        "select data_year, band_title, enterprises, set_by from marts.mart_scale_band"
        " where reporting_unit_code = '341600' and entity = 'legal_person' order by data_year",
    )
    assert [tuple(row.values()) for row in bands] == [
        (2021, "超亿元", 2, "甲局"),
        (2022, "超2亿元", 1, "乙局"),
    ]
    exits = lake.rows(
        settings,
        "select month, exited_moved_out, exited_closed from marts.mart_library_movement"
        " where reporting_unit_code = '341600' and exited_gross > 0 order by month",
    )
    assert [tuple(row.values()) for row in exits] == [("2021-12", 1, 0), ("2022-12", 0, 1)]


def test_ladder_counts_holders_new_renewed_lapsed_and_moved_up(settings: Settings) -> None:
    lake.empty_lake(settings)
    for month in ("2021-12", "2022-12", "2024-12"):
        lake.land(settings, "enterprise_registry", [inside(n, "2018-01") for n in (1, 2, 3)], period=month)

    def honour(number: int, kind: str, granted: date, until: date | None) -> dict[str, object]:
        return {
            "enterprise_name": firm(number)["enterprise_name"], "honour": kind, "honour_level": "省级",
            "granted_on": granted, "valid_until_on": until,
        }  # fmt: skip

    lake.land(
        settings,
        "honours",
        [
            honour(1, "高成长小微", date(2021, 5, 1), None),
            honour(1, "专精特新", date(2022, 5, 1), date(2025, 5, 1)),
            honour(2, "专精特新", date(2021, 5, 1), date(2024, 4, 30)),
            honour(3, "专精特新", date(2021, 5, 1), date(2024, 4, 30)),
            honour(3, "专精特新", date(2024, 5, 1), date(2027, 4, 30)),
            honour(2, "绿色工厂", date(2021, 5, 1), None),
        ],
        period="2021",
        sender="bureau",
    )
    lake.build(settings, "mart_cultivation_ladder")
    city = {
        (row["data_year"], row["rung"]): tuple(
            row[key] for key in ("holders", "newly_granted", "renewed", "lapsed", "moved_up")
        )
        for row in lake.rows(
            settings, "select * from marts.mart_cultivation_ladder where reporting_unit_code = '341600'"
        )
    }
    assert city[2021, "高成长小微"] == (1, 1, 0, 0, 0)
    assert city[2021, "专精特新"] == (2, 2, 0, 0, 0)
    assert city[2022, "专精特新"] == (3, 1, 0, 0, 1)
    assert city[2024, "专精特新"] == (2, 0, 1, 1, 0)
    assert city[2024, "小巨人"] == (0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ("near_entry_floor_wan: {value: 1500, set_by: 本项目默认值", "near_entry_floor_wan: {value: 1500"),
        ("growth_floor_pct:", "growth_rate_pct:"),
    ],
)
def test_a_rule_without_its_setter_is_refused_with_the_place(
    settings: Settings, wrong: str, place: str
) -> None:
    from fuyou_pipeline.errors import FuyouError
    from fuyou_pipeline.parameters.pool_rules import pool_rule_tables

    text = (settings.committed_reference / "pool_rules.yaml").read_text(encoding="utf-8")
    assert wrong in text
    settings.office_reference.mkdir(parents=True)
    (settings.office_reference / "pool_rules.yaml").write_text(text.replace(wrong, place), encoding="utf-8")
    with pytest.raises(FuyouError) as caught:
        pool_rule_tables(settings)
    assert caught.value.code == "reference-invalid"
    assert caught.value.where["path"].startswith("[0].")

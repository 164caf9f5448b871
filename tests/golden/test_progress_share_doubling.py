"""Manufacturing share and doubling against values worked out by hand from a few landed rows."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import Any

import pytest

from fuyou_pipeline.settings import Settings
from tests import lake


def published(settings: Settings) -> list[dict[str, str]]:
    path = settings.project_root / "data" / "reference" / "published_figures.csv"
    return list(csv.DictReader(path.open(encoding="utf-8")))


def land_published(settings: Settings) -> None:
    landed = []
    for figure in published(settings):
        period = figure["period"]
        landed.append({**figure, "_period": period if len(period) == 4 else f"{period[:4]}-{period[4:]}"})
    lake.land(settings, "published_figures", landed, sender="public")


def share(settings: Settings, area: str, period: str) -> dict:
    found = lake.rows(
        settings,
        f"select * from marts.mart_manufacturing_share where area_code = '{area}' and period = '{period}'",
    )
    assert len(found) == 1
    return found[0]


def test_published_figures_show_what_is_published_and_pretend_nothing(settings: Settings) -> None:
    lake.empty_lake(settings)
    land_published(settings)
    lake.build(settings, "mart_manufacturing_share", "mart_doubling")

    for year in ("2020", "2022"):
        bozhou = share(settings, "341600", year)
        assert bozhou["status"] == "not_published"
        assert bozhou["share_pct"] is None and bozhou["manufacturing_yi"] is None
        assert bozhou["industry_share_pct"] == Decimal("25.2000")
        assert bozhou["is_target_met"] is None and bozhou["gap_pp"] is None
        assert (bozhou["target_pct"], bozhou["target_comparator"]) == (Decimal("27"), ">")
    assert share(settings, "341600", "2022")["gdp_yi"] == Decimal("2101.5")
    assert share(settings, "341600", "2022")["set_by"] == "目标：亳政办〔2022〕3号；版本先后：本项目默认值"
    # The mature figure wins over the estimate of 2500 that it superseded.
    assert share(settings, "341600", "2024")["gdp_yi"] == Decimal("2521.6")
    assert share(settings, "341600", "2024Q1")["gdp_yi"] == Decimal("576.7")

    wuhu = share(settings, "340200", "2022")
    assert (wuhu["status"], wuhu["share_pct"]) == ("published", Decimal("35.4"))
    # 2021 was restated in the same bulletin, so the difference comes from one publication.
    assert wuhu["yoy_pp"] == Decimal("0.3")
    huangshan = share(settings, "341000", "2023")
    assert (huangshan["status"], huangshan["share_pct"]) == ("published", Decimal("21.4"))

    doubling = lake.rows(settings, "select * from marts.mart_doubling where area_code = '341600'")
    assert doubling and {row["status"] for row in doubling} <= {"no_data", "not_applicable"}
    real_revenue = [
        r for r in doubling if (r["indicator"], r["price_basis"]) == ("manufacturing_revenue", "real")
    ]
    assert {r["status"] for r in real_revenue} == {"not_applicable"}


@pytest.mark.parametrize("status", ["real", "simulated"])
def test_simulated_accounts_never_complete_a_published_row(settings: Settings, status: str) -> None:
    lake.empty_lake(settings)
    land_published(settings)
    accounts = {
        "area_code": "341600",
        "gdp_wan": 21_000_000,
        "industry_wan": 5_300_000,
        "manufacturing_wan": 4_200_000,
    }
    lake.land(settings, "gdp_accounts", [accounts], period="2022", is_simulated=status == "simulated")
    lake.build(settings, "mart_manufacturing_share")
    row = share(settings, "341600", "2022")
    if status == "simulated":
        assert (row["status"], row["share_pct"], row["source_kind"]) == ("not_published", None, "published")
        assert row["is_simulated"] is False
    else:
        assert (row["status"], row["share_pct"], row["source_kind"]) == (
            "computed",
            Decimal("20"),
            "accounts",
        )


def test_target_is_compared_unrounded_and_strictly(settings: Settings) -> None:
    lake.empty_lake(settings)
    manufacturing = {"2021": 2696, "2022": 2700, "2023": Decimal("2700.0001")}
    for year, value in manufacturing.items():
        row = {"area_code": "341600", "gdp_wan": 10_000, "industry_wan": 3000, "manufacturing_wan": value}
        lake.land(settings, "gdp_accounts", [row], period=year)
    exactly_30 = {"area_code": "341525", "gdp_wan": 10_000, "industry_wan": 3100, "manufacturing_wan": 3000}
    lake.land(settings, "gdp_accounts", [exactly_30], period="2022", sender="六安")
    lake.build(settings, "mart_manufacturing_share")
    met = {year: share(settings, "341600", year)["is_target_met"] for year in manufacturing}
    assert met == {"2021": False, "2022": False, "2023": True}
    assert share(settings, "341600", "2021")["share_pct"] == Decimal("26.96")
    assert share(settings, "341600", "2021")["gap_pp"] == Decimal("-0.04")
    assert share(settings, "341525", "2022")["is_target_met"] is True


QUARTERS = {  # cumulative manufacturing value added in 亿元: base year, next year, and the one after
    "2021": (100, 210, 320, 440),
    "2022": (120, 250, 380, 520),
    "2023": (130, 280, 430, 600),
}


def land_quarters(settings: Settings, growth: dict[str, float] | None = None) -> None:
    landed = []
    for year, values in QUARTERS.items():
        for quarter, value in enumerate(values, start=1):
            landed.append(
                {
                    "_period": f"{year}Q{quarter}",
                    "area_code": "990000",
                    "gdp_wan": value * 40_000,
                    "industry_wan": value * 12_000,
                    "manufacturing_wan": value * 10_000,
                    "manufacturing_real_growth_pct": (growth or {}).get(year),
                }
            )
    lake.land(settings, "gdp_accounts", landed)


def doubling(settings: Settings, period: str, measure: str, basis: str = "nominal") -> dict:
    (row,) = lake.rows(
        settings,
        "select * from marts.mart_doubling where area_code = '990000' and scope = '全部'"
        f" and period = '{period}' and measure = '{measure}' and price_basis = '{basis}'",
    )
    return row


def test_two_measures_have_two_clocks(settings: Settings) -> None:
    lake.empty_lake(settings)
    land_quarters(settings, growth={"2022": 8.0, "2023": 10.0})
    county = [
        {"_period": period, "area_code": "341126", "area_name": "凤阳县", "gdp_wan": 9_000_000,
         "manufacturing_wan": value}
        for period, value in (("2021Q2", 1_000_000), ("2022Q2", 1_400_000))
    ]  # fmt: skip
    lake.land(settings, "gdp_accounts", county, sender="凤阳县")
    lake.build(settings, "mart_doubling")

    # No document sets another county a multiple: it is listed beside the path and not judged.
    (other,) = lake.rows(
        settings, "select * from marts.mart_doubling where area_code = '341126' and measure = 'ytd'"
    )
    assert (other["area_name"], other["multiple"], other["linear_path"]) == (
        "凤阳县",
        Decimal("1.4"),
        Decimal("1.2"),
    )
    assert (other["status"], other["set_by"]) == ("not_applicable", "本项目默认值")
    assert "仅供对照" in other["status_reason"]

    # 2023Q2: t = 2 by year to date, 1.5 by trailing quarters; 2022Q1: t = 1 and 0.25.
    paths = {
        ("2023Q2", "ytd"): ("2.00", "1.3195"),
        ("2023Q2", "ttm"): ("1.50", "1.2311"),
        ("2022Q1", "ytd"): ("1.00", "1.1487"),
        ("2022Q1", "ttm"): ("0.25", "1.0353"),
    }
    for (period, measure), (elapsed, path) in paths.items():
        row = doubling(settings, period, measure)
        assert row["elapsed_years"] == Decimal(elapsed)
        assert round(row["geometric_path"], 4) == Decimal(path)
        assert row["linear_path"] == 1 + Decimal(elapsed) / 5

    ytd = doubling(settings, "2023Q2", "ytd")
    assert ytd["multiple"] == Decimal("1.33333333")  # 280 ÷ 210
    # 1.3333 lies above 2^(2/5) = 1.3195 and below 1 + 2/5 = 1.4.
    assert ytd["status"] == "on_path"
    assert round(ytd["required_cagr_pct"], 4) == Decimal("14.4714")  # (2 ÷ 1.3333)^(1/3) − 1
    ttm = doubling(settings, "2023Q2", "ttm")
    assert ttm["value_yi"] == 550  # 280 + 520 − 250
    assert (ttm["multiple"], ttm["status"]) == (Decimal("1.25000000"), "on_path")  # 550 ÷ 440

    real = doubling(settings, "2023Q2", "ytd", "real")
    assert real["multiple"] == Decimal("1.18800000")  # 1.08 × 1.10
    assert (real["value_yi"], real["status"]) == (Decimal("249.48"), "behind")
    real_ttm = doubling(settings, "2023Q2", "ttm", "real")
    # In prices of 2021: 249.48 + 440 × 1.08 − 210 × 1.08 = 497.88, over 440.
    assert real_ttm["value_yi"] == Decimal("497.88")
    assert real_ttm["multiple"] == Decimal("1.13154545")


def test_a_missing_link_breaks_the_real_chain_only(settings: Settings) -> None:
    lake.empty_lake(settings)
    land_quarters(settings, growth={"2023": 10.0})
    lake.build(settings, "mart_doubling")
    real = lake.rows(
        settings,
        "select period, status from marts.mart_doubling"
        " where area_code = '990000' and price_basis = 'real' and multiple > 1",
    )
    assert real == []
    assert doubling(settings, "2023Q2", "ytd")["multiple"] == Decimal("1.33333333")


def test_a_restated_file_replaces_the_whole_earlier_one(settings: Settings) -> None:
    lake.empty_lake(settings)
    first = [
        {"area_code": "990000", "gdp_wan": 100, "industry_wan": 40, "manufacturing_wan": 30},
        {"area_code": "340700", "gdp_wan": 100, "industry_wan": 40, "manufacturing_wan": 20},
    ]
    second = [{"area_code": "990000", "gdp_wan": 100, "industry_wan": 40, "manufacturing_wan": 35}]
    lake.land(settings, "gdp_accounts", first, period="2022", received="2023-02-01")
    lake.land(settings, "gdp_accounts", second, period="2022", received="2023-06-01")
    query = "select area_code, share_pct from marts.mart_manufacturing_share order by area_code"

    lake.build(settings, "mart_manufacturing_share")
    assert lake.rows(settings, query) == [{"area_code": "990000", "share_pct": Decimal("35.0000")}]

    as_of = Settings(data_dir=settings.data_dir, as_of="2023-05-31")
    lake.build(as_of, "mart_manufacturing_share")
    assert lake.rows(settings, query) == [
        {"area_code": "340700", "share_pct": Decimal("20.0000")},
        {"area_code": "990000", "share_pct": Decimal("30.0000")},
    ]


def test_nothing_is_derived_across_vintages(settings: Settings) -> None:
    lake.empty_lake(settings)
    land_published(settings)
    settings.office_reference.mkdir(parents=True)
    (settings.office_reference / "doubling_rule.csv").write_text(
        "area_code,base_year,end_year,target_multiple,set_by,set_note\n"
        "990000,2022,2027,2,示例市,\n341525,2021,2026,2,示例县,\n",
        encoding="utf-8",
    )

    def account(area: str, period: str, manufacturing_yi: float, maturity: str, growth: Any = None) -> None:
        """One file for one period, as a bureau sends it."""
        row = {
            "area_code": area, "gdp_wan": 3_000_000_000, "manufacturing_wan": manufacturing_yi * 10_000,
            "manufacturing_real_growth_pct": growth, "data_maturity": maturity,
        }  # fmt: skip
        lake.land(settings, "gdp_accounts", [row], period=period, sender=f"{area}-{period}")

    # 亳州's GDP as first published, put in as a fictitious city's manufacturing: the levels tell +19.99 % in
    # two years, the published real growth 1.063 × 1.061.
    account("990000", "2022", 2101.5, "初步核算")
    account("990000", "2023", 2215.8, "快报", 6.3)
    account("990000", "2024", 2521.6, "最终核实", 6.1)
    # Four quarters across 2022 need its whole less its half: one of them restated, they do not fit together.
    for period, value, maturity in (
        ("2021Q2", 210, "初步核算"),
        ("2021Q4", 440, "初步核算"),
        ("2022Q2", 250, "初步核算"),
        ("2022Q4", 540, "普查修订"),
        ("2023Q2", 280, "初步核算"),
        ("2023Q3", 430, "初步核算"),  # no third quarter in any year before
    ):
        account("341525", period, value, maturity)
    # Accounts that leave manufacturing out do not hide the share that was published.
    lake.land(
        settings,
        "gdp_accounts",
        [{"area_code": "340200", "gdp_wan": 45_000_000, "industry_wan": 16_000_000}],
        period="2022",
        sender="芜湖",
    )
    level = {"area_code": "340300", "period": "2022", "period_kind": "year", "unit": "亿元", "kind": "level"}
    lake.land(
        settings,
        "published_figures",
        [
            {**level, "indicator": "地区生产总值", "value": 2000, "vintage": "普查修订", "source": "甲"},
            {**level, "indicator": "制造业增加值", "value": 500, "vintage": "初步核算", "source": "乙"},
        ],
        period="2022",
        sender="public",
    )
    lake.build(settings, "mart_doubling")

    def row(area: str, period: str, basis: str = "nominal", measure: str = "ytd") -> dict:
        (found,) = lake.rows(
            settings,
            f"select * from marts.mart_doubling where area_code = '{area}' and period = '{period}'"
            f" and price_basis = '{basis}' and measure = '{measure}'"
            " and indicator = 'manufacturing_value_added'",
        )
        return found

    nominal = row("990000", "2024")
    assert (nominal["multiple"], nominal["status"]) == (None, "no_data")
    assert nominal["status_reason"] == "基期与本期不是同一版本，不作比较"
    assert round(nominal["value_yi"] / nominal["base_value_yi"], 4) == Decimal("1.1999")
    assert round(row("990000", "2024", "real")["multiple"], 4) == Decimal("1.1278")

    assert row("341525", "2023Q2")["multiple"] == Decimal("1.33333333")  # 280 ÷ 210, both preliminary
    assert row("341525", "2023Q2", measure="ttm")["multiple"] is None
    gap = row("341525", "2023Q3")
    assert (gap["multiple"], gap["status_reason"]) == (None, "缺少基期、上年或本期的同口径数")

    wuhu = share(settings, "340200", "2022")
    assert (wuhu["status"], wuhu["share_pct"], wuhu["source_kind"]) == (
        "published", Decimal("35.4"), "published",
    )  # fmt: skip
    bengbu = share(settings, "340300", "2022")
    assert (bengbu["status"], bengbu["share_pct"]) == ("not_published", None)

"""Extract gdp_accounts: yearly and cumulative quarterly accounts as the statistics bureau sends them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fuyou_pipeline.samples.accounts import FINAL, ITEMS, Account, quarter_accounts, year_accounts
from fuyou_pipeline.samples.city import Delivery
from fuyou_pipeline.samples.forms import SIMULATED, Col, Form
from fuyou_pipeline.samples.labels import received_on

DATASET = "gdp_accounts"
_QUARTERS = {1: "一季度", 2: "上半年", 3: "前三季度", 4: "全年"}


def gdp_deliveries(years: Iterable[int]) -> Iterable[Delivery]:
    """Q1–Q3 and the year in 亿元; the verified figures of a year come at the end of the next."""
    for year in years:
        for quarter in (1, 2, 3):
            period = f"{year}Q{quarter}"
            months = f"{year}年1-{quarter * 3}月"
            yield Delivery(
                DATASET,
                period,
                "statistics",
                received_on(DATASET, period, 4),
                f"{year}年{_QUARTERS[quarter]}地区生产总值.xlsx",
                _form(f"亳州市{months}地区生产总值（{SIMULATED}）", quarter_accounts(year, quarter)),
            )
        period = str(year)
        yield Delivery(
            DATASET,
            period,
            "statistics",
            received_on(DATASET, period, -30),
            f"{year}年度地区生产总值.xlsx",
            _form(f"亳州市{year}年度地区生产总值（{SIMULATED}）", year_accounts(year)),
        )
        if year <= 2022:
            yield Delivery(
                DATASET,
                period,
                "statistics",
                received_on(DATASET, period, -330),
                f"{year}年度地区生产总值（最终核实）.xlsx",
                _form(f"亳州市{year}年度地区生产总值最终核实数（{SIMULATED}）", year_accounts(year, FINAL)),
            )


def _form(title: str, accounts: Sequence[Account]) -> Form:
    columns = [
        Col("area_code", [a.area_code for a in accounts], variant=1, as_text=True),
        Col("area_name", [a.area_name for a in accounts]),
        Col("data_maturity", [a.maturity for a in accounts]),
    ]
    columns += [Col(f"{item}_wan", [a.current[item] for a in accounts], "亿元") for item in ITEMS]
    columns += [Col(f"{item}_constant_wan", [a.constant[item] for a in accounts], "亿元") for item in ITEMS]
    columns += [Col(f"{item}_real_growth_pct", [a.growth_pct[item] for a in accounts], "%") for item in ITEMS]
    return Form(
        DATASET,
        title,
        columns,
        sheet="核算",
        missing=("", "—"),
        footnotes=(
            "注：不变价按2020年价格计算；亳州市及各县区不公布制造业等门类增加值，空白表示未公布。",
            "说明：示例市（虚构）并不存在，仅用于演示完整核算。",
        ),
    )

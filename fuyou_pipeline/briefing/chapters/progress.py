"""制造业占比与倍增: the share of manufacturing in GDP, the multiple of the base year, and both targets."""

from __future__ import annotations

from typing import Any

from fuyou_pipeline.briefing import sentences
from fuyou_pipeline.briefing.facts import Facts
from fuyou_pipeline.briefing.figures import multiples, newest_multiples, shares
from fuyou_pipeline.briefing.page import wording as w
from fuyou_pipeline.briefing.page.parts import Light
from fuyou_pipeline.briefing.page.sections.doubling import INDICATORS, MEASURES, PRICES
from fuyou_pipeline.briefing.page.sections.share import STATES
from fuyou_pipeline.briefing.page.source import Row
from fuyou_pipeline.briefing.tables import Chart, Column, Sheet, Table

_SHARE_COLUMNS = (
    Column("地区", width=16),
    Column("期别", width=17),
    Column("地区生产总值", "two", "现价（亿元）", 13),
    Column("工业增加值", "two", "现价（亿元）", 13),
    Column("制造业增加值", "two", "现价（亿元）", 13),
    Column("制造业", "two", "占地区生产总值（%）"),
    Column("工业（上限）", "two", "占地区生产总值（%）"),
    Column("同比（百分点）", "points"),
    Column("目标", width=16),
    Column("差距（百分点）", "points"),
    Column("判断", "light", width=18),
    Column("状态与来源", width=22),
)
_DOUBLING_COLUMNS = (
    Column("地区", width=16),
    Column("指标", width=22),
    Column("价格", width=8),
    Column("计量方式", width=14),
    Column("期别", width=17),
    Column("本期数（亿元）", "two"),
    Column("基期数（亿元）", "two"),
    Column("倍数", "four"),
    Column("等比路径", "four"),
    Column("线性路径", "four"),
    Column("余期年均需增（%）", "percent", width=14),
    Column("判断", "light", width=16),
    Column("说明", "long", width=30),
)


def sheets(facts: Facts) -> list[Sheet]:
    return [_share(facts), _doubling(facts)]


def _share(facts: Facts) -> Sheet:
    rows = shares(facts)
    city = [row for row in rows if row["area_code"] == facts.home.code and row["frequency"] == "year"]
    areas = [code for code in dict.fromkeys(row["area_code"] for row in rows) if code != facts.home.code]
    years = [row for row in rows if row["frequency"] == "year"]
    latest = [
        [row for row in years if row["area_code"] == code][-1]
        for code in areas
        if any(row["area_code"] == code for row in years)
    ]
    body = [_share_row(facts, row) for row in [*city, *latest]]
    table = Table(
        _SHARE_COLUMNS,
        body,
        title="年度",
        unit="亿元、%、百分点",
        notes=(
            "注：占比用现价计算；只公布工业增加值的地区不以工业代替制造业，工业占比只作上限列示。"
            "县区为属地口径，含开发区。",
        ),
        chart=Chart(
            f"{facts.home.name}制造业、工业增加值占地区生产总值比重",
            (5, 6),
            category=1,
            rows=(0, max(len(city) - 1, 0)),
            unit="%",
            labels=1,
        )
        if city
        else None,
        empty="没有可以计算占比的数据。",
    )
    quarters = facts.newest((row for row in rows if row["frequency"] == "quarter"), "area_code")
    tables = [table]
    if quarters:
        body = [_share_row(facts, row) for row in quarters]
        note = "注：一至三季度与年度目标之差仅供参考。"
        tables.append(
            Table(_SHARE_COLUMNS, body, title="季度累计（最近一期）", unit="亿元、%、百分点", notes=(note,))
        )
    return Sheet(
        "制造业占比",
        "制造业增加值占地区生产总值比重",
        tuple(tables),
        sentences.manufacturing(facts),
        is_wide=True,
    )


def _share_row(facts: Facts, row: Row) -> list[Any]:
    sources = (row["maturity"], "模拟数据" if row["is_simulated"] else "")
    goal = {">": "＞", ">=": "≥"}.get(row["target_comparator"] or "", "")
    target = row["target_pct"]
    return [
        facts.label(row["area_code"]),
        w.period(row["period"]),
        row["gdp_yi"],
        row["industry_yi"],
        row["manufacturing_yi"],
        row["share_pct"],
        row["industry_share_pct"],
        row["yoy_pp"],
        None if target is None else f"{goal}{w.short(target)}%（{row['target_year']}年）",
        row["gap_pp"],
        _share_light(row),
        "，".join(part for part in (STATES[row["status"]], *sources) if part),
    ]


def _share_light(row: Row) -> Light | None:
    if row["target_pct"] is None:
        return None
    if row["is_target_met"] is None:
        return Light("grey", "无法判断")
    if row["is_target_met"]:
        return Light("green", "已达目标")
    is_due = int(row["period"][:4]) >= row["target_year"]
    return Light("red", "到期未达") if is_due else Light("yellow", f"未达，{row['target_year']}年到期")


def _doubling(facts: Facts) -> Sheet:
    rows = newest_multiples(facts)
    base = next(((row["base_year"], row["end_year"], row["set_by"]) for row in rows), None)
    notes = (
        f"注：以{base[0]}年为基期、{base[1]}年翻一番（{base[2]}）。年初累计比基期同期，最近四个季度比基期全年；"
        "等比路径为2的（已历年数÷5）次方，线性路径为1＋已历年数÷5。营业收入没有可比价序列。"
        if base
        else "",
    )
    table = Table(
        _DOUBLING_COLUMNS,
        [_doubling_row(facts, row) for row in rows],
        title="最近一期",
        unit="亿元、%",
        notes=[note for note in notes if note],
        empty="没有可以计算倍增的数据。",
    )
    path = _path(facts)
    tables = (table, path) if path else (table,)
    return Sheet("制造业倍增", "制造业五年倍增进度", tables, sentences.doubling(facts), is_wide=True)


def _doubling_row(facts: Facts, row: Row) -> list[Any]:
    notes = (row["status_reason"], "模拟数据" if row["is_simulated"] else "")
    return [
        facts.label(row["area_code"]),
        f"{INDICATORS[row['indicator']]}（{row['scope']}）",
        PRICES[row["price_basis"]],
        MEASURES[row["measure"]],
        w.months_to(row["period"]) if row["measure"] == "ytd" else w.period(row["period"]),
        row["value_yi"],
        row["base_value_yi"],
        row["multiple"],
        row["geometric_path"],
        row["linear_path"],
        row["required_cagr_pct"],
        w.PATH_LIGHTS[row["status"]],
        "；".join(note for note in notes if note),
    ]


def _path(facts: Facts) -> Table | None:
    """The city's manufacturing revenue against the path, period by period (年初累计)."""
    rows = [
        row
        for row in multiples(facts)
        if (row["area_code"], row["indicator"], row["measure"])
        == (facts.home.code, "manufacturing_revenue", "ytd")
        and row["multiple"] is not None
    ]
    monthly = [row for row in rows if "-" in row["period"]]
    rows = monthly or [row for row in rows if "Q" in row["period"]] or rows
    if not rows:
        return None
    columns = (
        Column("期别", width=16),
        Column("倍数", "four"),
        Column("等比路径", "four"),
        Column("与路径差", "four"),
        Column("判断", "light"),
    )
    body = [
        [
            w.months_to(row["period"]),
            row["multiple"],
            row["geometric_path"],
            row["gap_to_path"],
            w.PATH_LIGHTS[row["status"]],
        ]
        for row in rows
    ]
    title = f"{facts.home.name}制造业营业收入（规上，现价，年初累计）为基期同期的倍数"
    chart = Chart(title, (1, 2), "line", unit="倍", digits=2, labels=1)
    return Table(columns, body, title=title, chart=chart)

"""县区赛马: size, speed and place of every unit, with the month before and the unit's own forecast."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fuyou_pipeline.briefing.facts import ZONES_NOTE, Facts
from fuyou_pipeline.briefing.figures import ranks, totals
from fuyou_pipeline.briefing.page.source import Row
from fuyou_pipeline.briefing.tables import Column, Sheet, Table

_INDICATORS = (
    "规模以上工业总产值",
    "规模以上工业营业收入",
    "规模以上工业利润总额",
    "工业投资",
    "新增规模以上工业企业数",
)
_MONITORED = dict(
    zip(_INDICATORS[:3], ("output_growth_pct", "revenue_growth_pct", "profit_growth_pct"), strict=True)
)
"""Growth of the whole city, which has no place among its units."""
_SIZE, _SPEED = "总量（累计）", "速度（同比）"
_COLUMNS = (
    Column("单位", width=25),
    Column("数值", "two", _SIZE),
    Column("位次", "rank", _SIZE),
    Column("上月位次", "rank", _SIZE),
    Column("位次↑↓", "change", _SIZE),
    Column("增速（%）", "percent", _SPEED),
    Column("位次", "rank", _SPEED),
    Column("上月位次", "rank", _SPEED),
    Column("位次↑↓", "change", _SPEED),
    Column("预报数", "two", "预报与实际（总量）"),
    Column("实际减预报", "two", "预报与实际（总量）"),
)


def sheets(facts: Facts) -> list[Sheet]:
    places = ranks(facts)
    tables = [
        _table(facts, places, indicator)
        for indicator in _INDICATORS
        if any(key[1] == indicator for key in places)
    ]
    if tables:
        notes = (
            "注：总量和营业收入、利润、产值速度为本部门监测数，工业投资速度为公布数；并列同位，▲前进、▼后退；"
            f"全市不排位。{ZONES_NOTE}",
        )
    else:
        notes = ("该月没有可以排名的数据。",)
    title = f"县区赛马（{facts.period.year}年{facts.period.cumulative}）"
    return [Sheet("县区赛马", title, tuple(tables), notes=notes)]


def _table(facts: Facts, places: dict[tuple[str, str, str, str, str], Row], indicator: str) -> Table:
    """Size, then speed and forecast as far as the indicator has them."""
    ours = {key: row for key, row in places.items() if key[1] == indicator}
    has_speed = any(key[2] == "速度" for key in ours)
    has_forecast = any(key[2] == "总量" and row["forecast_value"] is not None for key, row in ours.items())
    shown = 11 if has_forecast else 9 if has_speed else 5
    unit = next((row["unit"] for key, row in places.items() if key[1:3] == (indicator, "总量")), None)
    is_money = unit == "万元"
    rows = []
    for area in facts.units:
        size: Row = places.get((area.code, indicator, "总量", "全市", "cumulative"), {})
        speed: Row = places.get((area.code, indicator, "速度", "全市", "cumulative"), {})
        rows.append(
            [
                facts.label(area.code),
                _scaled(size.get("value"), is_money),
                *_places(size),
                speed.get("value"),
                *_places(speed),
                _scaled(size.get("forecast_value"), is_money),
                _scaled(size.get("forecast_gap"), is_money),
            ]
        )
    total = [row[1] for row in rows if row[1] is not None]
    city: list[Any] = ["全市", sum(total) if total else None, None, None, None]
    growth: Row = places.get((facts.home.code, indicator, "速度", "全省", "cumulative"), {})
    whole: Row = totals(facts).get((facts.home.code, "cumulative"), {})
    monitored = whole.get(_MONITORED.get(indicator, ""))
    city += [growth.get("value", monitored), None, None, None, None, None]
    columns = [
        replace(column, kind="count") if column.kind == "two" and not is_money else column
        for column in _COLUMNS
    ]
    units = [name for name in ("亿元" if is_money else unit, "%" if has_speed else None) if name]
    return Table(
        columns[:shown],
        [row[:shown] for row in (city, *rows)],
        title=f"{indicator}（{facts.period.year}年{facts.period.cumulative}）",
        unit="、".join(units),
        total_rows=1,
    )


def _places(row: Row) -> list[Any]:
    return [row.get("rank"), row.get("rank_before"), row.get("rank_change")]


def _scaled(value: Any, is_money: bool) -> Any:
    return value / 10000 if is_money and value is not None else value

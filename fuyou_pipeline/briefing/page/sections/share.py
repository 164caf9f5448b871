"""制造业占比: the share of manufacturing in GDP against its target, in current prices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fuyou_pipeline.briefing.page import wording as w
from fuyou_pipeline.briefing.page.parts import Block, Cell, Chart, Folded, Light, Section, Sentence, Table
from fuyou_pipeline.briefing.page.source import Row, Source

COLUMNS = (
    "area_code",
    "area_name",
    "frequency",
    "period",
    "gdp_yi",
    "industry_yi",
    "manufacturing_yi",
    "share_pct",
    "industry_share_pct",
    "yoy_pp",
    "target_pct",
    "target_comparator",
    "target_year",
    "gap_pp",
    "gap_note",
    "is_target_met",
    "maturity",
    "source_kind",
    "status",
    "set_by",
    "is_simulated",
)
STATES = {
    "computed": "按核算数计算",
    "published": "直接公布",
    "not_published": "未公布制造业",
    "no_data": "无数据",
}
_SOURCES = {"accounts": "核算表", "published": "公开发布"}
_HEADERS = (
    "地区",
    "期别",
    "地区生产总值",
    "工业增加值",
    "制造业增加值",
    "制造业占比",
    "工业占比（上限）",
    "同比",
    "目标",
    "差距",
    "状态",
    "来源",
)
_MOST_CHARTS = 3


def read(source: Source, columns: tuple[str, ...] = COLUMNS) -> list[Row]:
    rows = source.rows("mart_manufacturing_share", columns)
    return sorted(rows, key=lambda row: (source.areas.order(row["area_code"]), row["period"]))


def newest(source: Source) -> Row | None:
    """The city's newest year with a share, or else with the upper bound that industry's share is."""
    home = [r for r in read(source) if r["area_code"] == source.areas.home.code and r["frequency"] == "year"]
    for column in ("share_pct", "industry_share_pct"):
        if known := [row for row in home if row[column] is not None]:
            return known[-1]
    return home[-1] if home else None


def light(row: Row) -> Light:
    if row["is_target_met"] is None or row["target_year"] is None:
        return w.TARGET_LIGHTS["no_data"]
    if row["is_target_met"]:
        return Light("green", "已达目标")
    is_due = int(row["period"][:4]) >= row["target_year"]
    return Light("red", "到期未达") if is_due else Light("yellow", f"未达，{row['target_year']}年到期")


def headline(row: Row) -> str:
    """What is known of the share, in one sentence, with what the upper bound implies."""
    goal = _goal(row)
    when = w.period(row["period"])
    if row["share_pct"] is not None:
        text = f"{when}制造业增加值占地区生产总值{w.beside(row['share_pct'], row['target_pct'])}%"
        if row["gap_pp"] is not None:
            met = "达到" if row["is_target_met"] else "未达到"
            text += f"，{met}目标{goal}，差距{w.points(row['gap_pp']).text}"
        return text + "。"
    if row["industry_share_pct"] is None:
        return f"{when}未公布制造业增加值，占比无法判断，不以工业代替。"
    bound = f"工业占比{w.beside(row['industry_share_pct'], row['target_pct'])}%是制造业占比的上限"
    text = f"{when}未公布制造业增加值；{bound}"
    if row["target_pct"] is not None and row["industry_share_pct"] < row["target_pct"]:
        least = w.number(row["target_pct"] - row["industry_share_pct"], 2)
        text += f"，距目标{goal}至少还差{least}个百分点"
    return text + "。"


def section(source: Source) -> Section:
    rows = read(source)
    years = [row for row in rows if row["frequency"] == "year"]
    blocks: list[Block] = [Sentence(headline(row)) for row in [newest(source)] if row is not None]
    blocks.append(
        Sentence(
            "占比用现价计算；只公布工业增加值的地区不以工业代替制造业，工业占比只作上限列示。"
            "一至三季度与年度目标之差仅供参考。" + w.setters(rows, "目标与版本先后"),
            is_quiet=True,
        )
    )
    charted = [
        code
        for code in dict.fromkeys(row["area_code"] for row in years)
        if code == source.areas.home.code or source.areas.is_fictitious(code)
    ][:_MOST_CHARTS]
    blocks += [_chart(source, [row for row in years if row["area_code"] == code]) for code in charted]
    others = [row for row in _latest(years) if row["area_code"] not in charted]
    if others:
        blocks.append(_table("县区及可对照地区（最近一年）", others))
    quarters = [
        row for row in rows if row["frequency"] == "quarter" and source.areas.is_ours(row["area_code"])
    ]
    if quarters:
        blocks.append(Folded(_table(f"季度累计（{len(quarters)}行）", quarters)))
    return Section("share", "制造业占比", blocks)


def _latest(rows: list[Row]) -> list[Row]:
    """Each area's newest year in which anything is known."""
    kept: dict[str, Row] = {}
    for row in rows:
        if (
            row["industry_share_pct"] is not None
            or row["share_pct"] is not None
            or row["area_code"] not in kept
        ):
            kept[row["area_code"]] = row
    return list(kept.values())


def _chart(source: Source, rows: list[Row]) -> Chart:
    area = rows[0]["area_name"]
    target = next((row["target_pct"] for row in reversed(rows) if row["target_pct"] is not None), None)
    series: list[dict[str, Any]] = [
        {"name": "制造业占比", "values": [_float(row["share_pct"]) for row in rows]},
        {
            "name": "工业占比（上限）",
            "values": [_float(row["industry_share_pct"]) for row in rows],
            "is_bound": True,
        },
    ]
    spec = {
        "kind": "bars",
        "categories": [row["period"] for row in rows],
        "unit": "%",
        "digits": 1,
        "series": [one for one in series if any(value is not None for value in one["values"])],
        "target": None if target is None else {"value": float(target), "label": f"目标{_goal(rows[-1])}"},
    }
    title = f"{area}制造业、工业增加值占地区生产总值比重"
    return Chart(f"share-{rows[0]['area_code']}", title, _summary(rows), spec, _table(title, rows))


def _summary(rows: list[Row]) -> str:
    known = [row for row in rows if row["share_pct"] is not None]
    if known:
        return (
            "；".join(f"{w.period(r['period'])}{w.beside(r['share_pct'], r['target_pct'])}%" for r in known)
            + "。"
        )
    return "制造业增加值未公布，图中只有工业占比（上限）。"


def _goal(row: Row) -> str:
    if row["target_pct"] is None:
        return ""
    sign = {">": "＞", ">=": "≥"}.get(row["target_comparator"] or "", "")
    year = f"（{row['target_year']}年）" if row["target_year"] else ""
    return f"{sign}{w.short(row['target_pct'])}%{year}"


def _table(title: str, rows: list[Row]) -> Table:
    return Table(
        title, _HEADERS, [_row(row) for row in rows], "金额单位：亿元，现价。同比、差距单位：百分点。"
    )


def _row(row: Row) -> list[Cell]:
    gap = w.points(row["gap_pp"])
    note = f"（{row['gap_note']}）" if row["gap_note"] and row["gap_pp"] is not None else ""
    return [
        w.name(row["area_name"]),
        w.words(w.period(row["period"])),
        *(w.figure(row[column], 2) for column in ("gdp_yi", "industry_yi", "manufacturing_yi")),
        _share(row["share_pct"], row["target_pct"]),
        _share(row["industry_share_pct"], row["target_pct"]),
        w.points(row["yoy_pp"]),
        w.words(_goal(row)),
        Cell(gap.text + note, "number", is_negative=gap.is_negative),
        w.words(STATES[row["status"]]),
        w.words(
            "，".join(
                part
                for part in (
                    _SOURCES.get(row["source_kind"], row["source_kind"]),
                    row["maturity"],
                    "模拟数据" if row["is_simulated"] else "",
                )
                if part
            )
        ),
    ]


def _share(value: Decimal | None, target: Decimal | None) -> Cell:
    return Cell(w.MISSING if value is None else w.beside(value, target, 2) + "%", "number")


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)

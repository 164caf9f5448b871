"""工业运行: the month and the year so far, the city first, with places and against the province."""

from __future__ import annotations

from typing import Any

from fuyou_pipeline.briefing import sentences
from fuyou_pipeline.briefing.facts import ZONES_NOTE, Facts, yi
from fuyou_pipeline.briefing.figures import OPERATION_COLUMNS, OUTPUT, VALUE_ADDED, profit, ranks, totals
from fuyou_pipeline.briefing.page.source import Row
from fuyou_pipeline.briefing.page.wording import setters
from fuyou_pipeline.briefing.tables import Chart, Column, Sheet, Table


def sheets(facts: Facts) -> list[Sheet]:
    found = [_output(facts), _value_added(facts)]
    for breakdown, name in (("industry", "行业"), ("chain", "产业链")):
        found.append(_breakdown(facts, breakdown, name))
    return found


def _output(facts: Facts) -> Sheet:
    figures, places = totals(facts), ranks(facts)
    rows = [_unit_row(facts, area.code, figures, places) for area in facts.home_and_units]
    when = facts.period.cumulative
    columns = (
        Column("单位", width=25),
        Column("报送企业（家）", "count"),
        Column("本月", "two", "工业总产值（亿元）"),
        Column("累计", "two", "工业总产值（亿元）"),
        Column("累计同比（%）", "percent", "工业总产值（亿元）"),
        Column("位次", "rank", "工业总产值（亿元）"),
        Column("上月位次", "rank", "工业总产值（亿元）"),
        Column("位次↑↓", "change", "工业总产值（亿元）"),
        Column("累计", "two", "营业收入（亿元）"),
        Column("同比（%）", "percent", "营业收入（亿元）"),
        Column("累计", "two", "利润总额（亿元）"),
        Column("同比（%）或盈亏", "percent", "利润总额（亿元）", 13),
        Column("增长面（%）", "percent"),
        Column("亏损面（%）", "percent"),
        Column("停产（家）", "count"),
    )
    table = Table(
        columns,
        rows,
        unit="亿元、%、家",
        notes=(
            f"注：产值、营业收入、利润为本部门监测数，同比为报了上年同期数的同一批企业，不是统计公布数。{ZONES_NOTE}",
            "位次为累计同比在六个报送单位中的位次，并列同位；▲前进、▼后退。利润基数为负的只写扭亏、增亏、减亏。",
        ),
        chart=Chart(f"{facts.period.year}年{when}各单位规上工业总产值同比", (4,), unit="%"),
        total_rows=1,
    )
    return Sheet(
        "工业运行", f"{facts.period.year}年{when}规模以上工业运行情况", (table,), sentences.operation(facts)
    )


def _unit_row(
    facts: Facts,
    code: str,
    figures: dict[tuple[str, str], Row],
    places: dict[tuple[str, str, str, str, str], Row],
) -> list[Any]:
    so_far: Row = figures.get((code, "cumulative"), {})
    month: Row = figures.get((code, "month"), {})
    place: Row = places.get((code, OUTPUT, "速度", "全市", "cumulative"), {})
    return [
        facts.label(code),
        so_far.get("reporting_enterprises"),
        yi(month.get("output_wan")),
        yi(so_far.get("output_wan")),
        so_far.get("output_growth_pct"),
        place.get("rank"),
        place.get("rank_before"),
        place.get("rank_change"),
        yi(so_far.get("revenue_wan")),
        so_far.get("revenue_growth_pct"),
        yi(so_far.get("profit_wan")),
        profit(so_far),
        so_far.get("growing_pct"),
        so_far.get("loss_pct"),
        so_far.get("stopped_enterprises"),
    ]


def _value_added(facts: Facts) -> Sheet:
    """Growth as published, where the city stands in the province, and each unit in the city."""
    places = ranks(facts)
    indicators = (VALUE_ADDED, "工业投资", "工业技改投资")
    rows = []
    for area in facts.home_and_units:
        cells: list[Any] = [facts.label(area.code)]
        for indicator in indicators:
            scope = "全省" if area.code == facts.home.code else "全市"
            row = places.get((area.code, indicator, "速度", scope, "cumulative"), {})
            cells += [
                row.get("value"),
                row.get("against_province_pp"),
                row.get("rank"),
                row.get("rank_before"),
                row.get("rank_change"),
            ]
        rows.append(cells)
    headers = (
        ("同比（%）", "percent"),
        ("较全省±百分点", "points"),
        ("位次", "rank"),
        ("上月位次", "rank"),
        ("位次↑↓", "change"),
    )
    columns = [Column("单位", width=25)] + [
        Column(header, kind, indicator)  # type: ignore[arg-type]
        for indicator in indicators
        for header, kind in headers
    ]
    when = facts.period.cumulative
    table = Table(
        columns,
        rows,
        unit="%、百分点",
        notes=(
            "注：增速为统计部门公布的可比价增速，本部门不推算；全市的位次是全省位次，各单位的位次是全市位次。",
            ZONES_NOTE,
        ),
        chart=Chart(f"{facts.period.year}年{when}规上工业增加值同比（公布数）", (1,), unit="%"),
        total_rows=1,
    )
    title = f"{facts.period.year}年{when}工业增加值和投资增速（公布数）"
    return Sheet("增加值和投资增速", title, (table,), sentences.published(facts))


def _breakdown(facts: Facts, breakdown: str, name: str) -> Sheet:
    where = (
        f"period = '{facts.period.month}' and breakdown = '{breakdown}' and period_kind = 'cumulative'"
        f" and reporting_unit_code = '{facts.home.code}'"
    )
    found = sorted(
        facts.read("mart_operation_monthly", (*OPERATION_COLUMNS, "set_by"), where),
        key=lambda row: row["breakdown_code"],
    )
    whole = totals(facts).get((facts.home.code, "cumulative")) if found else None
    rows = [
        [
            row["breakdown_name"],
            row["reporting_enterprises"],
            yi(row["output_wan"]),
            row["output_growth_pct"],
            row["output_pull_pp"],
            yi(row["revenue_wan"]),
            row["revenue_growth_pct"],
            yi(row["profit_wan"]),
            profit(row),
            row["loss_pct"],
        ]
        for row in ([{**whole, "breakdown_name": "全市"}] if whole else []) + found
    ]
    columns = (
        Column(name, width=34),
        Column("企业（家）", "count"),
        Column("累计（亿元）", "two", "工业总产值"),
        Column("同比（%）", "percent", "工业总产值"),
        Column("拉动（百分点）", "points", "工业总产值"),
        Column("累计（亿元）", "two", "营业收入"),
        Column("同比（%）", "percent", "营业收入"),
        Column("累计（亿元）", "two", "利润总额"),
        Column("同比（%）或盈亏", "percent", "利润总额", 13),
        Column("亏损面（%）", "percent"),
    )
    order = (
        "行业按国民经济行业代码排列。"
        if breakdown == "industry"
        else "一户企业可在几条产业链，各链不能相加。" + setters(found, "产业链与行业的对应")
    )
    table = Table(
        columns,
        rows,
        unit="亿元、%、百分点、家",
        notes=(f"注：本部门监测数；拉动为对全市产值增速的拉动。{order}",),
        empty="该月没有数据。",
        total_rows=1 if whole else 0,
    )
    title = f"{facts.period.year}年{facts.period.cumulative}规模以上工业分{name}运行情况"
    return Sheet(f"工业运行（{name}）", title, (table,))

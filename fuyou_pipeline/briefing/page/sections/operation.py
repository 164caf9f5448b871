"""运行与赛马: output, revenue and profit of the units, and their places by size, speed and change."""

from __future__ import annotations

from fuyou_pipeline.briefing.page import wording as w
from fuyou_pipeline.briefing.page.parts import Block, Cell, Chart, Notice, Section, Sentence, Table
from fuyou_pipeline.briefing.page.source import NotThere, Row, Source

MONTHLY_COLUMNS = (
    "reporting_unit_code",
    "reporting_unit_name",
    "period",
    "reporting_enterprises",
    "output_wan",
    "output_growth_pct",
    "output_pull_pp",
    "revenue_wan",
    "revenue_growth_pct",
    "profit_wan",
    "profit_growth_pct",
    "profit_change",
    "growing_pct",
    "loss_pct",
    "stopped_enterprises",
    "value_added_growth_pct",
    "figure_basis",
)
RANK_COLUMNS = (
    "area_code",
    "area_name",
    "period",
    "period_kind",
    "indicator",
    "aspect",
    "rank_scope",
    "value",
    "unit",
    "rank",
    "is_tied",
    "ranked_areas",
    "rank_change",
    "forecast_gap",
    "source_kind",
)
ASPECTS = ("总量", "速度")
_FIRST = ("规模以上工业增加值", "规模以上工业总产值", "规模以上工业营业收入", "规模以上工业利润总额")


def section(source: Source) -> Section:
    blocks: list[Block] = []
    for part in (_monthly, _ranking):
        try:
            blocks += part(source)
        except NotThere as error:
            blocks.append(Notice(str(error)))
    return Section("operation", "运行与赛马", blocks)


def monthly(source: Source) -> list[Row]:
    """Cumulative figures of the newest month, the city first."""
    rows = source.rows(
        "mart_operation_monthly", MONTHLY_COLUMNS, "breakdown = 'total' and period_kind = 'cumulative'"
    )
    rows = [row for row in rows if source.areas.is_ours(row["reporting_unit_code"])]
    newest = max((row["period"] for row in rows), default=None)
    return sorted(
        (row for row in rows if row["period"] == newest),
        key=lambda row: source.areas.order(row["reporting_unit_code"]),
    )


def _monthly(source: Source) -> list[Block]:
    rows = monthly(source)
    if not rows:
        return [Notice("没有收到企业月报，不能显示月度运行。")]
    home = source.areas.home
    when = w.months_to(rows[0]["period"])
    body = [
        [
            w.name("全市" if row["reporting_unit_code"] == home.code else row["reporting_unit_name"]),
            w.figure(row["reporting_enterprises"]),
            w.figure(_yi(row["output_wan"]), 2),
            w.figure(row["output_growth_pct"], 1, "%"),
            w.points(row["output_pull_pp"]),
            w.figure(_yi(row["revenue_wan"]), 2),
            w.figure(row["revenue_growth_pct"], 1, "%"),
            w.figure(_yi(row["profit_wan"]), 2),
            w.words(row["profit_change"])
            if row["profit_growth_pct"] is None
            else w.figure(row["profit_growth_pct"], 1, "%"),
            w.figure(row["growing_pct"], 1, "%"),
            w.figure(row["loss_pct"], 1, "%"),
            w.figure(row["stopped_enterprises"]),
        ]
        for row in rows
    ]
    headers = (
        *("单位", "报送企业（户）", "产值（亿元）", "产值同比", "拉动全市", "营业收入（亿元）", "收入同比"),
        *("利润（亿元）", "利润同比", "增长面", "亏损面", "停产（户）"),
    )
    basis = rows[0]["figure_basis"] or "本部门监测数"
    table = Table(
        f"{when}规上工业运行", headers, body, f"{basis}；同比为报了上年同期数的同一批企业。", is_narrow=True
    )
    units = [row for row in rows if row["reporting_unit_code"] != home.code]
    spec = {
        "kind": "bars",
        "categories": [source.areas.short(row["reporting_unit_code"]) for row in units],
        "unit": "%",
        "digits": 1,
        "series": [{"name": "产值同比", "values": [_float(row["output_growth_pct"]) for row in units]}],
        "target": next(
            (
                {
                    "value": _float(row["output_growth_pct"]),
                    "label": f"全市{w.number(row['output_growth_pct'], 1)}%",
                }
                for row in rows
                if row["reporting_unit_code"] == home.code and row["output_growth_pct"] is not None
            ),
            None,
        ),
    }
    sentence = _sentence(source, rows, when)
    return [
        Sentence(sentence),
        Chart("operation-growth", f"{when}各单位规上工业总产值同比", sentence, spec, table),
    ]


def _sentence(source: Source, rows: list[Row], when: str) -> str:
    city = [row for row in rows if row["reporting_unit_code"] == source.areas.home.code]
    if not city:
        return f"{when}，全市合计没有数据。"
    row = city[0]
    text = f"{when}，全市规上工业总产值{w.number(_yi(row['output_wan']), 2)}亿元"
    if row["output_growth_pct"] is not None:
        rose = "增长" if row["output_growth_pct"] >= 0 else "下降"
        text += f"，同比{rose}{w.number(abs(row['output_growth_pct']), 1)}%"
    if row["value_added_growth_pct"] is not None:
        text += f"；规上工业增加值同比{w.number(row['value_added_growth_pct'], 1)}%（公布数）"
    return text + "（产值为本部门监测数）。"


def _ranking(source: Source) -> list[Block]:
    rows = source.rows("mart_area_ranking", RANK_COLUMNS, "period_kind <> 'month'")
    ours = {unit.code for unit in source.areas.units}
    inside = [
        r
        for r in rows
        if r["area_code"] in ours and r["rank_scope"] == "全市" and r["source_kind"] == "monitored"
    ]
    blocks: list[Block] = [
        _unit_table(source, inside, name)
        for name in sorted({r["indicator"] for r in inside}, key=_indicator_order)
    ]
    outside = [
        r for r in rows if r["area_code"] == source.areas.home.code and r["source_kind"] == "published"
    ]
    if outside:
        blocks.append(_city_table(outside))
    return blocks or [Notice("没有可以排名的数据。")]


def _indicator_order(indicator: str) -> tuple[int, str]:
    return (_FIRST.index(indicator) if indicator in _FIRST else len(_FIRST)), indicator


def _newest(rows: list[Row]) -> list[Row]:
    period = max(row["period"] for row in rows)
    return [row for row in rows if row["period"] == period]


def _unit_table(source: Source, rows: list[Row], indicator: str) -> Table:
    """Units in fixed order; each aspect with its value, place and change of place."""
    found = _newest([row for row in rows if row["indicator"] == indicator])
    by_key = {(row["area_code"], row["aspect"]): row for row in found}
    aspects = [aspect for aspect in ASPECTS if any(row["aspect"] == aspect for row in found)]
    body = []
    for unit in source.areas.units:
        cells = [w.name(unit.name)]
        for aspect in aspects:
            row = by_key.get((unit.code, aspect))
            cells += [_value(row), _place(row), w.change(row["rank_change"] if row else None)]
        body.append(cells)
    headers = ["单位", *(part for aspect in aspects for part in (aspect, "位次", "较上期"))]
    period = found[0]["period"]
    title = f"赛马：{indicator}（{w.months_to(period)}）"
    return Table(title, headers, body, "监测数，并列同位；▲前进、▼后退。", is_narrow=True)


def _city_table(rows: list[Row]) -> Table:
    """The city's published ranks, newest of each indicator."""
    body = []
    for indicator, aspect, scope in sorted({(r["indicator"], r["aspect"], r["rank_scope"]) for r in rows}):
        row = _newest(
            [r for r in rows if (r["indicator"], r["aspect"], r["rank_scope"]) == (indicator, aspect, scope)]
        )[0]
        body.append(
            [
                w.name(f"{indicator}{aspect}"),
                w.words(w.months_to(row["period"])),
                _value(row),
                w.words(scope),
                _place(row),
                w.change(row["rank_change"]),
            ]
        )
    headers = ("指标", "期别", "数值", "范围", "位次", "较上期")
    return Table("全市在全省、皖北的位次（公布数）", headers, body, is_narrow=True)


def _value(row: Row | None) -> Cell:
    if row is None or row["value"] is None:
        return Cell(w.MISSING, "number")
    if row["unit"] == "万元":
        return w.figure(_yi(row["value"]), 2, "亿元")
    return w.figure(row["value"], 0 if row["unit"] in ("家", "户") else 1, row["unit"] or "")


def _place(row: Row | None) -> Cell:
    if row is None or row["rank"] is None:
        return Cell(w.MISSING, "number")
    return Cell(f"{row['rank']}{'（并列）' if row['is_tied'] else ''}", "number")


def _yi(value: object) -> object:
    """万元 to 亿元."""
    from decimal import Decimal

    return None if value is None else Decimal(str(value)) / 10000


def _float(value: object) -> float | None:
    return None if value is None else float(str(value))

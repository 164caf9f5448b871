"""倍增: the multiple of the base year against both paths, by both measures, nominal and real."""

from __future__ import annotations

from fuyou_pipeline.briefing.page import wording as w
from fuyou_pipeline.briefing.page.parts import Block, Cell, Chart, Notice, Section, Sentence, Table
from fuyou_pipeline.briefing.page.source import Row, Source

COLUMNS = (
    "area_code",
    "area_name",
    "indicator",
    "scope",
    "price_basis",
    "measure",
    "period",
    "value_yi",
    "base_value_yi",
    "base_year",
    "end_year",
    "elapsed_years",
    "multiple",
    "geometric_path",
    "linear_path",
    "gap_to_path",
    "required_cagr_pct",
    "status",
    "status_reason",
    "set_by",
    "is_simulated",
)
INDICATORS = {"manufacturing_revenue": "制造业营业收入", "manufacturing_value_added": "制造业增加值"}
PRICES = {"nominal": "现价", "real": "可比价"}
MEASURES = {"ytd": "年初累计", "ttm": "最近四个季度"}
_HEADERS = (
    "口径",
    "期别",
    "本期数（亿元）",
    "基期数（亿元）",
    "倍数",
    "等比路径",
    "线性路径",
    "与等比路径差",
    "余期年均需增",
    "判断",
    "说明",
)


WITH_TARGET = "not (status = 'not_applicable' and multiple is not null)"
"""Without the areas that have no target of their own: their multiples are there for comparison only."""


def read(source: Source) -> list[Row]:
    rows = source.rows("mart_doubling", COLUMNS, WITH_TARGET)
    order = (list(INDICATORS), list(PRICES), list(MEASURES))
    return sorted(
        rows,
        key=lambda row: (
            source.areas.order(row["area_code"]),
            order[0].index(row["indicator"]),
            order[1].index(row["price_basis"]),
            order[2].index(row["measure"]),
            row["elapsed_years"],
            row["period"],
        ),
    )


def section(source: Source) -> Section:
    rows = read(source)
    if not rows:
        return Section("doubling", "五年倍增", [Notice("没有可以计算倍增的数据。")])
    base, end, set_by = rows[0]["base_year"], rows[0]["end_year"], rows[0]["set_by"]
    blocks: list[Block] = [
        Sentence(
            f"以{base}年为基期、{end}年翻一番（{set_by}：文件没有写明基期和价格口径）。"
            "年初累计比基期同期，最近四个季度比基期全年；等比路径为2的（已历年数÷5）次方，线性路径为1＋已历年数÷5。"
            "营业收入没有可比价序列；增加值可比价用公布的实际增速连乘。",
            is_quiet=True,
        )
    ]
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["area_code"], row["indicator"]), []).append(row)
    for (area, indicator), found in groups.items():
        title = f"{found[0]['area_name']}{INDICATORS[indicator]}（{found[0]['scope']}）"
        known = [row for row in found if row["multiple"] is not None]
        if known:
            chart_id = f"doubling-{area}-{'revenue' if indicator.endswith('revenue') else 'value'}"
            blocks.append(_chart(chart_id, title, known, end - base))
        else:
            reasons = list(
                dict.fromkeys(r["status_reason"] for r in reversed(found) if r["status"] == "no_data")
            )
            blocks.append(Notice(f"{title}：无法判断。{reasons[0] if reasons else '没有数据'}。"))
    return Section("doubling", "五年倍增", blocks)


def latest(rows: list[Row]) -> list[Row]:
    """The newest judged row of each price basis and measure."""
    kept: dict[tuple[str, str, str, str], Row] = {}
    for row in rows:
        if row["multiple"] is not None:
            kept[(row["area_code"], row["indicator"], row["price_basis"], row["measure"])] = row
    return list(kept.values())


def _chart(chart_id: str, title: str, rows: list[Row], years: int) -> Chart:
    series = []
    for price, price_name in PRICES.items():
        for measure, measure_name in MEASURES.items():
            found = [r for r in rows if r["price_basis"] == price and r["measure"] == measure]
            if found:
                points = [[float(row["elapsed_years"]), float(row["multiple"])] for row in found]
                series.append({"name": f"{price_name}，{measure_name}", "points": points})
    spec = {
        "kind": "paths",
        "unit": "倍",
        "years": years,
        "base_year": rows[0]["base_year"],
        "digits": 2,
        "series": series,
    }
    summary = "；".join(
        f"{w.period(row['period'])}{PRICES[row['price_basis']]}{MEASURES[row['measure']]}"
        f"{_beside_path(row)}倍，路径{w.number(row['geometric_path'], 2)}倍，"
        f"{w.PATH_LIGHTS[row['status']].word}"
        for row in latest(rows)
    )
    body = [_row(row) for row in rows]
    table = Table(f"{title}倍增", _HEADERS, body, "倍数都对基期；负的差距为落后于等比路径。")
    return Chart(
        chart_id, f"{title}：倍数与两条路径", summary + "。", spec, table, is_table_open=len(body) <= 12
    )


def _beside_path(row: Row) -> str:
    return w.beside(row["multiple"], row["geometric_path"], 2)


def _row(row: Row) -> list[Cell]:
    basis = f"{PRICES[row['price_basis']]}，{MEASURES[row['measure']]}"
    notes = [row["status_reason"], "模拟数据" if row["is_simulated"] else None]
    return [
        w.name(basis),
        w.words(w.period(row["period"])),
        w.figure(row["value_yi"], 2),
        w.figure(row["base_value_yi"], 2),
        Cell(_beside_path(row), "number"),
        w.figure(row["geometric_path"], 4),
        w.figure(row["linear_path"], 4),
        w.figure(row["gap_to_path"], 4),
        w.figure(row["required_cagr_pct"], 1, "%"),
        w.verdict(w.PATH_LIGHTS[row["status"]]),
        w.words("；".join(note for note in notes if note)),
    ]

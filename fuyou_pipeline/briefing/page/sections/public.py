"""The public page's own sections: aggregates with small cells suppressed, no firm anywhere."""

from __future__ import annotations

from fuyou_pipeline.briefing.page import wording as w
from fuyou_pipeline.briefing.page.parts import Block, Cell, Folded, Notice, Section, Sentence, Table
from fuyou_pipeline.briefing.page.schemes import SchemeNames
from fuyou_pipeline.briefing.page.source import Row, Source

CLASS_COLUMNS = ("scheme", "data_year", "public_area", "public_class", "public_enterprises", "is_suppressed")
INDUSTRY_COLUMNS = (
    "data_year",
    "public_area",
    "public_industry",
    "public_enterprises",
    "revenue_wan_total",
    "tax_paid_wan_total",
    "employees_average_total",
    "is_suppressed",
)
TOTAL = "全部"
_HIDDEN = "隐去"
_NOTE = f"“{_HIDDEN}”：少于3户或一户占八成以上的格，以及为防倒推一并隐去的格，不等于零。"


def classes(source: Source, names: SchemeNames) -> Section:
    """亩均 A/B/C/D by county, suppressed."""
    rows = source.rows("mart_public_mu_class", CLASS_COLUMNS)
    blocks: list[Block] = []
    for scheme, year in sorted({(row["scheme"], row["data_year"]) for row in rows}):
        found = {
            (r["public_area"], r["public_class"]): r
            for r in rows
            if (r["scheme"], r["data_year"]) == (scheme, year)
        }
        kinds = sorted({c for _, c in found}, key=lambda c: (c == TOTAL, c))
        body = [
            [w.name(_area(source, area)), *(_count(found.get((area, kind))) for kind in kinds)]
            for area in sorted({a for a, _ in found}, key=lambda a: (a != TOTAL, source.areas.order(a)))
        ]
        headers = ("地区", *("合计（户）" if kind == TOTAL else f"{kind}类（户）" for kind in kinds))
        blocks.append(Table(f"{names.title(scheme)}（{year}年度数据）", headers, body, _NOTE, is_narrow=True))
    return Section("mu", "亩均效益评价", blocks or [Notice("没有可以公开的评价结果。")])


def industries(source: Source) -> Section:
    """Firms above the threshold by industry, newest year, suppressed; counties folded."""
    rows = source.rows("mart_public_industry", INDUSTRY_COLUMNS)
    if not rows:
        return Section("industry", "规模以上工业", [Notice("没有可以公开的数据。")])
    names = {
        r["industry_code"]: r["industry_name"]
        for r in source.rows("dim_industry", ("industry_code", "industry_name"))
    }
    year = max(row["data_year"] for row in rows)
    rows = [row for row in rows if row["data_year"] == year]
    areas = sorted({row["public_area"] for row in rows}, key=lambda a: (a != TOTAL, source.areas.order(a)))
    blocks: list[Block] = [Sentence(_NOTE, is_quiet=True)]
    for area in areas:
        found = sorted(
            (row for row in rows if row["public_area"] == area),
            key=lambda row: (row["public_industry"] != TOTAL, row["public_industry"]),
        )
        table = _industry_table(f"{_area(source, area)}规上工业分行业（{year}年）", found, names)
        blocks.append(table if area == TOTAL else Folded(table))
    return Section("industry", "规模以上工业", blocks)


def _industry_table(title: str, rows: list[Row], names: dict[str, str]) -> Table:
    headers = ("行业大类", "企业（户）", "营业收入（万元）", "入库税收（万元）", "平均用工（人）")
    sums = ("revenue_wan_total", "tax_paid_wan_total", "employees_average_total")
    body = [
        [
            w.name(
                TOTAL
                if r["public_industry"] == TOTAL
                else names.get(r["public_industry"], r["public_industry"])
            ),
            _count(r),
            *(_sum(r, column) for column in sums),
        ]
        for r in rows
    ]
    return Table(title, headers, body, is_narrow=True)


def _area(source: Source, area: str) -> str:
    return "合计" if area == TOTAL else source.areas.name(area)


def _count(row: Row | None) -> Cell:
    if row is not None and row["public_enterprises"] is None and row["is_suppressed"]:
        return Cell(_HIDDEN, "number")
    return w.figure(None if row is None else row["public_enterprises"])


def _sum(row: Row, column: str) -> Cell:
    if row[column] is None and row["is_suppressed"]:
        return Cell(_HIDDEN, "number")
    return w.figure(row[column], 1)

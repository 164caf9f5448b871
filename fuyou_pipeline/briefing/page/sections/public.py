"""The public page's own sections: aggregates with small cells suppressed, no firm anywhere."""

from __future__ import annotations

from fuyou_pipeline.briefing.page import wording as w
from fuyou_pipeline.briefing.page.parts import (
    Block,
    Cell,
    Folded,
    Light,
    Notice,
    Section,
    Sentence,
    Table,
)
from fuyou_pipeline.briefing.page.schemes import SchemeNames
from fuyou_pipeline.briefing.page.sections import pools, targets
from fuyou_pipeline.briefing.page.source import Row, Source

TARGET_COLUMNS = (
    "target_id",
    "area_code",
    "area_name",
    "period",
    "programme",
    "indicator",
    "comparator",
    "target_value",
    "target_upper",
    "target_date",
    "unit",
    "expected_value",
    "actual_value",
    "achieved_pct",
    "status",
    "oddity",
    "source_clause",
    "is_suppressed",
)
POOL_COLUMNS = ("month", "public_area", "public_pool", "public_enterprises", "is_suppressed")
SUPPORT_COLUMNS = ("month", "public_area", "public_support", "public_enterprises", "is_suppressed")
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
_NOT_SHOWN = Light("grey", "不公开")
_SUPPORT = ("已包保", "未包保")
_NOTE = f"“{_HIDDEN}”：少于3户或一户占八成以上的格，以及为防倒推一并隐去的格，不等于零。"


def goals(source: Source) -> Section:
    """Lights of the city's targets; a result that rests on too few firms is not shown."""
    rows = [
        row
        for row in source.rows("mart_public_target", TARGET_COLUMNS, order="target_id, area_code, period")
        if source.areas.is_ours(row["area_code"])
    ]
    if not rows:
        return Section("targets", "目标灯", [Notice("没有可以公开的目标。")])
    known = [row for row in rows if row["status"] not in (None, "no_data")]
    rest = [row for row in rows if row["status"] in (None, "no_data")]
    blocks: list[Block] = [
        Sentence(
            "红：滞后或到期未完成；黄：达到进度，但目标口径在文件中未写明；绿：完成或达到序时进度；"
            "灰：没有数据，或企业少于3户、由企业数汇总而不公开。比较都用未取整的数。",
            is_quiet=True,
        ),
        targets.count(row for row in rows if not row["is_suppressed"]),
    ]
    if known:
        blocks.append(_goal_table("已有结果的目标", known))
    if rest:
        blocks.append(Folded(_goal_table(f"尚无数据或不公开的目标（{len(rest)}项）", rest)))
    return Section("targets", "目标灯", blocks)


def _goal_table(title: str, rows: list[Row]) -> Table:
    headers = ("目标", "责任范围", "判断", "目标值", "此时应达", "实际", "完成率", "期别", "出处")
    body = [
        [
            w.name(row["indicator"]),
            w.words(row["area_name"]),
            w.verdict(_NOT_SHOWN if row["is_suppressed"] else targets.light(row)),
            w.words(w.aim(row)),
            targets.expected(row),
            Cell(_HIDDEN, "number") if row["is_suppressed"] else _actual(row),
            w.figure(row["achieved_pct"], 1, "%"),
            w.words(w.target_period(row)),
            w.words(f"{row['programme']}{row['source_clause'] or ''}"),
        ]
        for row in rows
    ]
    return Table(title, headers, body)


def _actual(row: Row) -> Cell:
    return targets.actual({**row, "actual_on": None})


def members(source: Source) -> Section:
    """Firms in the pools and firms looked after by officials, newest month, suppressed."""
    found = _newest(source.rows("mart_public_pool", POOL_COLUMNS))
    cared = _newest(source.rows("mart_public_support", SUPPORT_COLUMNS))
    blocks: list[Block] = []
    if found:
        names = {**pools.POOLS, TOTAL: "合计（户次）"}
        kinds = [TOTAL, *(pool for pool in pools.POOLS if any(r["public_pool"] == pool for r in found))]
        blocks.append(_by_area(source, "各库户数", found, "public_pool", kinds, names))
    if cared:
        blocks.append(
            _by_area(source, "包保户数", cared, "public_support", [TOTAL, *_SUPPORT], {TOTAL: "应包保（户）"})
        )
    return Section("pools", "各库与包保", blocks or [Notice("没有可以公开的数据。")])


def _newest(rows: list[Row]) -> list[Row]:
    month = max((row["month"] for row in rows), default=None)
    return [row for row in rows if row["month"] == month]


def _by_area(
    source: Source, title: str, rows: list[Row], column: str, kinds: list[str], names: dict[str, str]
) -> Table:
    cells = {(r["public_area"], r[column]): r for r in rows}
    body = [
        [w.name(_area(source, area)), *(_count(cells.get((area, kind))) for kind in kinds)]
        for area in sorted({a for a, _ in cells}, key=lambda a: (a != TOTAL, source.areas.order(a)))
    ]
    headers = ("单位", *(names.get(kind, kind) for kind in kinds))
    note = _NOTE if any(cell["is_suppressed"] for cell in cells.values()) else ""
    return Table(f"{title}（{w.period(rows[0]['month'])}）", headers, body, note, is_narrow=True)


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
    return Section(
        "mu",
        "亩均效益评价",
        blocks or [Notice("没有可以公开的评价结果：只公开正式评价，试评、示例方案的结果不公开。")],
    )


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
        table = _industry_table(
            f"{'全市' if area == TOTAL else _area(source, area)}规上工业分行业（{year}年）", found, names
        )
        blocks.append(table if area == TOTAL else Folded(table))
    return Section("industry", "规模以上工业", blocks)


def _industry_table(title: str, rows: list[Row], names: dict[str, str]) -> Table:
    headers = ("行业大类", "企业（户）", "营业收入（万元）", "入库税收（万元）", "平均用工（人）")
    sums = {"revenue_wan_total": 1, "tax_paid_wan_total": 1, "employees_average_total": 0}
    body = [
        [
            w.name(
                TOTAL
                if r["public_industry"] == TOTAL
                else names.get(r["public_industry"], r["public_industry"])
            ),
            _count(r),
            *(_sum(r, column, digits) for column, digits in sums.items()),
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


def _sum(row: Row, column: str, digits: int) -> Cell:
    if row[column] is None and row["is_suppressed"]:
        return Cell(_HIDDEN, "number")
    return w.figure(row[column], digits)

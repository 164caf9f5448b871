"""亩均评价: firms of each class by county and by industry, and which scheme says so."""

from __future__ import annotations

from collections import Counter

from fuyou_pipeline.briefing.page import wording as w
from fuyou_pipeline.briefing.page.parts import Block, Cell, Chart, Folded, Notice, Section, Sentence, Table
from fuyou_pipeline.briefing.page.schemes import SchemeNames
from fuyou_pipeline.briefing.page.source import NotThere, Row, Source

COUNT_COLUMNS = (
    "scheme",
    "data_year",
    "scheme_group",
    "area_code",
    "class",
    "enterprises",
    "share_pct",
    "scheme_status",
    "is_simulated",
)
SCORE_COLUMNS = (
    "scheme",
    "data_year",
    "scheme_group",
    "enterprise_id",
    "enterprise_name",
    "reporting_unit_code",
    "industry_code",
    "total_score",
    "rank",
    "participants",
    "final_class",
    "class_reason",
    "evaluated_as",
)
_CLASSES = ("A", "B", "C", "D", "T")
_STATUS = {"official": "官方", "placeholder": "占位", "example": "示例"}
_PARTS = {"weights": "权重", "bases": "基准", "tiers": "分档", "vetoes": "否决", "ungraded": "不参评"}


def section(source: Source, names: SchemeNames) -> Section:
    rows = source.rows("mart_mu_class_count", COUNT_COLUMNS)
    blocks: list[Block] = []
    for scheme in _chosen(source, rows):
        blocks += _scheme(source, names, [row for row in rows if row["scheme"] == scheme])
    left_out = sorted({row["scheme"] for row in rows} - set(_chosen(source, rows)))
    if left_out:
        listed = "、".join(names.title(scheme) for scheme in left_out)
        blocks.append(
            Sentence(f"本发布版中还有其他方案的结果：{listed}，见数据表 mart_mu_class_count。", is_quiet=True)
        )
    return Section("mu", "亩均效益评价", blocks or [Notice("没有评价结果。")])


def status_words(status: str) -> str:
    """``placeholder`` 占位; ``weights=example,tiers=official`` 权重示例、分档官方."""
    if "=" not in status:
        return _STATUS.get(status, status)
    parts = (part.split("=", 1) for part in status.split(","))
    return "、".join(f"{_PARTS.get(part, part)}{_STATUS.get(kind, kind)}" for part, kind in parts)


def classes_in(rows: list[Row], column: str = "class") -> list[str]:
    """Classes in order: A to D, then what is not graded, then any other."""
    found = {row[column] for row in rows}
    return [c for c in _CLASSES if c in found] + sorted(c for c in found if c and c not in _CLASSES)


def _chosen(source: Source, rows: list[Row]) -> list[str]:
    """The city's own schemes if there are any (those with its total), else all."""
    own = {row["scheme"] for row in rows if row["area_code"] == source.areas.home.code}
    return sorted(own or {row["scheme"] for row in rows})


def _scheme(source: Source, names: SchemeNames, rows: list[Row]) -> list[Block]:
    scheme = rows[0]["scheme"]
    year = max(row["data_year"] for row in rows)
    rows = [row for row in rows if row["data_year"] == year]
    status = rows[0]["scheme_status"]
    blocks: list[Block] = [
        Sentence(f"{names.title(scheme)}，{year}年度数据。方案性质：{status_words(status)}。")
    ]
    if status != "official":
        blocks.append(
            Notice(
                "这个方案不全是官方方案：凡标为占位、示例的部分都不是文件规定，结果只供演示和试算，不得据此兑现政策。"
            )
        )
    for group in sorted({row["scheme_group"] for row in rows}):
        found = [row for row in rows if row["scheme_group"] == group]
        title = f"{names.group(scheme, group)}（{year}年度）"
        blocks.append(_by_area(source, f"mu-{scheme}-{group}", title, found))
    try:
        scores = source.rows("mart_mu_score", SCORE_COLUMNS, f"data_year = {int(year)}")
        industries = {
            row["industry_code"]: row["industry_name"]
            for row in source.rows("dim_industry", ("industry_code", "industry_name"))
        }
    except NotThere as error:
        return [*blocks, Notice(str(error))]
    scores = [row for row in scores if row["scheme"] == scheme and row["final_class"] is not None]
    units = [row for row in scores if row["evaluated_as"] in (None, row["enterprise_id"])]
    # A scheme that ranks areas has neither industries nor firms at the bottom of a list.
    firms = [row for row in units if row["industry_code"]]
    if firms:
        blocks += [_by_industry(f"mu-{scheme}-industry", firms, industries), *_lowest(source, names, scores)]
    return blocks


def _by_area(source: Source, chart_id: str, title: str, rows: list[Row]) -> Chart:
    classes = classes_in(rows)
    counts = {(row["area_code"], row["class"]): row for row in rows}
    codes = sorted({row["area_code"] for row in rows}, key=source.areas.order)
    body = [[w.name(source.areas.name(code)), *_counts(counts, code, classes)] for code in codes]
    headers = ["地区", "合计（户）", *(part for c in classes for part in (f"{c}类（户）", f"{c}类占比"))]
    series = [
        {"name": f"{c}类", "class": c, "values": [_enterprises(counts, code, c) for code in codes]}
        for c in classes
    ]
    spec = {
        "kind": "stacks",
        "categories": [source.areas.short(code) for code in codes],
        "unit": "户",
        "digits": 0,
        "series": series,
    }
    summary = "；".join(
        f"{source.areas.name(code)}" + "、".join(f"{c}类{_enterprises(counts, code, c)}户" for c in classes)
        for code in codes[:1]
    )
    table = Table(f"{title}分地区档次", headers, body, "合并评价的算一户。", is_narrow=True)
    return Chart(
        chart_id, f"{title}各档户数，分地区", summary + "。", spec, table, height=90 + 44 * len(codes)
    )


def _enterprises(counts: dict[tuple[str, str], Row], code: str, class_: str) -> int:
    return int(counts[(code, class_)]["enterprises"]) if (code, class_) in counts else 0


def _counts(counts: dict[tuple[str, str], Row], code: str, classes: list[str]) -> list[Cell]:
    cells = [w.figure(sum(_enterprises(counts, code, c) for c in classes))]
    for class_ in classes:
        row = counts.get((code, class_))
        cells.append(w.figure(_enterprises(counts, code, class_)))
        cells.append(w.figure(row["share_pct"], 1, "%") if row else Cell(w.MISSING, "number"))
    return cells


def _by_industry(chart_id: str, rows: list[Row], industries: dict[str, str]) -> Chart:
    classes = classes_in(rows, "final_class")
    counts = Counter((row["industry_code"][:2], row["final_class"]) for row in rows)
    codes = sorted({code for code, _ in counts})
    body = [
        [
            w.name(f"{code} {industries.get(code, '')}".strip()),
            w.figure(sum(counts[(code, c)] for c in classes)),
            *(w.figure(counts[(code, c)]) for c in classes),
        ]
        for code in codes
    ]
    spec = {
        "kind": "stacks",
        "categories": [industries.get(code, code) for code in codes],
        "unit": "户",
        "digits": 0,
        "series": [
            {"name": f"{c}类", "class": c, "values": [counts[(code, c)] for code in codes]} for c in classes
        ],
    }
    headers = ["行业大类", "合计（户）", *(f"{c}类（户）" for c in classes)]
    table = Table("各行业档次（各组合计）", headers, body, "合并评价的算一户。")
    summary = f"共{len(rows)}户，分布在{len(codes)}个行业大类，按行业代码排列。"
    return Chart(
        chart_id,
        "各档户数，分行业（各组合计）",
        summary,
        spec,
        table,
        height=80 + 22 * len(codes),
        is_table_open=False,
    )


def _lowest(source: Source, names: SchemeNames, rows: list[Row]) -> list[Block]:
    found = [row for row in rows if row["final_class"] == "D"]
    found.sort(
        key=lambda r: (
            source.areas.order(r["reporting_unit_code"]),
            r["scheme_group"],
            r["rank"] or 0,
            r["enterprise_id"],
        )
    )
    body = [
        [
            w.name(row["enterprise_name"]),
            w.words(source.areas.name(row["reporting_unit_code"])),
            w.words(names.group(row["scheme"], row["scheme_group"])),
            w.figure(row["total_score"], 2),
            w.words(f"{row['rank']}/{row['participants']}" if row["rank"] is not None else None),
            w.words(row["class_reason"]),
        ]
        for row in found
    ]
    headers = ("企业", "属管单位", "评价组", "总分", "名次", "档次说明")
    return [Folded(Table(f"D类企业名单（{len(body)}户）", headers, body))] if body else []

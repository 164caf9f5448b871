"""The account of a score and of a trial in plain Chinese lines, as an enterprise may be shown them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

Row = dict[str, Any]

STATUS = {"official": "官方", "placeholder": "占位（非官方）", "example": "示例（非官方）"}
PARTS = {"weights": "权重", "bases": "基准", "tiers": "分档", "vetoes": "否决", "ungraded": "不参评"}
SOURCES = {
    "declared": "企业申报",
    "administrative": "部门行政记录",
    "statistics": "统计",
    "social_security": "社保",
    "register": "名录",
    "objection": "异议核定",
    "mixed": "各企业来源不一",
}
METHODS = {
    "annual": "年报",
    "year_to_date": "年末累计",
    "quarters": "四季相加",
    "months": "十二个月相加",
    "given": "直接给出",
    "income": "收入法",
    "income_short": "简化收入法",
    "rate": "按行业增加值率推算",
    "from_carriers": "按能源品种折算",
    "from_meters": "按表计推算",
    "from_pollutants": "按污染物折算",
    "register": "名录",
    "decided": "异议成立后核定",
    "mixed": "各企业方法不一",
}
MISSING = {
    "zero": "没有数据，记零分",
    "mean_score": "没有数据，取同范围平均得分",
    "reweight": "没有数据，权重摊到其余指标",
    "ungraded": "没有数据，不参评",
}
TRAIL = {
    "objection": "异议",
    "bonus": "加分",
    "deduction": "扣分",
    "flag": "标记",
    "class_change": "档次变更",
}
OUTCOMES = {"upheld": "成立", "rejected": "不成立", "pending": "办理中"}
SHOWN_ROWS = 30
"""Rows of files behind one figure that a terminal shows: an area has thousands."""
DIRECTIONS = {
    "up": "升档",
    "down": "降档",
    "same": "不变",
    "new": "新参评",
    "left": "不再参评",
    "other": "类别变化",
}


def explanation(found: Row) -> Iterator[str]:
    """The account of :func:`fuyou_pipeline.evaluation.explain` in lines."""
    yield f"{found['enterprise_name']}（{found['enterprise_id']}）"
    yield f"方案：{found['scheme_title']}（{found['scheme']}），数据年度 {found['data_year']}"
    yield f"性质：{status(found)}"
    if found["evaluated_as"] != found["enterprise_id"]:
        yield f"与 {found['evaluated_as']} 合并评价，共用结果。"
    graded = found["score_status"] == "graded"
    place = f"第 {found['rank']} 名" if found["rank"] is not None else "不列名次"
    yield (
        f"总分 {number(found['total_score'])} = 各项得分 {number(found['base_score'])}"
        f" + 调整 {number(found['adjustment_points'])}；"
        + (
            f"在{found['group_title']}（{found['rank_scope']}）参评的 {found['participants']} 户中{place}"
            if graded
            else "不参评"
        )
    )
    if found["tiers"]:
        places = "，".join(f"{tier['class']} 到第 {tier['last_place']} 名" for tier in found["tiers"])
        yield f"分档：{found['participants']} 户中 {places}"
    yield _classes(found)
    if found["managed_as"]:
        yield f"参照 {found['managed_as']} 类管理。"
    yield ""
    yield "一、各项得分"
    yield from _items(found["items"])
    yield ""
    yield "二、每个数的来源"
    for item in found["items"]:
        yield from _inputs(item)
    if found["trail"]:
        yield ""
        yield "三、异议与调整"
        yield from (f"  {line}" for line in map(_trail, found["trail"]))
    yield ""
    yield ("四" if found["trail"] else "三") + "、怎样能升一档"
    yield from _lift(found)


def _classes(found: Row) -> str:
    text = f"初评：{found['initial_class'] or '—'}"
    # Releases of earlier versions say nothing of scores before decisions.
    before = (found.get("initial_score", found["total_score"]), found.get("initial_rank", found["rank"]))
    if before != (found["total_score"], found["rank"]):
        place = f"第 {before[1]} 名" if before[1] is not None else "不列名次"
        text += (
            "（异议核定前未参评）"
            if before[0] is None
            else f"（异议核定前总分 {number(before[0])}，{place}）"
        )
    text += f"　最终：{found['final_class'] or '—'}"
    return text + (f"（{found['class_reason']}）" if found["class_reason"] else "")


def status(found: Row) -> str:
    """What the scheme and the data behind a result are worth."""
    text = found["scheme_status"]
    if "=" in text:
        pairs = (part.split("=") for part in text.split(","))
        words = "，".join(f"{PARTS[name]}{STATUS[word]}" for name, word in pairs)
    else:
        words = str(STATUS.get(text, text))
    words += "；正式评价" if found["is_binding"] else "；试评，结果仅供参考"
    return words + ("；依据模拟数据" if found["is_simulated"] else "")


def number(value: Any, decimals: int = 4) -> str:
    """A figure without trailing zeros, with thousands separators; — where there is none."""
    if value is None:
        return "—"
    text = f"{Decimal(str(value)):,.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Columns that line up in a terminal, where a Chinese character is two wide."""
    lines = [[str(cell) for cell in row] for row in (headers, *rows)]
    widths = [max(_width(line[i]) for line in lines) for i in range(len(headers))]
    for line in lines:
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True))
        yield "  " + "  ".join(cells).rstrip()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _items(items: list[Row]) -> Iterator[str]:
    rows = []
    for item in items:
        measured = number(item["base_value"])
        if item["score_kind"] == "minmax":
            measured = f"{number(item['scope_min_value'])}—{number(item['scope_max_value'])}"
        notes = [item["measured_against"]]
        if item["is_missing"]:
            notes.append(MISSING[item["missing_rule"]])
        if item["item_issue"]:
            notes.append("基准值不大于零或取不到，记 0 分")
        rows.append(
            (
                item["indicator_title"],
                number(item["value"], 6),
                item["unit"],
                measured,
                number(item["weight"]),
                number(item["item_score"], 9),
                number(item["item_rank"]),
                "，".join(notes),
            )
        )
    yield from table(("指标", "指标值", "单位", "基准（或范围）", "权重", "得分", "位次", "评分方式"), rows)


def _inputs(item: Row) -> Iterator[str]:
    yield (
        f"  {item['indicator_title']}：{number(item['numerator'])} ÷ {number(item['denominator'])}"
        f" = {number(item['value'], 6)} {item['unit']}"
    )
    for entry in item["inputs"]:
        side = "分子" if entry["side"] == "numerator" else "分母"
        if entry["measure_value"] is None:
            yield f"    {side} {entry['measure_title']}：没有数据"
            continue
        yield (
            f"    {side} {entry['measure_title']}：{number(entry['measure_value'])} {entry['unit']}"
            f"（{SOURCES.get(entry['figure_source'], entry['figure_source'])}，"
            f"{METHODS.get(entry['measure_method'], entry['measure_method'])}"
            + (f"，{entry['firms']} 户合计" if entry["firms"] > 1 else "")
            + "）"
        )
        for decision in entry["decisions"]:
            yield f"      以异议 {decision} 的核定值为准；下列来源行是核定前的数"
        yield from _source_rows(entry)


def _source_rows(entry: Row) -> Iterator[str]:
    if not entry["rows"]:
        yield "      由名录或年度核算数直接得出，没有逐行来源"
    for row in entry["rows"][:SHOWN_ROWS]:
        whose = f"{row['enterprise_id']}，" if entry["firms"] > 1 else ""
        times = "" if row["coefficient"] == 1 else f"，计 {number(row['coefficient'])} 倍"
        yield (
            f"      {whose}{row['file_name']}，工作表 {row['sheet']}，第 {row['row']} 行："
            f"{number(row['contribution'])} {row['unit']}{times}"
            + ("（模拟数据）" if row["is_simulated"] else "")
        )
    rest = entry["rows"][SHOWN_ROWS:]
    if rest:
        total = sum(row["contribution"] * row["coefficient"] for row in rest)
        yield f"      另有 {len(rest)} 行，合计 {number(total)} {entry['unit']}；逐行见 --json"


def _trail(entry: Row) -> str:
    kind = TRAIL.get(entry["trail_kind"], entry["trail_kind"])
    text = f"{kind}“{entry['trail_no']}”"
    if entry["trail_kind"] == "objection":
        subject = entry["measure_title"] or entry["objected_measure"]
        text += f"：{entry['objected_on']} 就{subject}提出，{OUTCOMES[entry['trail_outcome']]}"
        if entry["decided_value"] is not None:
            text += f"，由 {number(entry['value_before'])} 核定为 {number(entry['decided_value'])}"
    else:
        text += f"：{entry['adjustment_reason'] or ''}"
        if entry["adjustment_points"] is not None:
            text += f"，{number(entry['adjustment_points'])} 分"
        if entry["class_to"]:
            text += f"，调为 {entry['class_to']}"
    approved = f"；{entry['approved_by'] or '—'} {entry['approved_on'] or ''}".rstrip()
    return f"{text}{approved}（{entry['file_name']} 第 {entry['row']} 行）"


def _lift(found: Row) -> Iterator[str]:
    up = found["next_class"]
    if up is None:
        yield "  已是最好的一档，或不参评，不适用。"
        return
    yield (
        f"  升到 {up['class']} 类需要总分 {number(up['total_needed'])}，"
        f"还差 {number(up['points_needed'])} 分。下面每一条单独成立，{up['held']}："
    )
    for way in up["ways"]:
        if way["value_needed"] is None:
            yield f"  {way['indicator_title']}：{way['note']}"
            continue
        line = f"  {way['indicator_title']}：由 {number(way['value'], 6)}"
        line += f" 到 {number(way['value_needed'], 6)} {way['unit']}"
        if way.get("change") is not None:
            sign = "+" if way["change"] >= 0 else "−"
            line += f"，即{way['measure_title']} {sign}{number(abs(way['change']))} {way['change_unit']}"
            line += "（重新计分核实）" if way["is_verified"] else "（重新计分未能核实）"
        else:
            line += f"（{way['note']}）"
        yield line


def simulation(found: Row) -> Iterator[str]:
    """The account of :func:`fuyou_pipeline.evaluation.simulate` in lines."""
    new, now = found["scheme"], found["against"]
    yield f"试算方案：{new['scheme_title']}（{new['scheme']}；{status(new)}）"
    yield f"现行方案：{now['scheme_title']}（{now['scheme']}；{status(now)}）"
    yield f"数据年度 {new['data_year']}；试算不发布，不影响现行结果。"
    yield ""
    yield "一、档次变化（行：现行；列：试算）"
    yield from _matrix(found["matrix"])
    counts = found["summary"]
    yield "  " + "，".join(f"{DIRECTIONS[name]} {n} 户" for name, n in counts.items() if n)
    for title, kind, name, label in (
        ("二、按县区", "县区", "by_area", "area_name"),
        ("三、按行业", "行业", "by_industry", "industry_name"),
    ):
        yield ""
        yield title
        rows = [(row[label] or "未知", *(row[d] for d in DIRECTIONS)) for row in found[name]]
        yield from table((kind, *DIRECTIONS.values()), rows)
    yield ""
    yield f"四、档次有变化的企业（{len(found['changes'])} 户）"
    yield from table(
        ("企业", "现行", "试算", "现行总分", "试算总分", "分差"),
        [
            (
                row["enterprise_name"],
                row["class_now"] or "—",
                row["class_then"] or "—",
                number(row["total_now"]),
                number(row["total_then"]),
                number(row["score_change"]),
            )
            for row in found["changes"]
        ],
    )
    yield ""
    yield f"五、在分界线一分以内的企业（{len(found['near_boundary'])} 户）"
    yield from table(
        ("企业", "试算档次", "邻档", "总分", "相差（分）"),
        [
            (
                row["enterprise_name"],
                row["class"],
                row["next_class"],
                number(row["total_score"]),
                number(row["points"]),
            )
            for row in found["near_boundary"]
        ],
    )
    if found["weights"] is not None:
        yield ""
        yield "六、把一分权重从一项移到另一项，多少户换档（与试算方案相比）"
        yield from table(
            ("组", "加一分", "减一分", "升档", "降档"),
            [
                (row["scheme_group"], row["raised_title"], row["lowered_title"], row["up"], row["down"])
                for row in found["weights"]
            ],
        )


def _matrix(cells: list[Row]) -> Iterator[str]:
    rows = sorted({cell["class_now"] or "—" for cell in cells})
    columns = sorted({cell["class_then"] or "—" for cell in cells})
    count = {(cell["class_now"] or "—", cell["class_then"] or "—"): cell["enterprises"] for cell in cells}
    yield from table(("", *columns), [(row, *(count.get((row, c), 0) for c in columns)) for row in rows])

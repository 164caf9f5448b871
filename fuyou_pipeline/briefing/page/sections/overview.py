"""The first screen: are we on the way, what is red, who acts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from fuyou_pipeline.briefing.page import wording as w
from fuyou_pipeline.briefing.page.parts import Block, Notice, Section, Sentence, Table
from fuyou_pipeline.briefing.page.sections import pools, quality, share, support, targets
from fuyou_pipeline.briefing.page.source import NotThere, Row, Source


def section(source: Source) -> Section:
    blocks: list[Block] = []
    for part in (_verdict, _overall, _red, _who_acts):
        try:
            blocks += part(source)
        except NotThere as error:
            blocks.append(Notice(str(error)))
    return Section("overview", "总体判断", _once(blocks))


def _once(blocks: list[Block]) -> list[Block]:
    """The same notice (a missing mart) only once."""
    kept: list[Block] = []
    for block in blocks:
        if not isinstance(block, Notice) or block not in kept:
            kept.append(block)
    return kept


def _verdict(source: Source) -> list[Block]:
    rows = targets.ours(source)
    judged = [row for row in rows if row["status"] != "no_data"]
    red = [row for row in judged if targets.light(row).colour == "red"]
    if not judged:
        text = f"{len(rows)}项目标都还没有数据，不能判断。"
    else:
        share_of_red = "全部不亮红灯" if not red else f"{len(red)}项亮红灯"
        text = (
            f"全市及各县区、园区{len(rows)}项目标任务中，有数据可判断的{len(judged)}项，{share_of_red}；"
            f"其余{len(rows) - len(judged)}项尚无数据，须责任单位报送。"
        )
    return [Sentence(text), targets.count(rows), *_heaviest(source)]


def _heaviest(source: Source) -> list[Block]:
    """Each kind of thing to do: how much in all, and who has most of it."""
    home = source.areas.home
    parts = []
    for title, unit, _, count in _ACTIONS:
        try:
            found = count(source)
        except NotThere:
            continue
        if total := sum(found.values()):
            # The first in 行政 order among equals, so that it never depends on chance.
            most = max(source.areas.home_and_units, key=lambda area: found[area.code])
            who = "市级" if most.code == home.code else most.name
            parts.append(f"{title}{total}{unit}" + f"（{who}{found[most.code]}{unit}）")
    return [Sentence(f"谁来办（括号内为最多的单位）：{'；'.join(parts)}。")] if parts else []


def _overall(source: Source) -> list[Block]:
    rows = targets.overall(source)
    if not rows:
        return []
    body = [
        [
            w.name(row["indicator"]),
            w.verdict(targets.light(row)),
            targets.actual(row),
            targets.expected(row),
            w.words(w.aim(row) + (f"（{row['target_date']:%Y}年）" if row["target_date"] else "")),
            w.words(w.target_period(row) if row["actual_value"] is not None else None),
        ]
        for row in rows
    ]
    headers = ("总体目标", "判断", "实际", "此时应达", "目标值", "期别")
    blocks: list[Block] = [Table(f"{rows[0]['programme']}总体目标", headers, body)]
    try:
        newest = share.newest(source)
    except NotThere:
        newest = None
    if newest is not None:
        blocks.append(Sentence(f"制造业占比：{share.headline(newest)}"))
    return blocks


def _red(source: Source) -> list[Block]:
    """Red targets beyond the overall ones: the gap in figures."""
    shown = {(row["target_id"], row["area_code"]) for row in targets.overall(source)}
    rows = [
        row
        for row in targets.ours(source)
        if targets.light(row).colour == "red" and (row["target_id"], row["area_code"]) not in shown
    ]
    if not rows:
        return []
    body = [
        [
            w.name(row["indicator"]),
            w.verdict(targets.light(row)),
            targets.actual(row),
            targets.expected(row),
            w.words(row["area_name"]),
            w.words(w.target_period(row)),
        ]
        for row in rows
    ]
    return [Table("其他亮红灯的目标", ("目标", "判断", "实际", "此时应达", "责任范围", "期别"), body)]


Count = Callable[[Source], Counter[str]]


def _who_acts(source: Source) -> list[Block]:
    """What each unit has to put right now; columns of marts that are not there are left out."""
    columns: list[tuple[str, bool, Counter[str]]] = []
    left_out: list[str] = []
    for title, unit, is_citys, count in _ACTIONS:
        try:
            columns.append((f"{title}（{unit}）", is_citys, count(source)))
        except NotThere:
            left_out.append(title)
    blocks: list[Block] = []
    if columns:
        home = source.areas.home.code
        body = [
            [
                w.name("市级" if area.code == home else area.name),
                *(
                    w.figure(found[area.code] if is_citys or area.code != home else None)
                    for _, is_citys, found in columns
                ),
            ]
            for area in source.areas.home_and_units
        ]
        note = f"本发布版没有：{'、'.join(left_out)}。" if left_out else ""
        headers = ("责任单位", *(title for title, _, _ in columns))
        blocks.append(Table("谁来办：各单位待办", headers, body, note, is_narrow=True))
    return blocks + _owners(source)


def _owners(source: Source) -> list[Block]:
    """Departments whose figures keep the gate shut."""
    try:
        rows = [row for row in quality.failing(source) if row["severity"] == "critical"]
    except NotThere:
        return []
    if not rows:
        return []
    owners = Counter(row["owner"] or w.MISSING for row in rows)
    listed = "、".join(f"{owner}{count}项" for owner, count in sorted(owners.items()))
    return [Sentence(f"数据质量：关闸检查不通过{len(rows)}项次，须更正的单位：{listed}。")]


def _red_targets(source: Source) -> Counter[str]:
    return Counter(row["area_code"] for row in targets.ours(source) if targets.light(row).colour == "red")


def _unreported(source: Source) -> Counter[str]:
    return Counter(row["area_code"] for row in targets.ours(source) if row["status"] == "no_data")


def _pool(pool: str) -> Count:
    def count(source: Source) -> Counter[str]:
        return Counter(row["reporting_unit_code"] for row in pools.members(source) if row["pool"] == pool)

    return count


def _of(mart: str, columns: tuple[str, ...], column: str) -> Count:
    """A column of the units' rows; the city's own row is their sum and is not to be done twice."""

    def count(source: Source) -> Counter[str]:
        rows: list[Row] = support.newest(source, mart, columns)
        units = {unit.code for unit in source.areas.units}
        return Counter(
            {r["reporting_unit_code"]: r[column] or 0 for r in rows if r["reporting_unit_code"] in units}
        )

    return count


def _missed_duties(source: Source) -> Counter[str]:
    return Counter(row["reporting_unit_code"] for row in support.duties(source) if row["light"] == "red")


_ACTIONS: tuple[tuple[str, str, bool, Count], ...] = (
    ("红灯目标", "项", True, _red_targets),
    ("目标待报送", "项", True, _unreported),
    ("临近入规", "户", False, _pool("near_entry")),
    ("临退", "户", False, _pool("near_exit")),
    ("未包保企业", "户", False, _of("mart_support_coverage", support.COVERAGE_COLUMNS, "uncovered")),
    ("超时限问题", "件", False, _of("mart_issue_summary", support.ISSUE_COLUMNS, "overdue")),
    ("未开展事项", "项", True, _missed_duties),
)
"""Title, unit, whether the city itself can have any (else —), and how many each has."""

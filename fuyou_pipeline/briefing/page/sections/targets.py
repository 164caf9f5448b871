"""目标灯: every target with its light, what was expected by then, and who answers for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from fuyou_pipeline.briefing.page import wording as w
from fuyou_pipeline.briefing.page.parts import Block, Cell, Folded, Light, Lights, Section, Sentence, Table
from fuyou_pipeline.briefing.page.source import Row, Source

COLUMNS = (
    "target_id",
    "area_code",
    "area_name",
    "period",
    "kind",
    "programme",
    "indicator",
    "comparator",
    "target_value",
    "target_upper",
    "target_date",
    "unit",
    "expected_value",
    "actual_value",
    "actual_on",
    "achieved_pct",
    "alternative_value",
    "alternative_basis",
    "status",
    "status_reason",
    "set_by",
    "oddity",
    "source_doc",
    "source_clause",
)
_HEADERS = ("目标", "责任范围", "判断", "目标值", "此时应达", "实际", "完成率", "期别", "说明与出处")
_COUNTED = ("家", "户", "个", "件", "项", "名", "人")
_OVERALL = "一、总体要求"


def read(source: Source) -> list[Row]:
    """The newest row of each target of the city and its units, in the documents' order."""
    rows = source.rows(
        "mart_target_progress", COLUMNS, "is_latest and kind <> 'rule'", "target_id, area_code"
    )
    return sorted(rows, key=lambda row: (row["target_id"], source.areas.order(row["area_code"])))


def rules(source: Source) -> list[Row]:
    """What the documents fix without setting a task: no light, and said so."""
    return source.rows("mart_target_progress", COLUMNS, "is_latest and kind = 'rule'", "target_id, area_code")


def ours(source: Source) -> list[Row]:
    """Targets of the city and its units."""
    return [row for row in read(source) if source.areas.is_ours(row["area_code"])]


def overall(source: Source) -> list[Row]:
    """The programme's headline targets: those its first clause sets for the city."""
    home = source.areas.home.code
    return [row for row in ours(source) if row["source_clause"] == _OVERALL and row["area_code"] == home]


def light(row: Row) -> Light:
    return w.target_light(row["status"], row["oddity"])


def count(rows: Iterable[Row]) -> Lights:
    """Red, yellow, green, grey: how many."""
    counts = Counter(light(row).colour for row in rows)
    words = (
        Light("red", "滞后或到期未完成"),
        w.ON_TRACK_IN_DOUBT,
        Light("green", "完成或序时"),
        w.TARGET_LIGHTS["no_data"],
    )
    return Lights([(sign, counts[sign.colour]) for sign in words])


def actual(row: Row) -> Cell:
    """The actual value with as many digits as keep it apart from the target it missed or exceeded."""
    if row["actual_value"] is None:
        done = row["actual_on"]
        return Cell(f"{done:%Y-%m-%d}" if done else w.MISSING, "number")
    if row["target_value"] is None:
        return Cell(w.short(row["actual_value"]) + _unit(row), "number")
    text = w.beside(row["actual_value"], row["target_value"], 2)
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return Cell(text + _unit(row), "number", is_negative=row["actual_value"] < 0)


def expected(row: Row) -> Cell:
    value, digits = row["expected_value"], 1 if row["unit"] in _COUNTED else 2
    return Cell(w.MISSING if value is None else w.short(value, digits) + _unit(row), "number")


def _unit(row: Row) -> str:
    """Without the remark in brackets that the target value beside it bears."""
    return (row["unit"] or "").split("(")[0]


def section(source: Source) -> Section:
    everything, without_light = read(source), rules(source)
    mine = [row for row in everything if source.areas.is_ours(row["area_code"])]
    others = [row for row in everything if not source.areas.is_ours(row["area_code"])]
    known = [row for row in mine if row["status"] != "no_data"]
    blocks: list[Block] = [
        Sentence(
            "红：滞后或到期未完成；黄：达到进度，但目标口径在文件中未写明，须先明确；绿：完成或达到序时进度；"
            "灰：没有数据，不判断。比较都用未取整的数。"
            + w.setters(everything, "文件没有写明的起止、进度路径、判定方式和取数"),
            is_quiet=True,
        ),
        _by_programme(everything, without_light),
        _table("能够判断的目标（亳州市及各县区、园区）", known),
        *_folded("尚无数据的目标：须由责任单位报送完成情况", [r for r in mine if r["status"] == "no_data"]),
        *_folded("省级及外地文件所列目标（对照）", others),
        *_rules(without_light),
    ]
    return Section("targets", "目标灯", [_named(source, block) for block in blocks])


def _named(source: Source, block: Block) -> Block:
    """The home city's own name in titles that were written for Bozhou."""
    if isinstance(block, Table):
        return replace(block, title=block.title.replace("亳州市", source.areas.home.name))
    return block


def _by_programme(rows: list[Row], without_light: list[Row]) -> Table:
    """Each document whole: how many entries it has, which of them are rules, and the lights of the others."""
    everything = [*rows, *without_light]
    colours: tuple[Callable[[Row], bool], ...] = tuple(
        (lambda row, colour=colour: light(row).colour == colour)  # type: ignore[misc]
        for colour in ("red", "yellow", "green", "grey")
    )
    body = []
    for programme in dict.fromkeys(row["programme"] for row in everything):
        found = [row for row in rows if row["programme"] == programme]
        entries = {row["target_id"] for row in everything if row["programme"] == programme}
        ruled = {row["target_id"] for row in without_light if row["programme"] == programme}
        counts = [sum(map(is_colour, found)) for is_colour in colours]
        body.append([w.name(programme), *map(w.figure, (len(entries), len(ruled), len(found), *counts))])
    headers = ("文件或工程", "所列条目", "其中规则", "判断（按责任单位）", "× 红", "！黄", "√ 绿", "○ 无数据")
    return Table("各工程目标灯", headers, body, is_narrow=True)


def _rules(rows: list[Row]) -> list[Block]:
    if not rows:
        return []
    body = [
        [
            w.name(row["indicator"]),
            w.words(row["area_name"]),
            w.words(w.aim(row)),
            w.words("；".join(x for x in (row["status_reason"], row["oddity"]) if x)),
            w.words(f"{row['programme']}{row['source_clause'] or ''}"),
        ]
        for row in rows
    ]
    title = f"文件所定的规则、标准与参数，不设灯（{len(rows)}项）"
    return [Folded(Table(title, ("规则", "适用范围", "规定", "说明", "出处"), body))]


def _table(title: str, rows: list[Row]) -> Table:
    return Table(title, _HEADERS, [_row(row) for row in rows])


def _folded(title: str, rows: list[Row]) -> list[Block]:
    return [Folded(_table(f"{title}（{len(rows)}项）", rows))] if rows else []


def _row(row: Row) -> list[Cell]:
    notes = [row["status_reason"], row["oddity"] and f"存疑：{row['oddity']}"]
    if row["alternative_value"] is not None:
        notes.append(
            f"另一口径（{row['alternative_basis']}）为{w.short(row['alternative_value'])}{row['unit'] or ''}"
        )
    return [
        w.name(row["indicator"]),
        w.words(row["area_name"]),
        w.verdict(light(row)),
        w.words(w.aim(row)),
        expected(row),
        actual(row),
        w.figure(row["achieved_pct"], 1, "%"),
        w.words(w.target_period(row)),
        w.words(
            "；".join([note for note in notes if note] + [f"{row['programme']}{row['source_clause'] or ''}"])
        ),
    ]

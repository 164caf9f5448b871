"""目标进度: every target of the city and its units with its light, and what was due by now."""

from __future__ import annotations

from typing import Any

from fuyou_pipeline.briefing import sentences
from fuyou_pipeline.briefing.facts import Facts
from fuyou_pipeline.briefing.figures import judged
from fuyou_pipeline.briefing.page import wording as w
from fuyou_pipeline.briefing.page.parts import Light
from fuyou_pipeline.briefing.page.sections import targets
from fuyou_pipeline.briefing.page.source import Row
from fuyou_pipeline.briefing.tables import Column, Sheet, Table

_COLUMNS = (
    Column("目标", "long", width=30),
    Column("责任范围", width=25),
    Column("判断", "light"),
    Column("目标值", width=18),
    Column("此时应达", width=12),
    Column("实际", width=12),
    Column("完成率（%）", "percent"),
    Column("期别", width=17),
    Column("说明", "long", width=40),
    Column("出处", "long", width=24),
)


def sheets(facts: Facts) -> list[Sheet]:
    found = judged(facts)
    rows = [_row(facts, row, light) for row, light in found]
    table = Table(
        _COLUMNS,
        rows,
        notes=(
            "注：红（×）为滞后或到期未完成，黄（！）为达到进度但文件未写明口径，绿（√）为完成或序时，"
            "灰（○）为没有数据、不判断；比较都用未取整的数。“出处”为文件条款。"
            + w.setters((row for row, _ in found), "文件没有写明的起止、进度路径、判定方式和取数"),
        ),
        empty="没有目标数据。",
    )
    title = f"目标任务进度（截至{facts.period.year}年{facts.period.end_month}月）"
    return [Sheet("目标进度", title, (table,), sentences.targets(facts), is_wide=True)]


def _row(facts: Facts, row: Row, light: Light) -> list[Any]:
    notes = [row["status_reason"], row["oddity"] and f"存疑：{row['oddity']}"]
    if row["alternative_value"] is not None:
        other = w.short(row["alternative_value"]) + (row["unit"] or "")
        notes.append(f"另一口径（{row['alternative_basis']}）为{other}")
    return [
        row["indicator"],
        facts.label(row["area_code"]),
        light,
        _shown(w.aim(row)),
        _shown(targets.expected(row).text),
        _shown(targets.actual(row).text),
        row["achieved_pct"],
        w.target_period(row),
        "；".join(note for note in notes if note),
        f"{row['programme']}{row['source_clause'] or ''}",
    ]


def _shown(text: str) -> str | None:
    return None if text == w.MISSING else text

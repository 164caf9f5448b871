"""数据质量: what failed or was accepted in the pack's periods, and who answers for it."""

from __future__ import annotations

from fuyou_pipeline.briefing.facts import Facts
from fuyou_pipeline.briefing.page.parts import Light
from fuyou_pipeline.briefing.tables import Column, Sheet, Table
from fuyou_pipeline.release.completeness import periods_within

COLUMNS = (
    "check",
    "check_title",
    "class",
    "owner",
    "dataset",
    "period",
    "severity",
    "outcome",
    "failed_rows",
    "known_issue",
    "finding",
)
_CLASSES = {"source": "来源检查", "reviewer": "复核检查", "model": "模型检查"}
_STATES = {
    "failed": Light("red", "不通过"),
    "error": Light("red", "无法执行"),
    "accepted": Light("yellow", "已知问题"),
}
_ORDER = list(_STATES)


def sheets(facts: Facts) -> list[Sheet]:
    periods = "', '".join(periods_within(facts.period.text))
    rows = facts.read("mart_data_quality", COLUMNS, f"period is null or period in ('{periods}')")
    found = [row for row in rows if row["outcome"] in _STATES]
    found.sort(key=lambda r: (_ORDER.index(r["outcome"]), r["owner"] or "", r["check"], r["period"] or ""))
    body = [
        [
            _STATES[row["outcome"]],
            "关闸" if row["severity"] == "critical" else "提示",
            _CLASSES.get(row["class"], row["class"]),
            row["owner"],
            row["check_title"],
            facts.title_of(row["dataset"]),
            row["period"],
            row["failed_rows"],
            row["finding"],
        ]
        for row in found
    ]
    columns = (
        Column("结果", "light"),
        Column("级别", width=8),
        Column("类别", width=11),
        Column("负责单位", width=18),
        Column("检查", "long", width=36),
        Column("报表或表", width=26),
        Column("期别", width=11),
        Column("失败行数", "count"),
        Column("说明", "long", width=60),
    )
    passed = sum(row["outcome"] == "passed" for row in rows)
    empty = len(rows) - passed - len(found)
    text = (
        f"本期各项检查{len(rows)}项次，通过{passed}项次，不通过或列为已知问题{len(found)}项次，"
        f"本期没有数据可查{empty}项次。"
    )
    notes = ("注：复核检查不通过而已过闸的，均已签字；逐行明细见发布版的数据质量页与《数据质量失败行》。",)
    table = Table(columns, body, notes=notes, empty="没有不通过的检查。")
    return [Sheet("数据质量", f"数据质量情况（{facts.period.name}）", (table,), (text,), is_wide=True)]

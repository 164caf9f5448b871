"""企业预警: firms whose figures warn, for the unit that looks after them."""

from __future__ import annotations

from fuyou_pipeline.briefing.facts import Facts
from fuyou_pipeline.briefing.page.parts import Colour, Light
from fuyou_pipeline.briefing.page.wording import period
from fuyou_pipeline.briefing.tables import Column, Sheet, Table

_READ = (
    "enterprise_id",
    "enterprise_name",
    "reporting_unit_code",
    "signal_name",
    "warning_level",
    "evidence",
    "set_by",
)
LIGHTS: dict[str, Colour] = {"红": "red", "橙": "orange", "黄": "yellow"}


def sheets(facts: Facts) -> list[Sheet]:
    rows = facts.firms(facts.read("mart_early_warning", _READ, f"month = '{facts.period.month}'"))
    body = [
        [
            number,
            row["enterprise_name"],
            row["enterprise_id"],
            row["signal_name"],
            Light(LIGHTS.get(row["warning_level"], "grey"), row["warning_level"] or "未分级"),
            row["evidence"],
        ]
        for number, row in enumerate(rows, start=1)
    ]
    columns = (
        Column("序号", "rank", width=6),
        Column("企业", "long", width=44),
        Column("统一社会信用代码", width=25),
        Column("信号", width=22),
        Column("级别", "light", width=10),
        Column("依据", "long", width=60),
    )
    set_by = "、".join(sorted({row["set_by"] for row in rows if row["set_by"]}))
    notes = (f"注：阈值由谁设定：{set_by}。",) if set_by else ()
    title = f"企业预警名单（{period(facts.period.month)}）"
    return [Sheet("企业预警", title, (Table(columns, body, notes=notes, empty="没有预警企业。"),))]

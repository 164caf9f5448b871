"""表扬建议名单: units and firms that the figures speak for; a person decides."""

from __future__ import annotations

from typing import Any

from fuyou_pipeline.briefing.chapters.pools import entered
from fuyou_pipeline.briefing.facts import Facts
from fuyou_pipeline.briefing.figures import OUTPUT, VALUE_ADDED, issues, movement, ranks
from fuyou_pipeline.briefing.page.wording import number, period
from fuyou_pipeline.briefing.sentences import grew
from fuyou_pipeline.briefing.tables import Column, Sheet, Table

_COLUMNS = (
    Column("序号", "rank", width=6),
    Column("建议事项", width=29),
    Column("建议对象", "long", width=46),
    Column("属管单位", width=24),
    Column("依据", "long", width=60),
    Column("数据表", width=26),
)


def sheets(facts: Facts) -> list[Sheet]:
    rows = [*_speed(facts), *_entries(facts), *_closure(facts), *_new_firms(facts)]
    body = [[place, *row] for place, row in enumerate(rows, start=1)]
    notes = (
        "注：按数据列出的建议（本项目默认条件）：增速全市第一、位次前进最多、本期新增规上企业最多、"
        "问题销号率最高的单位，以及本期新入规企业（亳政办〔2022〕3号：对新入规企业进行表扬奖励）。"
        "是否表扬由人审定；并列的都列出。",
    )
    table = Table(_COLUMNS, body, notes=notes, empty="本期没有符合条件的单位和企业。")
    return [Sheet("表扬建议名单", f"{facts.period.name}表扬建议名单（供审定）", (table,))]


def _speed(facts: Facts) -> list[list[Any]]:
    """First by speed, and who gained most places."""
    places = ranks(facts)
    found: list[list[Any]] = []
    for indicator in (VALUE_ADDED, OUTPUT):
        rows = [
            (area, row)
            for area in facts.units
            if (row := places.get((area.code, indicator, "速度", "全市", "cumulative"))) is not None
        ]
        for area, row in rows:
            if row["rank"] == 1 and row["value"] > 0:
                text = f"{facts.period.cumulative}{indicator}同比{grew(row['value'])}，居全市第1位"
                found.append(
                    [f"{indicator}增速第一", area.name, area.name, text, facts.title_of("mart_area_ranking")]
                )
        most = max((row["rank_change"] or 0 for _, row in rows), default=0)
        for area, row in rows:
            if most > 0 and row["rank_change"] == most:
                text = f"{indicator}增速由第{row['rank_before']}位升至第{row['rank']}位"
                found.append(
                    ["位次前进最多", area.name, area.name, text, facts.title_of("mart_area_ranking")]
                )
    return found


def _entries(facts: Facts) -> list[list[Any]]:
    moved, _ = movement(facts)
    counts = {area.code: moved.get(area.code, {}).get("entered_gross", 0) for area in facts.units}
    most = max(counts.values(), default=0)
    return [
        [
            "新增规上企业最多",
            area.name,
            area.name,
            f"{facts.period.cumulative}新增规上工业企业{most}户",
            facts.title_of("mart_library_movement"),
        ]
        for area in facts.units
        if most > 0 and counts[area.code] == most
    ]


def _closure(facts: Facts) -> list[list[Any]]:
    rows = issues(facts)
    rates = {
        area.code: rows[area.code]["closure_rate_pct"]
        for area in facts.units
        if area.code in rows and rows[area.code]["closure_rate_pct"] is not None
    }
    most = max(rates.values(), default=None)
    return [
        [
            "问题销号率最高",
            area.name,
            area.name,
            f"累计提出{rows[area.code]['opened_total']}件，办结{rows[area.code]['closed_total']}件，"
            f"销号率{number(most, 1)}%",
            facts.title_of("mart_issue_summary"),
        ]
        for area in facts.units
        if most and rates.get(area.code) == most
    ]


def _new_firms(facts: Facts) -> list[list[Any]]:
    """Firms that entered in the pack's own months and whose entry is rewarded."""
    return [
        [
            "新入规企业",
            row["enterprise_name"],
            facts.label(row["reporting_unit_code"]),
            f"{period(row['library_entry_month'])}首次入规，应奖{number(row['reward_wan'], 1)}万元",
            facts.title_of("mart_entry_reward"),
        ]
        for row in entered(facts)
        if row["library_entry_month"] in facts.period.months and row["reward_state"] != "excluded"
    ]

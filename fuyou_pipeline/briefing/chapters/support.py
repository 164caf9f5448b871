"""包保与问题销号: coverage, issues closed and overdue, what had to be held, and the lists behind them."""

from __future__ import annotations

from typing import Any

from fuyou_pipeline.briefing import sentences
from fuyou_pipeline.briefing.facts import ZONES_NOTE, Facts
from fuyou_pipeline.briefing.figures import COVERAGE_COLUMNS, ISSUE_COLUMNS, coverage, issues
from fuyou_pipeline.briefing.page.parts import Light
from fuyou_pipeline.briefing.page.sections.support import DUTY_COLUMNS, FREQUENCIES
from fuyou_pipeline.briefing.page.source import Row
from fuyou_pipeline.briefing.page.wording import DUTY_LIGHTS, held_in, period, setters
from fuyou_pipeline.briefing.tables import Chart, Column, Sheet, Table

_COVERAGE = (
    Column("单位", width=25),
    Column("应包保（户）", "count", width=12),
    Column("已包保（户）", "count", width=12),
    Column("未包保（户）", "count", width=12),
    Column("覆盖率（%）", "percent"),
    Column("至少需干部（人）", "count", width=12),
    Column("包保干部（人）", "count", width=12),
    Column("少于2家（人）", "count", width=12),
    Column("多于2家（人）", "count", width=12),
    Column("职级不符（人）", "count", width=12),
)
_ISSUES = (
    Column("单位", width=25),
    Column("本月新增", "count", width=12),
    Column("本月办结", "count", width=12),
    Column("月末未办结", "count", width=12),
    Column("超3个月", "count", width=12),
    Column("超时限", "count", width=12),
    Column("累计提出", "count", width=12),
    Column("累计办结", "count", width=12),
    Column("销号率（%）", "percent"),
)
_LEDGER_COLUMNS = (
    "enterprise_id",
    "enterprise_name",
    "reporting_unit_code",
    "issue_text",
    "issue_type",
    "issue_state",
    "handling_text",
    "first_seen_month",
    "first_seen_basis",
    "closed_month",
    "assigned_to",
    "due_month",
)
_SCOPE_COLUMNS = ("enterprise_name", "member_id", "reporting_unit_code", "scope_kind", "is_covered")


def sheets(facts: Facts) -> list[Sheet]:
    found = [] if facts.unit else [_summary(facts), _duties(facts)]
    return [*found, _uncovered(facts), _open(facts)]


def _summary(facts: Facts) -> Sheet:
    month = period(facts.period.month)
    rows = _rows(facts, coverage(facts), COVERAGE_COLUMNS)
    covered = Table(
        _COVERAGE,
        rows,
        title=f"包保覆盖（{month}）",
        unit="户、人、%",
        notes=(
            "注：应包保为规上与临近入规企业；每名干部包保2家。"
            + setters(coverage(facts).values(), "户数与临近入规条件"),
        ),
        total_rows=1,
    )
    rows = _rows(facts, issues(facts), ISSUE_COLUMNS)
    closed = Table(
        _ISSUES,
        rows,
        title=f"问题销号（{month}）",
        unit="件、%",
        notes=(
            f"注：销号率为累计办结占累计提出的比例。{ZONES_NOTE}"
            + setters(issues(facts).values(), "没有填写的办结时限"),
        ),
        chart=Chart(f"各单位问题销号率（{month}）", (8,), unit="%"),
        total_rows=1,
    )
    title = f"包保与问题销号情况（{month}）"
    return Sheet("包保与问题销号", title, (covered, closed), sentences.support(facts), is_wide=True)


def _rows(facts: Facts, found: dict[str, Row], columns: tuple[str, ...]) -> list[list[Any]]:
    return [
        [facts.label(area.code), *(found.get(area.code, {}).get(name) for name in columns[1:])]
        for area in facts.home_and_units
    ]


def duties(facts: Facts) -> list[Row]:
    """What had to be held in the pack's last month, its quarter and its year."""
    ended = facts.period.month
    year = facts.period.year
    periods = [ended, f"{year}Q{(facts.period.end_month - 1) // 3 + 1}", str(year)]
    listed = ", ".join(f"'{one}'" for one in periods)
    return facts.read("mart_obligation", DUTY_COLUMNS, f"period in ({listed})")


def _duties(facts: Facts) -> Sheet:
    """Obligations down, units across: a word, and held of required."""
    rows = duties(facts)
    keys = sorted({(list(FREQUENCIES).index(r["frequency"]), r["obligation"], r["period"]) for r in rows})
    by_key = {(r["obligation"], r["period"], r["reporting_unit_code"]): r for r in rows}
    body = [
        [
            obligation,
            list(FREQUENCIES.values())[frequency],
            held_in(when),
            *(_duty(by_key.get((obligation, when, area.code))) for area in facts.home_and_units),
        ]
        for frequency, obligation, when in keys
    ]
    columns = (
        Column("应开展事项", "long", width=30),
        Column("频次", width=8),
        Column("期别", width=18),
        *(
            Column("市级" if area.code == facts.home.code else area.short_name, "light", width=17)
            for area in facts.home_and_units
        ),
    )
    notes = ("注：数字为已开展/应开展次数；— 为该单位没有此项任务；红为未完成，黄为周期未满，灰为未报送。",)
    table = Table(columns, body, notes=notes, empty="没有收到活动开展情况。")
    return Sheet("应开展事项", f"应开展事项完成情况（{facts.period.name}）", (table,))


def _duty(row: Row | None) -> Light | None:
    if row is None:
        return None
    light = DUTY_LIGHTS[row["light"]]
    held = "—" if row["held"] is None else row["held"]
    return Light(light.colour, f"{light.word} {held}/{row['required']}")


def _uncovered(facts: Facts) -> Sheet:
    rows = facts.read("mart_support_enterprise", _SCOPE_COLUMNS, f"month = '{facts.period.month}'")
    found = facts.firms(row for row in rows if not row["is_covered"])
    body = [
        [number, row["enterprise_name"], facts.label(row["reporting_unit_code"]), row["scope_kind"]]
        for number, row in enumerate(found, start=1)
    ]
    columns = (
        Column("序号", "rank", width=6),
        Column("企业", "long", width=60),
        Column("属管单位", width=30),
        Column("包保范围", width=20),
    )
    title = f"未包保企业名单（{period(facts.period.month)}）"
    return Sheet("未包保企业", title, (Table(columns, body, empty="应包保企业都已有人包保。"),))


def _open(facts: Facts) -> Sheet:
    """Issues open at the pack's end: raised by then, and not closed by then."""
    end = facts.period.month
    rows = [
        row
        for row in facts.read("mart_issue_ledger", _LEDGER_COLUMNS, f"first_seen_month <= '{end}'")
        if row["closed_month"] is None or row["closed_month"] > end
    ]
    body = [
        [
            number,
            row["enterprise_name"],
            facts.label(row["reporting_unit_code"]),
            row["issue_text"],
            row["issue_type"],
            row["assigned_to"],
            period(row["first_seen_month"])
            + ("（推定）" if "推定" in (row["first_seen_basis"] or "") else ""),
            period(row["due_month"]) if row["due_month"] else None,
            Light("red", "超时限") if row["due_month"] and row["due_month"] < end else Light("grey", "期内"),
            row["handling_text"],
        ]
        for number, row in enumerate(facts.firms(rows), start=1)
    ]
    columns = (
        Column("序号", "rank", width=6),
        Column("企业", "long", width=40),
        Column("属管单位", width=25),
        Column("困难问题", "long", width=40),
        Column("类型", width=12),
        Column("交办单位", width=23),
        Column("提出月份", width=20),
        Column("应办结", width=14),
        Column("时限", "light", width=12),
        Column("办理情况", "long", width=26),
    )
    notes = ("注：附件表没有日期的，提出月份由各月清单推定；同一企业、同一问题只算一件。",)
    title = f"未办结问题清单（{period(end)}末）"
    return Sheet("未办结问题", title, (Table(columns, body, notes=notes, empty="没有未办结的问题。"),))

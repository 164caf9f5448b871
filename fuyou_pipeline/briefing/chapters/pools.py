"""入规、临退、退规: the library's movement by unit, and the lists of firms at its door."""

from __future__ import annotations

from typing import Any

from fuyou_pipeline.briefing import sentences
from fuyou_pipeline.briefing.facts import ZONES_NOTE, Facts
from fuyou_pipeline.briefing.figures import POOLS, movement, pool_counts, pool_members
from fuyou_pipeline.briefing.page.sections.pools import REWARDS
from fuyou_pipeline.briefing.page.source import Row
from fuyou_pipeline.briefing.page.wording import period, setters
from fuyou_pipeline.briefing.tables import Chart, Column, Sheet, Table

ENTRY_COLUMNS = (
    "enterprise_id",
    "enterprise_name",
    "reporting_unit_code",
    "library_entry_month",
    "library_entry_route",
    "reward_kind",
    "reward_state",
    "reward_note",
    "reward_wan",
    "set_by",
)
_EXITED = "退库后一定月数内均列入，见 pool_rules.yaml"
_ROUTES = {"annual": "年度审批", "monthly": "月度审批（新开业）", "restored": "恢复纳入"}
_FIRM = (
    Column("序号", "rank", width=6),
    Column("企业或项目", "long", width=44),
    Column("属管单位", width=25),
)


def sheets(facts: Facts) -> list[Sheet]:
    members = pool_members(facts)
    found = [] if facts.unit else [_by_unit(facts)]
    return [
        *found,
        _entered(facts),
        _pool(facts, members, "near_entry"),
        _near_exit(facts, members),
        _pool(facts, members, "exited"),
    ]


def _by_unit(facts: Facts) -> Sheet:
    moved, plan = movement(facts)
    counts = pool_counts(facts)
    rows = []
    for area in facts.home_and_units:
        row: Row = moved.get(area.code, {})
        goal: Row = plan.get(area.code, {})
        stock, due = row.get("stock"), goal.get("path_stock")
        rows.append(
            [
                facts.label(area.code),
                stock,
                *(row.get(name) for name in ("entered_gross", "exited_gross", "net_change")),
                goal.get("planned_stock"),
                due,
                None if stock is None or due is None else stock - due,
                *(counts[(area.code, pool)] for pool in POOLS),
            ]
        )
    year = "本年累计（户）"
    columns = (
        Column("单位", width=25),
        Column("在库（户）", "count"),
        Column("新增", "count", year),
        Column("退库", "count", year),
        Column("净增", "count", year),
        Column("规划户数", "count", "规划（户）"),
        Column("本年末应达", "one", "规划（户）"),
        Column("与应达差", "one", "规划（户）"),
        *(Column(name, "count", "扶优育规各库（户）") for name in POOLS.values()),
    )
    table = Table(
        columns,
        rows,
        unit="户",
        notes=(
            f"注：新增是总增，规划要的是净增；净增含属管调入调出。一户可同时在几个库。{ZONES_NOTE}",
            f"本年退库只算本年，退规库按条件含以前年度退库的企业（{_EXITED}）。",
            "临近入规、临退等条件见 pool_rules.yaml，凡注明本项目默认值的不是文件规定。"
            + setters(plan.values(), "规划起止与计入年份"),
        ),
        chart=Chart(f"{facts.period.name}末临近入规、临退、退规企业", (8, 11, 12), unit="户", digits=0),
        total_rows=1,
    )
    title = f"规模以上工业企业入规、临退、退规情况（{period(facts.period.month)}末）"
    return Sheet("入规临退退规", title, (table,), sentences.libraries(facts))


def entered(facts: Facts) -> list[Row]:
    """Firms that entered this year up to the pack's end, one row each."""
    where = (
        f"library_entry_month >= '{facts.period.year}-01' and library_entry_month <= '{facts.period.month}'"
        " and reward_kind = '入规奖励'"
    )
    return facts.firms(facts.read("mart_entry_reward", ENTRY_COLUMNS, where))


def _entered(facts: Facts) -> Sheet:
    found = entered(facts)
    rows = [
        [
            number,
            row["enterprise_name"],
            facts.label(row["reporting_unit_code"]),
            row["enterprise_id"],
            period(row["library_entry_month"]),
            _ROUTES.get(row["library_entry_route"], "途径未注明"),
            row["reward_wan"],
            REWARDS.get(row["reward_state"], row["reward_state"]),
            row["reward_note"],
        ]
        for number, row in enumerate(found, start=1)
    ]
    columns = (
        *_FIRM,
        Column("统一社会信用代码", width=25),
        Column("入库月份", width=14),
        Column("入库途径", width=20),
        Column("应奖（万元）", "one"),
        Column("奖励状态", width=18),
        Column("说明", "long", width=30),
    )
    title = f"{facts.period.year}年{facts.period.cumulative}入规企业名单"
    notes = ("注：奖励状态截至最近一份名录；免申即享，企业不用申请。" + setters(found, "奖励标准与起算月份"),)
    return Sheet("入规名单", title, (Table(columns, rows, unit="万元", notes=notes),))


def _pool(facts: Facts, members: list[Row], pool: str) -> Sheet:
    is_exit = pool == "exited"
    rows: list[list[Any]] = []
    for row in members:
        if row["pool"] == pool:
            cells: list[Any] = [
                len(rows) + 1,
                row["enterprise_name"],
                facts.label(row["reporting_unit_code"]),
                row["reason"],
                row["evidence"],
            ]
            if is_exit:
                cells.append({True: "好转", False: "未好转"}.get(row["is_recovering"]))
            else:
                cells.append(row["decisive_wan"])
            rows.append([*cells, period(row["since_month"])])
    columns = (
        *_FIRM,
        Column("列入原因", "long", width=30),
        Column("依据", "long", width=52),
        Column("是否好转", width=10) if is_exit else Column("判定依据数（万元）", "one", width=13),
        Column("连续在列起", width=14),
    )
    title = f"{POOLS[pool]}企业名单（{period(facts.period.month)}）"
    return Sheet(
        f"{POOLS[pool]}名单", title, (Table(columns, rows, unit="万元", notes=_set_by(members, pool)),)
    )


def _near_exit(facts: Facts, members: list[Row]) -> Sheet:
    """With three years of revenue and the forecast with its error beside it."""
    found = [row for row in members if row["pool"] == "near_exit"]
    rows = [
        [
            number,
            row["enterprise_name"],
            facts.label(row["reporting_unit_code"]),
            row["reason"],
            row["revenue_3y_ago_wan"],
            row["revenue_2y_ago_wan"],
            row["revenue_1y_ago_wan"],
            row["forecast_wan"],
            row["backtest_error_pct"],
            period(row["since_month"]),
        ]
        for number, row in enumerate(found, start=1)
    ]
    year = facts.period.year
    revenue = "营业收入（万元）"
    columns = (
        *_FIRM,
        Column("列入原因", "long", width=40),
        *(Column(f"{year - back}年", "one", revenue) for back in (3, 2, 1)),
        Column(f"{year}年预计", "one", revenue),
        Column("预计误差（%）", "percent", revenue),
        Column("连续在列起", width=14),
    )
    notes = (*_set_by(members, "near_exit"), "预计为本项目测算，误差为往年同月同方法的误差。")
    title = f"临退企业名单（{period(facts.period.month)}）"
    return Sheet("临退名单", title, (Table(columns, rows, unit="万元、%", notes=notes),))


def _set_by(members: list[Row], pool: str) -> tuple[str, ...]:
    text = setters((row for row in members if row["pool"] == pool), "条件")
    return (f"注：{text}",) if text else ()

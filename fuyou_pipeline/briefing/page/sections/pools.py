"""扶优育规: firms near entry, near exit and gone, the library against its plan, and the entry reward."""

from __future__ import annotations

from collections import Counter

from fuyou_pipeline.briefing.page import wording as w
from fuyou_pipeline.briefing.page.parts import Block, Cell, Chart, Folded, Notice, Section, Sentence, Table
from fuyou_pipeline.briefing.page.source import NotThere, Row, Source

POOL_COLUMNS = (
    "month",
    "pool",
    "member_id",
    "enterprise_name",
    "reporting_unit_code",
    "reason",
    "evidence",
    "since_month",
    "decisive_wan",
    "set_by",
)
GROWTH_COLUMNS = (
    "reporting_unit_code",
    "reporting_unit_name",
    "data_year",
    "newest_month",
    "stock",
    "entered_gross",
    "exited_gross",
    "net_change",
    "planned_stock",
    "path_stock",
    "gap_to_path_firms",
    "needed_net_per_year",
    "status",
    "set_by",
)
REWARD_COLUMNS = (
    "enterprise_name",
    "enterprise_id",
    "reporting_unit_code",
    "reward_kind",
    "reward_state",
    "reward_note",
    "reward_wan",
    "paid_wan",
    "due_month",
    "overdue_months",
    "set_by",
)
POOLS = {
    "near_entry": "临近入规",
    "pending_production": "即将投产",
    "high_growth": "高成长",
    "near_exit": "临退",
    "exited": "退规",
    "leading": "优势",
}
CHARTED = ("near_entry", "near_exit", "exited")
REWARDS = {
    "due": "待兑现",
    "overdue": "逾期未兑现",
    "paid": "已拨付，待人工决定",
    "observing": "观察期",
    "settled": "已满期",
    "recover_due": "应追回",
    "recovered": "已追回",
    "excluded": "不奖励",
}


def members(source: Source) -> list[Row]:
    """Members of all pools in the newest month."""
    rows = source.rows(
        "mart_scale_pool", POOL_COLUMNS, 'month = (select max(month) from marts."mart_scale_pool")'
    )
    return sorted(
        rows,
        key=lambda row: (
            source.areas.order(row["reporting_unit_code"]),
            row["enterprise_name"],
            row["member_id"],
        ),
    )


def growth(source: Source) -> list[Row]:
    """The library's newest year, the city first."""
    rows = source.rows("mart_library_growth", GROWTH_COLUMNS)
    year = max((row["data_year"] for row in rows), default=None)
    found = [row for row in rows if row["data_year"] == year]
    return sorted(found, key=lambda row: source.areas.order(row["reporting_unit_code"]))


def section(source: Source) -> Section:
    blocks: list[Block] = []
    for part in (_pools, _library, _rewards):
        try:
            blocks += part(source)
        except NotThere as error:
            blocks.append(Notice(str(error)))
    return Section("pools", "入规、临退与退规", blocks)


def _pools(source: Source) -> list[Block]:
    rows = members(source)
    if not rows:
        return [Notice("各库都没有成员。")]
    month = w.period(rows[0]["month"])
    counts = Counter((row["reporting_unit_code"], row["pool"]) for row in rows)
    units = source.areas.units
    lines = [("全市", [sum(counts[(unit.code, pool)] for unit in units) for pool in POOLS])]
    lines += [(unit.name, [counts[(unit.code, pool)] for pool in POOLS]) for unit in units]
    body = [[w.name(title), *(w.figure(value) for value in values)] for title, values in lines]
    total = dict(zip(POOLS, lines[0][1], strict=True))
    spec = {
        "kind": "stacks",
        "categories": [unit.short_name for unit in units],
        "unit": "户",
        "digits": 0,
        "series": [
            {"name": POOLS[pool], "values": [counts[(unit.code, pool)] for unit in units]} for pool in CHARTED
        ],
    }
    headers = ["单位", *(f"{title}（户）" for title in POOLS.values())]
    summary = f"{month}，全市" + "、".join(f"{POOLS[pool]}{total[pool]}户" for pool in CHARTED) + "。"
    table = Table(
        f"各库户数（{month}）",
        headers,
        body,
        "一户可同时在几个库。" + w.setters(rows, "入库条件"),
        is_narrow=True,
    )
    chart = Chart(
        "pools-units", f"临近入规、临退、退规企业，分单位（{month}）", summary, spec, table, height=380
    )
    return [Sentence(summary), chart, *(_list(source, pool, rows) for pool in POOLS if total[pool])]


def _list(source: Source, pool: str, rows: list[Row]) -> Folded:
    found = [row for row in rows if row["pool"] == pool]
    body = [
        [
            w.name(row["enterprise_name"]),
            w.words(source.areas.name(row["reporting_unit_code"])),
            w.words(row["reason"]),
            w.words(row["evidence"]),
            w.words(w.period(row["since_month"])),
        ]
        for row in found
    ]
    headers = ("企业或项目", "属管单位", "列入原因", "依据", "连续在列起")
    return Folded(Table(f"{POOLS[pool]}名单（{len(body)}户）", headers, body))


def _library(source: Source) -> list[Block]:
    rows = growth(source)
    if not rows:
        return [Notice("没有规上企业库的变动数据。")]
    body = [
        [
            w.name(
                "全市" if row["reporting_unit_code"] == source.areas.home.code else row["reporting_unit_name"]
            ),
            *(w.figure(row[name]) for name in ("stock", "entered_gross", "exited_gross", "net_change")),
            w.figure(row["planned_stock"]),
            w.figure(row["path_stock"], 1),
            w.figure(row["gap_to_path_firms"], 1),
            w.figure(row["needed_net_per_year"], 1),
            w.verdict(w.PATH_LIGHTS[row["status"]]) if row["status"] else w.words(None),
        ]
        for row in rows
    ]
    headers = (
        "单位",
        "在库",
        "当年新增",
        "当年退库",
        "净增",
        "规划户数",
        "此时应达",
        "与应达差",
        "余期年均需净增",
        "判断",
    )
    title = f"规上工业企业库（{w.period(rows[0]['newest_month'])}，户）"
    note = "新增是总增，规划要的是净增；净增含属管调入调出。" + w.setters(rows, "规划起止与计入年份")
    return [Table(title, headers, body, note, is_narrow=True)]


def _rewards(source: Source) -> list[Block]:
    rows = source.rows("mart_entry_reward", REWARD_COLUMNS)
    if not rows:
        return [Notice("没有入规奖励记录。")]
    counts = Counter(row["reward_state"] for row in rows)
    money = {
        state: sum(row["reward_wan"] or 0 for row in rows if row["reward_state"] == state) for state in counts
    }
    body = [[w.name(REWARDS[s]), w.figure(counts[s]), w.figure(money[s], 1)] for s in REWARDS if s in counts]
    blocks: list[Block] = [
        Table(
            "入规奖励（免申即享）",
            ("状态", "笔数", "奖励金额（万元）"),
            body,
            w.setters(rows, "标准与起算月份"),
            is_narrow=True,
        )
    ]
    open_ = [row for row in rows if row["reward_state"] in ("overdue", "recover_due")]
    open_.sort(
        key=lambda r: (source.areas.order(r["reporting_unit_code"]), r["enterprise_id"], r["reward_kind"])
    )
    if open_:
        blocks.append(Folded(_open_rewards(source, open_)))
    return blocks


def _open_rewards(source: Source, rows: list[Row]) -> Table:
    body: list[list[Cell]] = [
        [
            w.name(row["enterprise_name"]),
            w.words(source.areas.name(row["reporting_unit_code"])),
            w.words(REWARDS[row["reward_state"]]),
            w.figure(row["reward_wan"], 1),
            w.figure(row["paid_wan"], 1),
            w.words(w.period(row["due_month"])),
            w.words(row["reward_note"]),
        ]
        for row in rows
    ]
    headers = ("企业", "属管单位", "状态", "应奖（万元）", "已拨（万元）", "应兑现月份", "说明")
    return Table(f"奖励逾期未兑现与应追回名单（{len(body)}笔）", headers, body)

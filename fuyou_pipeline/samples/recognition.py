"""Lists about single firms: honours, distress, groups, entry rewards, adjustments and objections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from fuyou_pipeline.samples.city import City, Delivery, month_text
from fuyou_pipeline.samples.finance import year_index
from fuyou_pipeline.samples.forms import SIMULATED, Col, Form, Value
from fuyou_pipeline.samples.labels import enum_spelling, received_on
from fuyou_pipeline.samples.population import MERGED, MOVED
from fuyou_pipeline.samples.projects import add_months
from fuyou_pipeline.samples.published import published
from fuyou_pipeline.samples.streams import stream
from fuyou_pipeline.samples.structure import CITY, INDUSTRIES

REWARD_WAN = 15
"""首次入规奖励 15 万元 (亳政办〔2022〕3号, 四(三))."""
SCHEME = "bozhou-2022-placeholder"
_GRANTS = {
    ("专精特新", "市级"): "市级专精特新企业认定",
    ("专精特新", "省级"): "新增省级专精特新中小企业",
    ("小巨人", "国家级"): "新增国家级专精特新小巨人",
    ("冠军", "省级"): "新增省级专精特新冠军企业",
    ("高成长小微", "省级"): "新增高成长型小微企业",
}
"""Honour and level → the published number granted in 2021."""
_OTHER_GRANTS = {
    ("绿色工厂", "市级"): 9,
    ("绿色工厂", "省级"): 3,
    ("高新技术企业", "国家级"): 42,
    ("登云", "省级"): 429,
}
"""Granted a year: 绿色工厂 and 登云 after 中国工业报 2022-02-23; 高新技术企业 is ours (本项目默认值)."""


def honours(city: City, year: int) -> Iterable[Delivery]:
    """Honours granted in the year; an honour is for three years, some firms hold it again."""
    dataset = "honours"
    grants = {
        kind: int(published(CITY[0], 2021, key, "count")) for kind, key in _GRANTS.items()
    } | _OTHER_GRANTS
    lines: list[tuple[int, str, str, date]] = []
    for kind, count in grants.items():
        lines += _granted(city, kind, round(count * city.size), year)
    lines.sort(key=lambda x: (x[3], x[1], x[2], x[0]))
    month = year * 100 + 12
    columns = [
        Col("enterprise_name", city.names([i for i, *_ in lines], month)),
        Col("enterprise_id", [None if i % 11 == 3 else city.codes[i] for i, *_ in lines]),
        Col("honour", [enum_spelling(dataset, "honour", h, year) for _, h, _, _ in lines]),
        Col("honour_level", [enum_spelling(dataset, "honour_level", level) for _, _, level, _ in lines]),
        Col("granted_on", [d for *_, d in lines]),
        Col("valid_until_on", [date(d.year + 3, d.month, d.day) for *_, d in lines]),
        Col("document_no", [f"示例文〔{year}〕{d.month}号" for *_, d in lines]),
    ]
    form = Form(dataset, f"{year}年度企业荣誉（资质）认定汇总表（{SIMULATED}）", columns, numbered=True)
    yield Delivery(dataset, str(year), "bureau", date(year + 1, 1, 20), f"{year}年荣誉认定.xlsx", form)


def _granted(city: City, kind: tuple[str, str], count: int, year: int) -> list[tuple[int, str, str, date]]:
    """Larger firms first in the queue for the higher honours; 登云 and 高成长小微 also for firms outside."""
    rng = stream(city.firms.seed, f"honour {kind} {year}", city.firms.replica)
    honour, level = kind
    members = city.all_industrial(year) if honour in ("登云", "高成长小微") else city.above_scale(year)
    revenue = city.money.revenue[members, year_index(year)]
    weights = (revenue + 1.0) ** (0.0 if honour == "登云" else 0.5)
    chosen = rng.choice(members, min(count, len(members)), replace=False, p=weights / weights.sum()).tolist()
    day = date(year, 3 + int(rng.integers(0, 9)), 10)
    return [(int(i), honour, level, day) for i in chosen]


def distress_lists(city: City, year: int) -> Iterable[Delivery]:
    """Firms with heavy losses are diagnosed, then treated, then consolidated; long-stopped ones are 僵尸."""
    dataset, column = "distress_lists", year_index(year)
    members = city.above_scale(year)
    losing = [i for i in members if city.money.profit[i, column] * 50 < -city.money.revenue[i, column]]
    # a small city may have none: its weakest firm is diagnosed all the same
    losing = losing or sorted(members, key=lambda i: (int(city.money.profit[i, column]), i))[:1]
    steps = ("困难企业诊断", "困难企业救治", "困难企业巩固")
    lines: list[tuple[int, str, date, date | None, str]] = []
    for i in losing:
        step = i % 3
        listed = date(year, 2 + i % 9, 12)
        left = date(year + 1, 3, 31) if step == 2 else None
        lines.append((i, steps[step], listed, left, "一企一策" if step else "入户诊断"))
    for i in members:
        if city.firms.status_at(i, year * 100 + 6) == "停产":
            lines.append((i, "僵尸企业", date(year, 6, 30), None, "拟依法出清" if i % 2 else "兼并重组"))
    lines.sort(key=lambda x: (x[2], x[0]))
    columns = [
        Col("enterprise_name", city.names([x[0] for x in lines], year * 100 + 12)),
        Col("enterprise_id", city.ids([x[0] for x in lines])),
        Col("distress_kind", [enum_spelling(dataset, "distress_kind", x[1]) for x in lines]),
        Col("listed_on", [x[2] for x in lines]),
        Col("delisted_on", [x[3] for x in lines]),
        Col("disposal", [x[4] for x in lines]),
    ]
    form = Form(dataset, f"{year}年度困难企业和僵尸企业名单（{SIMULATED}）", columns, numbered=True)
    yield Delivery(dataset, str(year), "bureau", date(year + 1, 1, 25), f"{year}年困难企业名单.xlsx", form)


def enterprise_groups(city: City, year: int) -> Iterable[Delivery]:
    """Groups around the largest firms; the list of 2020, one member joining in 2022."""
    dataset = "enterprise_groups"
    if year not in (2020, 2022):
        return
    revenue = city.money.revenue[:, year_index(2020)]
    members = sorted(city.above_scale(2020), key=lambda i: (-int(revenue[i]), i))
    count = max(1, min(6, len(members) // 8))
    lines: list[tuple[int, int, str, date]] = []
    for g in range(count):
        lines.append((g, members[g], "parent", date(2015, 1, 1)))
        lines += [(g, members[count + g + k * count], "member", date(2017 + k, 7, 1)) for k in range(3)]
    if year == 2022:
        lines.append((0, members[count * 5], "member", date(2022, 4, 1)))
    columns = [
        Col("group_code", [f"JT{g + 1:03d}" for g, *_ in lines]),
        Col("group_name", [f"示例第{g + 1}集团（模拟）" for g, *_ in lines]),
        Col("enterprise_id", city.ids([i for _, i, _, _ in lines])),
        Col("enterprise_name", city.names([i for _, i, _, _ in lines], year * 100 + 12)),
        Col("group_role", [enum_spelling(dataset, "group_role", role) for _, _, role, _ in lines]),
        Col("member_from_on", [d for *_, d in lines]),
    ]
    form = Form(dataset, f"{year}年企业集团成员名单（{SIMULATED}）", columns)
    yield Delivery(dataset, str(year), "bureau", date(year, 12, 15), f"{year}年集团成员.xlsx", form)


def reward_payments(city: City, year: int) -> Iterable[Delivery]:
    """15 万元 the month after approval for first entries from 2022 on; a few are late, some come back."""
    dataset = "reward_payments"
    if year < 2022:
        return
    lines: list[tuple[str, int, str, int, date, int]] = []
    for s in city.firms.spells:
        if not s.is_first or s.entered < 202201 or s.firm % 23 == 9:
            continue
        # annual entries of 2022-01 wait for the document of February 2022
        due = max(add_months(s.entered, 1 + (s.firm % 17 == 5) * 3), 202203)
        lines.append(
            (f"BF{due}{s.firm:05d}", s.firm, "paid", due, date(due // 100, due % 100, 25), s.entered)
        )
        months_inside = (s.left // 100 - s.entered // 100) * 12 + s.left % 100 - s.entered % 100
        if s.left and months_inside < 12 and s.reason not in (MOVED, MERGED):
            back = add_months(s.left, 4)
            day = date(back // 100, back % 100, 20)
            lines.append((f"ZH{back}{s.firm:05d}", s.firm, "recovered", back, day, s.entered))
    lines = sorted((x for x in lines if x[3] // 100 == year), key=lambda x: (x[4], x[0]))
    columns = [
        Col("payment_no", [x[0] for x in lines]),
        Col("enterprise_id", city.ids([x[1] for x in lines])),
        Col("enterprise_name", [city.firms.name_at(x[1], x[3]) for x in lines]),
        Col("reward_kind", ["入规奖励"] * len(lines)),
        Col("payment_kind", [enum_spelling(dataset, "payment_kind", x[2]) for x in lines]),
        Col("amount_wan", [REWARD_WAN * 10_000] * len(lines), "元"),
        Col("paid_on", [x[4] for x in lines]),
        Col("library_entry_month", [month_text(x[5]) for x in lines]),
    ]
    form = Form(dataset, f"{year}年度入规奖励资金收付情况（{SIMULATED}）", columns, numbered=True)
    yield Delivery(dataset, str(year), "finance", date(year + 1, 1, 12), f"{year}年入规奖励收付.xlsx", form)


def evaluation_adjustments(city: City, year: int) -> Iterable[Delivery]:
    """Flags (utilities, accidents, violations), points and one approved change of class."""
    dataset, period = "evaluation_adjustments", str(year)
    members = city.above_scale(year)
    lines: list[tuple[int, str, str, Value, Value, str]] = []
    for i in members:
        if INDUSTRIES[int(city.firms.industry[i])].is_public_utility:
            lines.append((i, "flag", "public_utility", None, None, "公用事业企业不参与分档"))
        if i % 113 == 17:
            lines.append((i, "flag", "environmental_violation", None, None, "受到生态环境部门行政处罚"))
        if i % 211 == 31:
            lines.append((i, "flag", "major_safety_accident", None, None, "发生较大生产安全事故"))
        if i % 37 == 11:
            lines.append((i, "bonus", "国家级荣誉", 3, None, "获国家级荣誉加分"))
        if i % 59 == 23:
            lines.append((i, "deduction", "出租厂房", 5, None, "出租厂房管理不规范扣分"))
    if members:
        middle = members[len(members) // 2]
        lines.append((middle, "class_change", "无", None, "B", "经市联席会议研究同意"))
    columns = [
        Col("scheme", [SCHEME] * len(lines)),
        Col("evaluated_year", [year] * len(lines)),
        Col("enterprise_id", city.ids([x[0] for x in lines])),
        Col("enterprise_name", city.names([x[0] for x in lines], year * 100 + 12)),
        Col("adjustment_kind", [enum_spelling(dataset, "adjustment_kind", x[1]) for x in lines]),
        Col("adjustment_flag", [x[2] for x in lines]),
        Col("adjustment_points", [x[3] for x in lines], "分"),
        Col("class_to", [x[4] for x in lines]),
        Col("adjustment_reason", [x[5] for x in lines]),
        Col("approved_by", ["示例联席会议办公室"] * len(lines)),
        Col("approved_on", [date(year + 1, 5, 20)] * len(lines)),
    ]
    form = Form(dataset, f"{year}年度综合评价调整事项（{SIMULATED}）", columns, numbered=True)
    yield Delivery(dataset, period, "bureau", received_on(dataset, period), f"{year}年评价调整.xlsx", form)


def objections(city: City, year: int) -> Iterable[Delivery]:
    """Objections of the firms of one county to their land area or tax: upheld, rejected, pending in turn."""
    dataset, period = "objections", str(year)
    members = [i for i in city.above_scale(year) if i % 67 == 5][:12]
    outcomes = ("upheld", "rejected", "pending")
    kinds = [outcomes[k % 3] for k in range(len(members))]
    measures = ["land_mu" if k % 2 else "tax_paid_wan" for k in range(len(members))]
    shown = [round(40.0 + i % 90 + 0.5, 2) for i in members]
    columns = [
        Col("objection_no", [f"YY{year}-{k + 1:03d}" for k in range(len(members))]),
        Col("scheme", [SCHEME] * len(members)),
        Col("evaluated_year", [year] * len(members)),
        Col("enterprise_id", city.ids(members)),
        Col("enterprise_name", city.names(members, year * 100 + 12)),
        Col("objected_on", [date(year + 1, 6, 3 + k) for k in range(len(members))]),
        Col("objected_measure", measures),
        Col("published_value", shown),
        Col("claimed_value", [round(v * 0.9, 2) for v in shown]),
        Col("objection_outcome", [enum_spelling(dataset, "objection_outcome", k) for k in kinds]),
        Col("decided_value", _decided(kinds, shown)),
        Col("decided_on", [None if k == "pending" else date(year + 1, 6, 25) for k in kinds]),
        Col("approved_by", [None if k == "pending" else "示例县区经信部门" for k in kinds]),
    ]
    form = Form(dataset, f"{year}年度综合评价异议办理情况（{SIMULATED}）", columns, numbered=True)
    yield Delivery(dataset, period, "341602", date(year + 1, 6, 28), f"{year}年评价异议.xlsx", form)


def _decided(kinds: Sequence[str], shown: Sequence[float]) -> list[Value]:
    factor = {"upheld": 0.9, "rejected": 1.0}
    return [round(v * factor[k], 2) if k in factor else None for k, v in zip(kinds, shown, strict=True)]


YEARLY_LISTS = {
    "honours": honours,
    "distress_lists": distress_lists,
    "enterprise_groups": enterprise_groups,
    "reward_payments": reward_payments,
    "evaluation_adjustments": evaluation_adjustments,
    "objections": objections,
}

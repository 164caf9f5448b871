"""What offices keep by hand: officials and their firms, the issue ledger, cultivation, activities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from fuyou_pipeline.samples.city import City, Delivery, month_text
from fuyou_pipeline.samples.finance import year_index
from fuyou_pipeline.samples.forms import SIMULATED, Col, Form, Value
from fuyou_pipeline.samples.labels import enum_spelling, received_on
from fuyou_pipeline.samples.projects import add_months, city_projects, span
from fuyou_pipeline.samples.streams import stream
from fuyou_pipeline.samples.structure import INDUSTRIES, UNITS

if TYPE_CHECKING:
    from numpy.random import Generator

PROGRAMME_START = 202203
"""问题清单 and monthly obligations begin in March 2022 (亳政办〔2022〕3号)."""
_ISSUES = (
    ("资金", "流动资金周转困难，银行贷款到期续贷手续较慢"),
    ("资金", "下游客户回款周期延长，应收账款增加"),
    ("用工", "一线普工缺口较大，节后返岗不足"),
    ("用工", "缺少设备维护和工艺方面的技术人才"),
    ("用地", "二期项目用地指标尚未落实"),
    ("用地", "厂房不动产权证办理进展缓慢"),
    ("要素保障", "夏季高峰时段用电受限影响排产"),
    ("要素保障", "园区蒸汽供应不稳定"),
    ("市场", "原材料价格上涨，订单减少"),
    ("市场", "产品进入本地政府采购目录有困难"),
    ("政策", "研发费用加计扣除政策不够清楚"),
    ("基础设施", "厂区周边道路排水不畅"),
)


@dataclass(frozen=True)
class Issue:
    """``closed`` 0: still open; the firm and text identify it, the number in the list does not."""

    firm: int
    kind: str
    text: str
    raised: int
    closed: int
    on_site: bool


def issues_of(city: City, unit: str, until: int) -> list[Issue]:
    """All issues of a reporting unit raised from March 2022 to ``until``, in order."""
    found: list[Issue] = []
    month = PROGRAMME_START
    while month <= until:
        rng = stream(city.firms.seed, f"issues {unit} {month}", city.firms.replica)
        members = city.by_unit(city.firms.in_library(month), month)[unit]
        wanted = max(1, round(8 * city.size)) if members else 0
        for firm in rng.choice(members, min(wanted, len(members)), replace=False).tolist() if members else []:
            kind, text = _ISSUES[int(rng.integers(len(_ISSUES)))]
            on_site = bool(rng.random() < 0.25)
            lasting = 0 if on_site else int(rng.integers(1, 8))
            closed = add_months(month, lasting) if on_site or rng.random() < 0.85 else 0
            if not any(x.firm == firm and x.text == text and not 0 < x.closed < month for x in found):
                found.append(Issue(int(firm), kind, text, month, closed, on_site))
        month = add_months(month, 1)
    return found


def issue_ledger(city: City, month: int) -> Iterable[Delivery]:
    """The annex form of each reporting unit: open issues and those closed this month; two units add dates."""
    if month < PROGRAMME_START:
        return
    dataset, period = "issue_ledger", month_text(month)
    for order, unit in enumerate(UNITS):
        issues = [x for x in issues_of(city, unit.code, month) if not x.closed or x.closed >= month]
        if not issues:
            continue
        issues.sort(key=lambda x: (x.kind, x.firm, x.text))
        done = [x.closed == month for x in issues]
        columns = [
            Col("enterprise_name", city.names([x.firm for x in issues], month)),
            Col("area_name", [unit.name] * len(issues)),
            Col("issue_text", [x.text for x in issues]),
            Col("issue_type", [x.kind for x in issues]),
            Col("handling_text", ["已办结" if d else "正在协调办理" for d in done]),
            Col("contact_phone", ["示例联系人 0558-0000000"] * len(issues)),
            Col("supporting_officials", [f"示例干部{x.firm % 400:03d}" for x in issues]),
            Col("is_resolved", ["是" if d else "否" for d in done]),
        ]
        if order in (0, 4):
            columns += _ledger_dates(issues, month)
        form = Form(
            dataset,
            f"{month // 100}年{month % 100}月包保企业问题清单汇总表（{SIMULATED}）",
            columns,
            attachment_line=True,
            numbered=True,
            empty_rows=12,
            lead_lines=(f"报送单位：{unit.name}",),
            footnotes=(f"填表说明：本表为{SIMULATED}。",),
        )
        received = received_on(dataset, period, -4 if order == 2 and month % 100 == 6 else 1)
        name = f"{unit.name}{month // 100}年{month % 100}月问题清单.xlsx"
        yield Delivery(dataset, period, unit.code, received, name, form)


def _ledger_dates(issues: list[Issue], month: int) -> list[Col]:
    def day(m: int, n: int) -> date:
        return date(m // 100, m % 100, n)

    return [
        Col("raised_on", [day(x.raised, 1 + x.firm % 20) for x in issues]),
        Col("platform_no", [None if x.on_site else f"SSYF{x.raised}{x.firm:05d}" for x in issues]),
        Col("is_handled_on_site", ["是" if x.on_site else "否" for x in issues]),
        Col("assigned_to", [None if x.on_site else f"示例{x.kind}主管部门" for x in issues]),
        Col("assigned_on", [None if x.on_site else day(x.raised, 22 + x.firm % 6) for x in issues]),
        Col("due_on", [None if x.on_site else day(add_months(x.raised, 3), 28) for x in issues]),
        Col("supervised_times", [max(0, span(x.raised, month) - 2) for x in issues], "次"),
        Col("closed_on", [day(x.closed, 21 + x.firm % 7) if x.closed == month else None for x in issues]),
    ]


def support_assignments(city: City, year: int) -> Iterable[Delivery]:
    """Two firms an official; a few have one or three, one rank is not eligible, some firms have nobody."""
    dataset = "support_assignments"
    if year < 2022:
        return
    month = year * 100 + 2
    members = [i for i in city.firms.in_library(month) if i % 31]
    units = [UNITS[city.firms.unit_at(i, month)] for i in members]
    # the 20th official has three firms, the 21st one: shift the boundary by one firm there
    number = [k // 2 - (1 if k % 40 == 0 and k else 0) for k in range(len(members))]
    bands = ("市级处级", "县区正科级", "县区正科级", "市级领导", "县区正科级", "其他")
    columns = [
        Col("official_name", [f"示例干部{n:03d}" for n in number]),
        Col("official_unit", [f"示例单位{n % 60:02d}" for n in number]),
        Col("official_rank_band", [bands[5 if n % 150 == 149 else n % 5] for n in number]),
        Col("enterprise_name", city.names(members, month), variant=1),
        Col("enterprise_id", city.ids(members)),
        Col("reporting_unit_code", [u.code for u in units]),
        Col("reporting_unit_name", [u.name for u in units]),
        Col("assigned_from_on", [date(year, 2, 25)] * len(members)),
    ]
    form = Form(dataset, f"{year}年2月领导干部包保企业安排表（{SIMULATED}）", columns, numbered=True)
    yield Delivery(
        dataset, month_text(month), "bureau", date(year, 2, 28), f"{year}年包保企业安排.xlsx", form
    )


def cultivation_list(city: City, month: int) -> Iterable[Delivery]:
    """拟入规, 高成长 and 已落地即将投产 by reporting unit; a firm still to be registered has no code."""
    if month < 202202:
        return
    dataset, period = "cultivation_list", month_text(month)
    column = year_index(month // 100)
    revenue = city.money.revenue / 10
    outside = city.by_unit([i for i in city.firms.outside(month) if i < len(revenue)], month)
    projects = city_projects(city)
    for unit_index, unit in enumerate(UNITS):
        lines: list[tuple[str, int, str, str, int]] = []
        for i in outside[unit.code]:
            now, last = revenue[i, column], revenue[i, column - 1]
            if 1600 <= now < 2600 and i % 3:
                lines.append(("拟入规", i, "", "", 0))
            elif now >= 1000 and last > 0 and now / last >= 1.3 and i % 2:
                lines.append(("高成长", i, "", "", 0))
        lines += [
            ("已落地即将投产", p.firm, p.code, p.name, p.produced)
            for p in projects
            if p.unit == unit_index and p.started and p.started <= month < p.produced <= add_months(month, 12)
        ]
        if not lines:
            continue
        form = Form(
            dataset,
            f"{unit.name}{month // 100}年{month % 100}月扶优育规培育名单（{SIMULATED}）",
            _cultivation_columns(city, unit.code, unit.name, lines, month, column),
            numbered=True,
            missing=("", "—" if unit_index == 1 else ""),
        )
        name = f"{unit.name}{month // 100}年{month % 100}月培育名单.xlsx"
        yield Delivery(dataset, period, unit.code, received_on(dataset, period, 1), name, form)


def _cultivation_columns(
    city: City,
    unit: str,
    unit_name: str,
    lines: list[tuple[str, int, str, str, int]],
    month: int,
    column: int,
) -> list[Col]:
    registered = [i if i >= 0 and city.firms.opened[i] <= month else -1 for _, i, _, _, _ in lines]
    revenue = city.money.revenue

    def wan(i: int, c: int) -> Value:
        return round(float(revenue[i, c]) / 10) if i >= 0 and revenue[i, c] else None

    names = [
        city.firms.name_at(i, month) if i >= 0 else f"（筹）{line[3]}业主"
        for i, line in zip(registered, lines, strict=True)
    ]
    return [
        Col(
            "cultivation_kind",
            [enum_spelling("cultivation_list", "cultivation_kind", line[0]) for line in lines],
        ),
        Col("enterprise_name", names),
        Col("enterprise_id", [city.codes[i] if i >= 0 else None for i in registered]),
        Col("project_no", [line[2] or None for line in lines]),
        Col("project_name", [line[3] or None for line in lines]),
        Col("reporting_unit_code", [unit] * len(lines)),
        Col("reporting_unit_name", [unit_name] * len(lines)),
        Col(
            "industry_code",
            [INDUSTRIES[int(city.firms.industry[i])].code if i >= 0 else None for i in registered],
        ),
        Col("last_year_revenue_wan", [wan(i, column - 1) for i in registered], "万元"),
        Col("expected_revenue_wan", [wan(i, column) for i in registered], "万元"),
        Col("expected_entry_month", [_entry(city, i, month) for i in registered]),
        Col("expected_production_on", [date(p // 100, p % 100, 15) if p else None for *_, p in lines]),
        Col("is_landed", ["是" if line[0] == "已落地即将投产" else None for line in lines]),
    ]


def _entry(city: City, firm: int, month: int) -> Value:
    entered = city.firms.first_entry_month(firm) if firm >= 0 else 0
    if entered > month:
        return month_text(entered)
    return month_text(month // 100 * 100 + 101) if firm >= 0 else None


def activity_log(city: City, month: int) -> Iterable[Delivery]:
    """What each reporting unit held, and the city itself; now and then an obligation is missed."""
    if month < PROGRAMME_START:
        return
    m = month % 100
    for order, unit in enumerate(UNITS):
        rng = stream(city.firms.seed, f"activities {unit.code} {month}", city.firms.replica)
        held = [("企业家沙龙", "月度沙龙"), ("银企对接", "专精特新专场"), ("用工摸排", "用工需求摸排")]
        held = [h for h in held if rng.random() > 0.08]
        held += [("银企对接", "科技型中小企业专场")] if m % 2 else []
        held += [("产需对接", "主导产业产需对接会")] if m % 3 == order % 3 and rng.random() > 0.1 else []
        held += [("三类人员培训", "企业经营管理人员培训班")] if m in (3, 9) else []
        yield _activities(unit.code, unit.name, unit.code, month, held, rng)
    # 通报 and 调度 are the city's own: the bureau's each month, the city government's each quarter.
    rng = stream(city.firms.seed, f"activities city {month}", city.firms.replica)
    held = [("通报", "扶优育规月度通报")] if rng.random() > 0.05 else []
    held += [("调度", "市政府季度调度会")] if m % 3 == 0 else []
    if held:
        yield _activities("341600", "亳州市", "bureau", month, held, rng)


def _activities(
    code: str, place: str, sender: str, month: int, held: list[tuple[str, str]], rng: Generator
) -> Delivery:
    dataset, period = "activity_log", month_text(month)
    year, m = divmod(month, 100)
    days = sorted(int(d) for d in rng.integers(3, 28, len(held)))
    people = [int(v) for v in rng.integers(20, 120, len(held))]
    agreed = [p * 30 if k.endswith("对接") else None for (k, _), p in zip(held, people, strict=True)]
    columns = [
        Col("reporting_unit_code", [code] * len(held)),
        Col("reporting_unit_name", [place] * len(held)),
        Col("activity_kind", [enum_spelling(dataset, "activity_kind", k) for k, _ in held]),
        Col("activity_title", [f"{place}{year}年{m}月{t}" for _, t in held]),
        Col("held_on", [date(year, m, d) for d in days]),
        Col("activity_category", [t if k == "银企对接" else None for k, t in held]),
        Col("participants", people, "人"),
        Col("enterprises_attended", [p // 3 for p in people], "家"),
        Col("outcome_wan", agreed, "万元"),
    ]
    form = Form(dataset, f"{place}{year}年{m}月服务活动开展情况（{SIMULATED}）", columns, numbered=True)
    name = f"{place}{year}年{m}月服务活动.xlsx"
    return Delivery(dataset, period, sender, received_on(dataset, period, 2), name, form)

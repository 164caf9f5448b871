"""Industrial investment projects: signed, started, producing; counts of 2021 as published."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from fuyou_pipeline.samples.city import City, Delivery, month_text
from fuyou_pipeline.samples.forms import SIMULATED, Col, Form, Value
from fuyou_pipeline.samples.labels import enum_spelling, received_on
from fuyou_pipeline.samples.population import MONTHLY
from fuyou_pipeline.samples.published import published
from fuyou_pipeline.samples.streams import stream
from fuyou_pipeline.samples.structure import CITY, FIRST_YEAR, INDUSTRIES, LAST_YEAR, UNITS

DATASET = "investment_projects"
LARGE_WAN = 10_000
"""亿元以上 is ≥ 1 亿元."""


@dataclass(frozen=True)
class Project:
    """Months are yyyymm; 0: not (yet) known. ``firm`` −1: the owner is not registered yet."""

    number: int
    firm: int
    unit: int
    industry: int
    is_tech_upgrade: bool
    planned_wan: int
    signed: int
    started: int
    produced: int

    @property
    def code(self) -> str:
        return f"{self.signed // 100}-{UNITS[self.unit].area_code}-MN-{self.number:06d}"

    @property
    def name(self) -> str:
        kind = "技术改造" if self.is_tech_upgrade else "新建"
        return f"示例{INDUSTRIES[self.industry].trade}{kind}项目模拟{self.number:05d}"

    def stage(self, month: int, entered: int) -> str:
        """Stage at the end of ``month``; ``entered`` is the owner's entry into the library."""
        if self.produced and self.produced <= month:
            return "入规" if entered and self.produced <= entered <= month else "投产"
        return "开工" if self.started and self.started <= month else "签约"

    def invested(self, month: int) -> int:
        """万元 from the start to the end of ``month``: even over the building time."""
        if not self.started or month < self.started:
            return 0
        end = self.produced or add_months(self.started, 20)
        done = min(span(self.started, month) + 1, span(self.started, end) + 1)
        return self.planned_wan * done // (span(self.started, end) + 1)


def add_months(month: int, count: int) -> int:
    """yyyymm plus months."""
    index = month // 100 * 12 + month % 100 - 1 + count
    return index // 12 * 100 + index % 12 + 1


def span(first: int, last: int) -> int:
    """Months from ``first`` to ``last``."""
    return (last // 100 - first // 100) * 12 + last % 100 - first % 100


@lru_cache(maxsize=2)
def make_projects(
    seed: int, replica: int, size: float, owners: tuple[tuple[int, int, int, int], ...]
) -> list[Project]:
    """Projects of all model years.

    Args:
        owners: (firm, unit, industry, month of production) of firms whose project led into the library.
    """
    rng = stream(seed, "projects", replica)
    signed_target = round(published(CITY[0], 202111, "新签约亿元以上工业项目", "count") * size)
    started_target = round(published(CITY[0], 202111, "新落地亿元以上工业项目", "count") * size)
    projects = [
        Project(k + 1, firm, unit, industry, False, 3000 + 500 * (k % 13), add_months(produced, -18),
                add_months(produced, -12), produced)
        for k, (firm, unit, industry, produced) in enumerate(owners)
    ]  # fmt: skip
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        large = sorted(rng.integers(1, 12, signed_target).tolist()) + [12] * round(19 * size)
        small = rng.integers(1, 13, round(150 * size)).tolist()
        started = 0
        for order, m in enumerate([*large, *small]):
            is_large = order < len(large)
            planned = int(10_000 + rng.pareto(1.6) * 14_000) if is_large else int(rng.integers(500, 9_900))
            delay = int(rng.integers(0, 5))
            begins = m + delay <= 11 and started < started_target if is_large else rng.random() < 0.8
            start = year * 100 + m + delay if begins and m + delay <= 12 else 0
            started += bool(is_large and start)
            produced = add_months(start, int(rng.integers(9, 20))) if start and rng.random() < 0.85 else 0
            unit, industry = int(rng.integers(len(UNITS))), int(rng.integers(len(INDUSTRIES) - 4))
            upgrade = bool(rng.random() < 0.35)
            number = len(projects) + 1
            projects.append(
                Project(number, -1, unit, industry, upgrade, planned, year * 100 + m, start, produced)
            )
    return projects


def city_projects(city: City) -> list[Project]:
    """The city's projects; those of firms that entered monthly produce in the month of their entry."""
    firms = city.firms
    owners = tuple(
        (s.firm, int(firms.unit[s.firm]), int(firms.industry[s.firm]), s.entered)
        for s in firms.spells
        if s.route == MONTHLY
    )
    return make_projects(firms.seed, firms.replica, city.size, owners)


def investment_projects(city: City, month: int) -> Iterable[Delivery]:
    """The bureau's list of all projects, the statistics' list of those that count (≥ 500 万元)."""
    year, m = divmod(month, 100)
    known = [p for p in city_projects(city) if p.signed <= month and _is_current(p, month)]
    counted = [p for p in known if p.started and p.started <= month and p.planned_wan >= 500 and p.number % 5]
    for sender, basis, projects, unit in (
        ("bureau", "经信口径", known, "亿元"),
        ("statistics", "统计口径", counted, "万元"),
    ):
        if sender == "statistics" and m == 1:
            continue
        period = month_text(month)
        form = Form(
            DATASET,
            f"{year}年1—{m}月工业投资项目情况（{basis}）（{SIMULATED}）",
            _columns(city, projects, month, basis, unit),
            numbered=True,
            missing=("", "—"),
        )
        yield Delivery(
            DATASET,
            period,
            sender,
            received_on(DATASET, period),
            f"{year}年{m}月工业投资项目（{basis}）.xlsx",
            form,
        )


def _is_current(project: Project, month: int) -> bool:
    """Lists drop a project two years after it produces and one that never started after three."""
    if project.produced and project.produced <= month:
        return span(project.produced, month) <= 24
    return bool(project.started) or span(project.signed, month) <= 36


def _columns(city: City, projects: Sequence[Project], month: int, basis: str, unit: str) -> list[Col]:
    january = month // 100 * 100

    def money(values: Sequence[int]) -> list[Value]:
        return [v / 10_000 for v in values] if unit == "亿元" else list(values)

    total = [p.invested(month) for p in projects]
    before = [p.invested(january - 88) for p in projects]
    owner = [p.firm if p.firm >= 0 and city.firms.opened[p.firm] <= month else -1 for p in projects]
    return [
        Col("project_no", [p.code for p in projects]),
        Col("project_name", [p.name for p in projects]),
        Col("enterprise_id", [city.codes[i] if i >= 0 else None for i in owner]),
        Col("enterprise_name", [city.firms.name_at(i, month) if i >= 0 else None for i in owner]),
        Col("area_code", [UNITS[p.unit].area_code for p in projects]),
        Col("reporting_unit_code", [UNITS[p.unit].code for p in projects]),
        Col("industry_code", [INDUSTRIES[p.industry].code for p in projects]),
        Col("statistic_basis", [basis] * len(projects)),
        Col("is_industrial", ["是"] * len(projects)),
        Col("is_tech_upgrade", ["是" if p.is_tech_upgrade else "否" for p in projects]),
        Col(
            "stage",
            [enum_spelling(DATASET, "stage", p.stage(month, _entered(city, p.firm))) for p in projects],
        ),
        Col("planned_wan", money([p.planned_wan for p in projects]), unit, total=True),
        Col("invested_ytd_wan", money([a - b for a, b in zip(total, before, strict=True)]), unit, total=True),
        Col("invested_total_wan", money(total), unit, total=True),
        Col("signed_on", [_day(p.signed, p.number) for p in projects]),
        Col("started_on", [_day(p.started, p.number) if p.started <= month else None for p in projects]),
        Col("produced_on", [_day(p.produced, p.number) if p.produced <= month else None for p in projects]),
        Col("expected_production_on", [_day(p.produced, p.number) if p.started else None for p in projects]),
    ]


def _entered(city: City, firm: int) -> int:
    return city.firms.first_entry_month(firm) if firm >= 0 else 0


def _day(month: int, number: int) -> date | None:
    return date(month // 100, month % 100, 1 + number % 28) if month else None

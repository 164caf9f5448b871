"""Extract enterprise_registry: the library's directory each month, the bureau's list of the other firms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from fuyou_pipeline.samples.city import City, Delivery, month_text
from fuyou_pipeline.samples.finance import year_index
from fuyou_pipeline.samples.forms import SIMULATED, Col, Form, Value
from fuyou_pipeline.samples.labels import enum_spelling, received_on
from fuyou_pipeline.samples.population import ANNUAL, MONTHLY, RESTORED, Spell
from fuyou_pipeline.samples.structure import FIRST_YEAR, INDUSTRIES, LAST_YEAR, UNITS

DATASET = "enterprise_registry"
_ROUTES = {ANNUAL: "annual", MONTHLY: "monthly", RESTORED: "restored"}


def registry_deliveries(city: City, months: Iterable[int]) -> Iterable[Delivery]:
    """The statistics bureau's directory each month; the bureau's list of the other firms each quarter."""
    for month in months:
        period = month_text(month)
        when = f"{month // 100}年{month % 100}月"
        yield Delivery(
            DATASET,
            period,
            "statistics",
            received_on(DATASET, period),
            f"{when}工业企业名录（201-1）.xlsx",
            _library_form(city, month, f"{when}亳州市规模以上工业企业名录（{SIMULATED}）"),
        )
        if month % 100 % 3 == 0:
            yield Delivery(
                DATASET,
                period,
                "bureau",
                received_on(DATASET, period, 1),
                f"{when}规下工业企业名录.csv",
                _outside_form(city, month, f"{when}亳州市规模以下工业企业名录（{SIMULATED}）"),
            )


def listed(city: City, month: int) -> list[int]:
    """Firms in the statistics bureau's directory: in the library by the month, or once in it."""
    return sorted({s.firm for s in city.firms.spells if s.entered <= month})


def outside_listed(city: City, month: int) -> list[int]:
    """Firms in the bureau's list: open by the month and never in the library so far."""
    inside = set(listed(city, month))
    return [i for i, opened in enumerate(city.firms.opened.tolist()) if opened <= month and i not in inside]


def _library_form(city: City, month: int, title: str) -> Form:
    members = listed(city, month)
    spells = [city.firms.spell_at(i, month) for i in members]
    variant = month // 100 % 2
    columns = [*_identity(city, members, month, variant), *_spell_columns(spells, month)]
    columns += [
        Col("operating_status", _statuses(city, members, month, variant), variant=variant),
        Col("is_public_utility", [_yes(INDUSTRIES[k].is_public_utility) for k in _industries(city, members)]),
        Col("is_sample_point", ["否"] * len(members)),
        Col(
            "legal_representative",
            [f"示例{'甲乙丙丁'[i % 4]}" for i in members],
            group="法定代表人",
            heading="姓名",
        ),
        Col(
            "legal_representative_phone",
            ["0558-0000000"] * len(members),
            group="法定代表人",
            heading="联系电话",
        ),
    ]
    return Form(
        DATASET,
        title,
        columns,
        sheet="名录",
        numbered=True,
        lead_lines=(f"填报单位：亳州市统计局（{SIMULATED}）",),
        footnotes=(f"注：本表为{SIMULATED}，企业名称和代码均为虚构。",),
        extra_sheet="表号：201-1；本簿数据在“名录”工作表。",
    )


def _outside_form(city: City, month: int, title: str) -> Form:
    members = outside_listed(city, month)
    columns = _identity(city, members, month, 1)
    columns += [
        Col("operating_status", _statuses(city, members, month, 1)),
        Col("is_public_utility", ["否"] * len(members)),
        Col("is_sample_point", [_yes(i % 33 == 5) for i in members]),
    ]
    return Form(DATASET, title, columns)


def _identity(city: City, members: Sequence[int], month: int, variant: int) -> list[Col]:
    firms = city.firms
    units = [UNITS[firms.unit_at(i, month)] for i in members]
    former = [firms.former_name(i) if 0 < firms.renamed.get(i, 0) <= month else None for i in members]
    return [
        Col("enterprise_id", city.ids(members), variant=variant),
        Col("enterprise_name", city.names(members, month), variant=variant),
        Col("former_names", former),
        Col("area_code", [u.area_code for u in units], variant=variant, as_text=True),
        Col("area_name", [_area_name(u.area_code) for u in units]),
        Col("reporting_unit_code", [u.code for u in units]),
        Col("reporting_unit_name", [u.name for u in units]),
        Col("township", [u.townships[i % len(u.townships)] for i, u in zip(members, units, strict=True)]),
        Col(
            "industry_code",
            [INDUSTRIES[k].code for k in _industries(city, members)],
            variant=variant,
            as_text=True,
        ),
        Col("enterprise_size", [_size(city, i, month) for i in members]),
        Col(
            "opened_on",
            [date(m // 100, m % 100, 1 + i % 28) for i, m in _opened(city, members)],
            variant=variant,
        ),
        Col("production_started_on", [_started(m, i) for i, m in _opened(city, members)]),
    ]


def _spell_columns(spells: Sequence[Spell | None], month: int) -> list[Col]:
    def of(read: object) -> list[Value]:
        return [read(s) if s else None for s in spells]  # type: ignore[operator]

    def gone(s: Spell) -> bool:
        return bool(s.left) and s.left <= month

    return [
        Col("library_entry_month", of(lambda s: month_text(s.entered))),
        Col(
            "library_entry_route",
            of(lambda s: enum_spelling(DATASET, "library_entry_route", _ROUTES[s.route])),
        ),
        Col("entry_approved_on", of(_approved)),
        Col("first_report_month", of(lambda s: month_text(s.entered + (s.entered % 100 == 1)))),
        Col("is_first_entry", of(lambda s: _yes(s.is_first))),
        Col("library_exit_month", of(lambda s: month_text(s.left) if gone(s) else None)),
        Col("library_exit_reason", of(lambda s: s.reason if gone(s) else None)),
    ]


def _approved(s: Spell) -> date:
    """Annual entries are approved in the December before; monthly ones in the month itself."""
    year, month = divmod(s.entered, 100)
    return date(year - 1, 12, 20) if month == 1 else date(year, month, 20)


def _opened(city: City, members: Sequence[int]) -> list[tuple[int, int]]:
    return [(i, int(city.firms.opened[i])) for i in members]


def _started(opened: int, firm: int) -> date:
    """Production starts up to a year after opening."""
    index = opened // 100 * 12 + opened % 100 - 1 + firm % 12
    return date(index // 12, index % 12 + 1, 1 + firm % 28)


def _industries(city: City, members: Sequence[int]) -> list[int]:
    return [int(city.firms.industry[i]) for i in members]


def _statuses(city: City, members: Sequence[int], month: int, variant: int) -> list[Value]:
    return [
        enum_spelling(DATASET, "operating_status", city.firms.status_at(i, month), 0 if variant == 0 else 1)
        for i in members
    ]


def _size(city: City, firm: int, month: int) -> str:
    """大中小微 by staff and revenue of the year (国统字〔2017〕213号, industry)."""
    column = year_index(min(max(month // 100, FIRST_YEAR), LAST_YEAR))
    staff, wan = int(city.money.employees[firm, column]), float(city.money.revenue[firm, column]) / 10
    if staff >= 1000 and wan >= 40000:
        return "大型"
    if staff >= 300 and wan >= 2000:
        return "中型"
    return "小型" if staff >= 20 and wan >= 300 else "微型"


def _area_name(code: str) -> str:
    return next(u.name for u in UNITS if u.code == code)


def _yes(value: bool) -> str:
    return "是" if value else "否"
